"""Every benchmark runs on small sizes and prints its table: what is only run by hand breaks unseen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"

BENCHES = {
    "evaluate.py --contracts 800 --sample 100 --times 1 --only playcall duckdb-bits": "same",
    "run.py --scale 0.001": "second run, the next day",
    "facts.py --scale 0.001": "same again",
    "ledger.py 200": "ledger, SQLite",
    "messages.py 20": "",
    "startup.py 1": "lint",
    "lint.py --playbooks 10 --runs 1": "playcall lint",
    "deliver.py 40": "",
    "outbox.py 10 --ledger 100 --rounds 1": "rising with two",
    "exports.py 200": "of plain",
    "playtests.py 1": "playcall test",
    "decide.py 200": "target",
    "evaluate_core.py 1000": "same answers: True",
    "pages.py --tasks 60 --scale 0.001 --seconds 1": "survey, answered",
    "quotes.py 50": "quote computed",
    "lookback.py --scale 0.001 --days 3": "days_in_state",
    "simulate.py --scale 0.002 --days 3 --stages": "seconds of processor a day",
}


@pytest.mark.slow
@pytest.mark.parametrize("command", BENCHES)
def test_a_benchmark_prints_its_table(command: str) -> None:
    script, *arguments = command.split()
    done = subprocess.run(
        [sys.executable, BENCH / script, *arguments], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert BENCHES[command] in done.stdout
    assert "DIFFERENT" not in done.stdout and "failed" not in done.stdout, done.stdout


def test_every_benchmark_is_tried() -> None:
    scripts = {path.name for path in BENCH.glob("*.py") if 'if __name__ == "__main__"' in path.read_text()}
    assert scripts - {"sink.py"} == {command.split()[0] for command in BENCHES}
