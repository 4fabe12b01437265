"""One run of 50 plays over 1,000,000 contracts, 300,000 accounts and 1,500,000 tickets, load to commit.

    python bench/run.py [--scale 1.0]

The first run starts with an empty ledger. The second, on the next day, finds a year of history in
it (at scale 1: 1,000,000 occurrences, half of them with a touch, and 300,000 open episodes) and
plays that hold for those. Nothing is delivered. Prints what each stage took and the peak memory of
each run's own process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from data import TODAY, write_files, write_project
from history import add_year
from measure import peak_memory

FEW_OUT_OF_DATE = 1
OUT_OF_DATE = 11  # releases below this are out of date, on the second day: 300,000 contracts
STAGES = ("load", "history", "evaluate", "gather", "decide", "commit", "rest")


class Stopwatch:
    """Seconds, and seconds of processor, by stage; a stage inside another counts for itself alone."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self.cpu = dict.fromkeys(STAGES, 0.0)
        self._running = "rest"
        self._since = time.perf_counter(), time.process_time()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        before = self._switch(name)
        try:
            yield
        finally:
            self._switch(before)

    def _switch(self, name: str) -> str:
        now = time.perf_counter(), time.process_time()
        self.seconds[self._running] += now[0] - self._since[0]
        self.cpu[self._running] += now[1] - self._since[1]
        before, self._running, self._since = self._running, name, now
        return before

    def around(self, module: Any, function: str, stage: str) -> None:
        """Time every call of a module's function."""
        inner = getattr(module, function)

        def timed(*args: Any, **options: Any) -> Any:
            with self.stage(stage):
                return inner(*args, **options)

        setattr(module, function, timed)

    def around_entry(self, module: Any, function: str, stage: str) -> None:
        """Time how long a context manager takes to be entered."""
        inner: Callable[..., AbstractContextManager[Any]] = getattr(module, function)

        @contextmanager
        def timed(*args: Any, **options: Any) -> Iterator[Any]:
            with self.stage(stage):
                manager = inner(*args, **options)
                entered = manager.__enter__()
            try:
                yield entered
            except BaseException:
                manager.__exit__(*sys.exc_info())
                raise
            manager.__exit__(None, None, None)

        setattr(module, function, timed)


def child(root: Path, as_of: str) -> None:
    """One run, timed, in this process; prints its report as JSON."""
    started = time.perf_counter()
    from playcall.engine.evaluate import stage
    from playcall.engine.service import deciding, facts, running
    from playcall.engine.service.workspace import Workspace

    imported = time.perf_counter() - started
    watch = Stopwatch()
    watch.around_entry(running, "load_facts", "load")
    watch.around(facts, "history_of", "history")
    watch.around(deciding.FactBase, "fill_ledger_facts", "history")
    watch.around(stage, "evaluate", "evaluate")
    watch.around(stage, "gather", "gather")
    watch.around(deciding, "decide", "decide")
    watch.around(running.write, "write", "commit")
    workspace = Workspace.open(root, None, {})
    report = running.run(workspace, as_of, deliver=False, force=True).to_json()
    with watch.stage("rest"):
        pass
    result = {"imported": imported, "seconds": watch.seconds, "cpu": watch.cpu, "peak": peak_memory()}
    print(json.dumps(result | {"verdicts": report["verdicts"], "duplicates": report["duplicates"]}))


def run(root: Path, as_of: str) -> dict[str, Any]:
    """What a run in a process of its own reports. Raises ``SystemExit`` where it failed."""
    command = [sys.executable, __file__, "--child", str(root), "--as-of", as_of]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def show(title: str, found: dict[str, Any]) -> None:
    seconds = found["seconds"]
    verdicts = ", ".join(f"{count:,} {verdict}" for verdict, count in found["verdicts"].items())
    print(f"\n{title}: {verdicts or 'nothing due'}; {found['duplicates']:,} decided before")
    for stage in STAGES:
        print(f"  {stage:10} {seconds[stage]:8.2f} s {found['cpu'][stage]:8.2f} s of processor")
    print(f"  {'all':10} {sum(seconds.values()):8.2f} s {sum(found['cpu'].values()):8.2f} s of processor")
    print(f"  imports    {found['imported']:8.2f} s")
    print(f"  peak memory {found['peak']:.2f} GiB")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--root", type=Path, help="keep the project here, and use its data if it is there")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--as-of", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        child(options.child, options.as_of)
        return
    with tempfile.TemporaryDirectory() as folder:
        root = options.root or Path(folder)
        root.mkdir(exist_ok=True)
        if (root / "data").exists():
            write_files(root, FEW_OUT_OF_DATE)
        else:
            write_project(root, options.scale, FEW_OUT_OF_DATE)
        for file in root.glob("ledger.db*"):
            file.unlink()
        show("first run, empty ledger", run(root, str(TODAY)))
        write_files(root, OUT_OF_DATE)
        rows = add_year(root, OUT_OF_DATE)
        print("\nadded to the ledger: " + ", ".join(f"{count:,} {name}" for name, count in rows.items()))
        show("second run, the next day", run(root, str(TODAY + timedelta(days=1))))


if __name__ == "__main__":
    main()
