"""`prune`: what `retention` of playcall.yaml no longer keeps is removed: facts of earlier days, what runs
rested on, the bytes of messages that are done.

What names a file goes before the file, and everything is looked for anew each time: after a crash the next
`prune` goes on where the last one was.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from ...dsl.calendar import Calendar
from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ...dsl.types import Duration
from ..catalog.retention import cutoff
from ..facts.clearing import names_in, unused, wanted
from ..facts.snapshot import SnapshotStore
from ..ledger.database import Ledger
from ..ledger.retention import Messages, empty_messages, known_runs, note_pruned, old_messages, old_runs
from .facts import kept_snapshots
from .workspace import Workspace

# A file that was written or used so lately stays, whatever names it: a load or a plan may need it.
RESTS: Final = timedelta(days=7)


@frozen
class Counts:
    """What is removed: lines of the index, what runs rested on, files of both with their bytes, and messages
    with theirs."""

    loads: int = 0
    runs: int = 0
    files: int = 0
    bytes: int = 0
    messages: int = 0
    message_bytes: int = 0


@frozen
class Pruned:
    """The JSON of `playcall prune`. ``snapshots`` and ``messages``: the first day that is kept of each (None:
    all are)."""

    is_tried: bool
    snapshots: date | None
    messages: date | None
    removed: Counts

    def to_json(self) -> dict[str, object]:
        def told(day: date | None) -> str | None:
            return None if day is None else day.isoformat()

        kept = {"snapshots": told(self.snapshots), "messages": told(self.messages)}
        return {"dry_run": self.is_tried, "kept_from": kept, "removed": asdict(self.removed)}


def prune(workspace: Workspace, actor: str, *, dry_run: bool = False) -> Pruned:
    """Remove what is no longer kept. Raises ``PlaycallError`` where nothing is ever removed."""
    retention = workspace.project.retention
    if retention.snapshots is None and retention.messages is None:
        raise PlaycallError(
            "nothing is removed: playcall.yaml has no `retention`. Write for example "
            "`retention: {snapshots: 400d, messages: 400d}`"
        )
    with workspace.ledger_to_read() if dry_run else workspace.ledger() as ledger:
        return prune_in(workspace, ledger, actor, dry_run=dry_run)


def prune_in(workspace: Workspace, ledger: Ledger, actor: str, *, dry_run: bool = False) -> Pruned:
    """Remove what is no longer kept; the project's ledger is open already."""
    retention = workspace.project.retention
    snapshots, messages = kept_from(workspace, retention.snapshots), kept_from(workspace, retention.messages)
    counts = Counts() if snapshots is None else _clear(workspace, ledger, snapshots, dry_run)
    if messages is not None:
        gone = _empty(workspace, ledger, messages, dry_run)
        counts = replace(counts, messages=gone.count, message_bytes=gone.bytes)
    if not dry_run and counts != Counts():
        with ledger.writing() as connection:
            note_pruned(connection, workspace.clock.now(), actor, asdict(counts))
    return Pruned(dry_run, snapshots, messages, counts)


def kept_from(workspace: Workspace, duration: Duration | None) -> date | None:
    """The first day that is kept, by the project's local date; None: all are."""
    if duration is None:
        return None
    settings = workspace.project.settings
    today = workspace.clock.now().astimezone(ZoneInfo(settings.timezone)).date()
    return cutoff(duration, today, Calendar.around(settings, today))


def _clear(workspace: Workspace, ledger: Ledger, first: date, dry_run: bool) -> Counts:
    """Facts of days before the first that is kept, and what the runs of such days rested on."""
    store = SnapshotStore(workspace.project.snapshots)
    rested_before = (workspace.clock.now() - RESTS).timestamp()
    old = _old_bases(store, ledger, first, _midnight(workspace, first).timestamp())
    names: set[str] = set().union(*map(_names, sorted(_bases(store) - old)))
    stays = wanted(kept_snapshots(workspace), first, names)
    lines = list(store.lines())
    staying = [line for line in lines if stays(line)]
    loads = sum(not line.get("accepted") for line in lines) - sum(not one.get("accepted") for one in staying)
    names |= {line["id"] for line in staying}
    if not dry_run:
        store.forget(stays)
    gone = [*_removed(sorted(old), dry_run), *_removed(unused(store, names, rested_before), dry_run)]
    return Counts(loads, len(old), len(gone), sum(gone))


def _midnight(workspace: Workspace, day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(workspace.project.settings.timezone))


def _bases(store: SnapshotStore) -> set[Path]:
    return set((store.root / "runs").glob("*.json.gz"))


def _old_bases(store: SnapshotStore, ledger: Ledger, first: date, before: float) -> set[Path]:
    """What old runs rested on; and what was written as long ago for runs that this ledger does not know: they
    were never committed, or another environment has them."""
    with ledger.reading() as connection:
        old, known = set(old_runs(connection, first)), known_runs(connection)

    def is_old(path: Path) -> bool:
        run = path.name.removesuffix(".json.gz")
        return run in old or (run not in known and path.stat().st_mtime < before)

    return {path for path in _bases(store) if is_old(path)}


def _names(basis: Path) -> set[str]:
    """The files that a run rested on."""
    return names_in(gzip.decompress(basis.read_bytes()).decode("utf-8"))


def _removed(paths: Iterator[Path] | list[Path], dry_run: bool) -> Iterator[int]:
    """Remove files, one after the other; gives the bytes of each."""
    for path in paths:
        size = path.stat().st_size
        if not dry_run:
            path.unlink(missing_ok=True)  # another one may be at it
        yield size


def _empty(workspace: Workspace, ledger: Ledger, first: date, dry_run: bool) -> Messages:
    """The bytes of messages that are done, of days before the first that is kept."""
    before = _midnight(workspace, first)
    with ledger.reading() as connection:
        found = old_messages(connection, before)
    while found.count and not dry_run:
        with ledger.writing() as connection:
            if not empty_messages(connection, before):
                break
    return found
