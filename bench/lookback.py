"""What it costs to look back: conditions over contracts, without history and with it.

    python bench/lookback.py [--scale 1.0] [--days 30]

At scale 1, 1,000,000 contracts. One snapshot is loaded, and listed as that of the days before as well: files
are named by their content, so every day is read from the file as another one would be. Seconds are those of
the processor, all threads together, with compiling the statement; the least of three.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from data import AS_OF, write_project
from measure import peak_memory

from playcall.dsl.checker import CONDITION, check
from playcall.dsl.compiler import compile_select
from playcall.dsl.scope import Scope
from playcall.dsl.source import SourceText
from playcall.engine.evaluate.model import Moment
from playcall.engine.facts.load import load
from playcall.engine.facts.snapshot import SnapshotStore
from playcall.engine.ports import FixedClock
from playcall.engine.service.facts import FactBase, open_base
from playcall.engine.service.moments import moment_of
from playcall.engine.service.workspace import Workspace

CONDITIONS = (
    "quantity < 5",
    "was(quantity, 30d) < 5",
    "change(quantity, 30d) < 0",
    "change(quantity, 30d) < 0 and changed(status, 7d)",
    "was(account.open_tickets, 30d) > 5",
    'days_in_state(status == "active") >= 20',
    "days_in_state(quantity < 3) >= 20",
)
TIMES = 3


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--scale", type=float, default=1.0)
    arguments.add_argument("--days", type=int, default=30)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_project(root, given.scale, 0)
        workspace = Workspace.open(root, None, {})
        moment = moment_of(AS_OF, workspace.clock.now(), "Asia/Tokyo", workspace.playbooks)
        snapshot = load(workspace.catalog, workspace.project, FixedClock(moment.now), listed=False)
        store = SnapshotStore(workspace.project.snapshots)
        for back in range(given.days + 1, -1, -1):
            store.list_load(replace(snapshot, as_of=moment.now - timedelta(days=back)))
        rows = snapshot.entities["contract"].rows
        print(f"{rows:,} contracts, {given.days + 1} days kept")
        print(f"{'condition':<52}{'processor s':>12}{'times':>8}")
        first = None
        for text in CONDITIONS:
            with open_base(workspace, snapshot, None, moment.today) as base:
                seconds = min(_seconds(base, text, moment) for _ in range(TIMES))
            first = first or seconds
            print(f"{text:<52}{seconds:>12.2f}{seconds / first:>8.1f}")
        print(f"peak memory {peak_memory():.2f} GiB")


def _seconds(base: FactBase, text: str, moment: Moment) -> float:
    """The processor's time for one condition over all contracts."""
    began = time.process_time()
    catalog, settings = base.workspace.catalog, base.workspace.project.settings
    checked = check(SourceText.of(text), Scope(catalog.schema, "contract", settings), [], CONDITION)
    assert checked is not None, text
    base.store.create("_looked", compile_select("contract", {"x": checked.tree}, base.compile_world(moment)))
    return time.process_time() - began


if __name__ == "__main__":
    main()
