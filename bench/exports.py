"""`playcall export` of a ledger with 1,000,000 touches into SQLite: the first time, again, and after some of
them have changed, beside a plain executemany of the same rows.

Run: python bench/exports.py [TOUCHES] [--changed COUNT] [--folder FOLDER]. Times are of the processor. FOLDER
keeps the ledger for another time: to fill it takes minutes.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from outbox import SQLITE, fill
from sqlalchemy import select

from playcall.engine.ledger import delivery, tables
from playcall.engine.ledger.tasks import Act
from playcall.engine.ledger.write import cancel_touches
from playcall.engine.ports import SystemClock
from playcall.engine.service.exporting import ExportReport, export
from playcall.engine.service.starting import init
from playcall.engine.service.workspace import Workspace

TARGET = 50_000  # rows a second, the first time
WAREHOUSE = "warehouse.db"
EXPORTS = f"\nexports:\n  warehouse: {{adapter: sql, url: sqlite:///{WAREHOUSE}, tables: [touches]}}\n"
Result = TypeVar("Result")


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds of the processor, and what the work gives."""
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def project(root: Path, count: int, waiting: int) -> Workspace:
    """A project whose ledger has so many touches."""
    if not root.exists():
        init(root)
        with (root / "playcall.yaml").open("a", encoding="utf-8") as file:
            file.write(EXPORTS)
        fill(root, SQLITE, count, waiting)
    (root / WAREHOUSE).unlink(missing_ok=True)
    return Workspace.open(root, None, {})


def change(workspace: Workspace, count: int) -> None:
    """Cancel some of the touches that wait."""
    now = SystemClock().now()
    act = Act("bench", now, now.date())
    with workspace.ledger() as ledger, ledger.writing() as connection:
        touch = tables.touch.c
        some = select(touch.id).where(touch.next_attempt.is_not(None)).limit(count)
        chosen = [(one, "for the benchmark") for one in connection.execute(some).scalars()]
        cancel_touches(connection, chosen, actor=act.actor, at=act.at)
        assert len(chosen) == count or delivery.waiting(connection) == 0


def plain(root: Path) -> float:
    """The same rows by one executemany into a table of the same columns."""
    source = sqlite3.connect(root / WAREHOUSE)
    declared = source.execute("select sql from sqlite_master where name = 'touches'").fetchone()[0]
    rows = source.execute("select * from touches").fetchall()
    source.close()
    copy = root / "plain.db"
    copy.unlink(missing_ok=True)
    target = sqlite3.connect(copy)
    target.execute(declared)
    marks = ", ".join("?" for _ in rows[0])

    def put() -> None:
        with target:
            target.executemany(f"insert into touches values ({marks})", rows)

    seconds, _ = timed(put)
    target.close()
    copy.unlink()
    return seconds


def line(name: str, seconds: float, reports: list[ExportReport]) -> float:
    """Print one line; gives rows a second."""
    [report] = reports
    assert not report.trouble, report.trouble
    rows = report.tables[0].rows
    speed = rows / seconds if seconds else 0.0
    print(f"{name:<34}{rows:>10,} rows{seconds:>9.2f} s{speed:>12,.0f} rows/s")
    return speed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("touches", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--changed", type=int, default=1_000)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="playcall-exports-"))
    try:
        root = folder / "project"
        workspace = project(root, given.touches, max(1, given.touches // 20))
        speed = line("export, the first time", *timed(lambda: export(workspace)))
        seconds = plain(root)
        rows = given.touches
        of_plain = f"{rows:>10,} rows{seconds:>9.2f} s{rows / seconds:>12,.0f} rows/s"
        print(f"{'plain executemany of these rows':<34}{of_plain}")
        line("export, nothing has changed", *timed(lambda: export(workspace)))
        change(workspace, min(given.changed, rows // 20))
        line("export, some have changed", *timed(lambda: export(workspace)))
        line("export --full", *timed(lambda: export(workspace, full=True)))
        verdict = "reached" if speed >= TARGET else "MISSED"
        print(f"target: {TARGET:,} rows/s the first time: {verdict}; {speed * seconds / rows:.2f} of plain")
    finally:
        if given.folder is None:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
