"""How long `playcall lint` takes on a large project, beside promtool on as many rules.

Run: ``python bench/lint.py [--playbooks N] [--runs N]``. Each figure is the median of fresh processes, taken
in turns: nothing is kept from one to the next but the system's cache of files and playcall's own compiled
modules, as an installed package has them.
promtool (Debian's package ``prometheus``) is left out, and said to be, where it is not installed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from lint_project import write_project, write_rules
from measure import environment

TARGET = 2.0  # seconds for 1,000 playbooks with 3,000 expressions on two cores

PLAYCALL = str(Path(sys.executable).with_name("playcall"))


@dataclass(frozen=True, slots=True)
class Run:
    """One process: its seconds, its processor seconds with its children's, and the peak of the largest of
    them in MiB (Linux gives it in KiB)."""

    seconds: float
    processor: float
    peak: float


def run(command: Sequence[str], folder: Path) -> Run:
    """Runs a command to its end. Raises ``SystemExit`` with what it said if it fails."""
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        streams = {"stdout": said, "stderr": subprocess.STDOUT}
        process = subprocess.Popen(command, cwd=folder, env=environment(), **streams)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            raise SystemExit(f"{command[0]} failed:\n{said.read().decode()[-2000:]}")
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def contestants(root: Path, playbooks: int) -> dict[str, tuple[list[str], Path]]:
    """Each with its command and the folder to run it in."""
    project, rules = root / "project", root / "rules"
    rules.mkdir()
    expressions = write_project(project, playbooks)
    write_rules(rules, playbooks)
    print(f"{playbooks:,} playbooks with {expressions:,} expressions")
    found = {"playcall lint": ([PLAYCALL, "lint"], project)}
    promtool = shutil.which("promtool")
    if promtool is None:
        print("promtool is not installed (apt-get install prometheus): left out")
    else:
        files = sorted(path.name for path in rules.iterdir())
        found["promtool check rules"] = ([promtool, "check", "rules", *files], rules)
    return found


def measure(playbooks: int, runs: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        commands = contestants(Path(folder), playbooks)
        taken: dict[str, list[Run]] = {name: [] for name in commands}
        for _ in range(runs + 1):  # the first round warms the caches
            for name, (command, place) in commands.items():
                taken[name].append(run(command, place))
    print(f"{'':24} {'median':>8} {'processor':>10} {'peak':>9}")
    for name, done in taken.items():
        kept = done[1:]
        seconds, processor = median(one.seconds for one in kept), median(one.processor for one in kept)
        print(f"{name:24} {seconds:6.2f} s {processor:8.2f} s {max(one.peak for one in kept):5.0f} MiB")
    medians = [median(one.seconds for one in done[1:]) for done in taken.values()]
    if len(medians) > 1:
        print(f"playcall takes {medians[0] / medians[1]:.1f} times promtool's time")
    print(f"target for 1,000 playbooks on two cores: {TARGET:.1f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--playbooks", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    measure(given.playbooks, given.runs)
