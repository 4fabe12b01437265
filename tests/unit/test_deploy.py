"""What docs/how-to/deploy offers is valid: systemd says so of the unit, and compose has known keys alone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from playcall.cli import main

FOLDER = Path(__file__).parents[2] / "docs" / "how-to" / "deploy"
UNIT = FOLDER / "playcall-scheduler.service"
# Of the Compose Specification, those that a service here may have.
SERVICE = {
    *("image", "command", "environment", "volumes", "healthcheck", "restart", "depends_on"),
    "stop_grace_period",
}
HEALTH = {"test", "interval", "timeout", "retries", "start_period"}


@pytest.fixture
def compose() -> Any:
    return yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))


def test_the_unit_is_valid() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(UNIT)], capture_output=True, text=True, check=False
    )
    told = [line for line in verified.stderr.splitlines() if UNIT.name in line]
    assert (verified.returncode, told) == (0, [])


def test_compose_has_known_keys_alone(compose: Any) -> None:
    assert compose.keys() == {"services", "volumes"}
    for service in compose["services"].values():
        assert service.keys() <= SERVICE
        assert service["healthcheck"].keys() <= HEALTH
        for volume in service["volumes"]:
            name = volume.partition(":")[0]
            assert name.startswith("./") or name in compose["volumes"]
        assert set(service.get("depends_on", ())) <= compose["services"].keys()


def test_both_start_the_scheduler_with_options_that_it_has(compose: Any) -> None:
    shell = compose["services"]["scheduler"]["command"][-1]
    unit = next(line for line in UNIT.read_text("utf-8").splitlines() if line.startswith("ExecStart="))
    for line in (shell, unit):
        arguments = line.rpartition("playcall ")[2].split()
        answer = CliRunner().invoke(main, [*arguments, "--help"])
        assert (answer.exit_code, "Keep running" in answer.output) == (0, True)
