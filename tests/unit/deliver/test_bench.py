"""The benchmark of delivery still runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[3] / "bench" / "deliver.py"


@pytest.mark.slow
def test_the_benchmark_sends_what_it_counts() -> None:
    done = subprocess.run(
        [sys.executable, BENCH, "200"], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("200 messages of ")
    assert "playcall, smtp" in done.stdout
