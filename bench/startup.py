"""How long a command takes before it does anything: `--help` beside importing click, `lint` on one playbook.

Run: ``python bench/startup.py [RUNS]``. Each figure is the median of fresh processes, taken in turns.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from measure import environment

HELP_TARGET = 2.0  # times `python -c "import click"`
LINT_TARGET = 0.8  # seconds
HEAVY = ("duckdb", "sqlglot", "sqlalchemy", "alembic", "rich", "jinja2", "babel", "holidays", "jsonschema")

PYTHON = sys.executable
PLAYCALL = str(Path(PYTHON).with_name("playcall"))


def timed(command: list[str], cwd: Path) -> float:
    """Seconds that a command takes in a fresh process. Raises CalledProcessError if it fails."""
    start = time.perf_counter()
    subprocess.run(command, cwd=cwd, check=True, capture_output=True, env=environment())
    return time.perf_counter() - start


def imported(command: list[str], cwd: Path) -> set[str]:
    """Which of the heavy packages a command imports."""
    done = subprocess.run(
        [PYTHON, "-X", "importtime", PLAYCALL, *command], cwd=cwd, check=True, capture_output=True, text=True
    )
    modules = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    return modules & set(HEAVY)


def measure(runs: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        subprocess.run([PLAYCALL, "init", str(project)], check=True, capture_output=True)
        commands = {
            "python -c pass": [PYTHON, "-c", "pass"],
            "python -c 'import click'": [PYTHON, "-c", "import click"],
            "playcall --help": [PLAYCALL, "--help"],
            "playcall lint (one playbook)": [PLAYCALL, "lint"],
            "playcall schema": [PLAYCALL, "schema"],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(runs + 1):  # the first round warms the caches
            for name, command in commands.items():
                times[name].append(timed(command, project))
        medians = {name: median(taken[1:]) for name, taken in times.items()}
        base = medians["python -c 'import click'"]
        print(f"{'command':30} {'median':>9} {'of click':>9}")
        for name, seconds in medians.items():
            print(f"{name:30} {seconds * 1000:6.0f} ms {seconds / base:8.2f}x")
        for name, arguments in (("--help", ["--help"]), ("lint", ["lint"])):
            print(f"{name} imports of the heavy: {', '.join(sorted(imported(arguments, project))) or 'none'}")
    ratio, lint = medians["playcall --help"] / base, medians["playcall lint (one playbook)"]
    print(f"--help {ratio:.2f}x click (target {HELP_TARGET}x), lint {lint:.2f} s (target {LINT_TARGET} s)")


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
