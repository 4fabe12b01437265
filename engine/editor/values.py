"""What a field held when the facts were last loaded: a few values, read from the latest snapshot.

Everything heavy is imported when a value is first asked for. Whatever is wrong with the snapshots is no
reason to say nothing of the field: then there are no values.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ...dsl.frozen import frozen

if TYPE_CHECKING:
    from ..facts.model import Snapshot

MOST_SHOWN = 5
LONGEST = 40


@frozen
class LastValues:
    """What a field holds in a snapshot: of how many records it is missing, and its most frequent values with
    how often each stands there."""

    day: date
    rows: int
    missing: int
    values: tuple[tuple[str, int], ...]


def last_values(snapshots: Path, zone: str, entity: str, field: str) -> LastValues | None:
    """The values of a stored field in the latest snapshot, with the day in the time zone; None where there
    is no snapshot that can be read."""
    snapshot = _latest(snapshots)
    data = snapshot.entities.get(entity) if snapshot is not None else None
    if snapshot is None or data is None or not data.path.is_file():
        return None
    import duckdb

    from ..facts.sql import connect, name, text

    table, column = f"read_parquet({text(str(data.path))})", name(field)
    try:
        with connect(threads=1) as connection:
            counted = connection.execute(f"SELECT count(*), count({column}) FROM {table}").fetchone()
            rows = connection.execute(
                f"SELECT CAST({column} AS VARCHAR), count(*) FROM {table} WHERE {column} IS NOT NULL"
                f" GROUP BY {column} ORDER BY 2 DESC, {column} LIMIT {MOST_SHOWN}"
            ).fetchall()
    except duckdb.Error:
        return None
    count, present = counted or (0, 0)
    day = snapshot.as_of.astimezone(ZoneInfo(zone)).date()
    return LastValues(day, count, count - present, tuple((_shown(v), n) for v, n in rows))


def _latest(snapshots: Path) -> Snapshot | None:
    from ..facts.model import FactsError
    from ..facts.snapshot import SnapshotStore

    try:
        return SnapshotStore(snapshots).latest()
    except (FactsError, OSError, ValueError, LookupError, TypeError):
        return None


def _shown(value: str) -> str:
    """A value on one line, without the zeros that a column of amounts fills up with."""
    line = " ".join(value.split())
    whole, point, decimals = line.partition(".")
    if point and decimals.isdigit() and whole.lstrip("-").isdigit():
        line = f"{whole}.{decimals.rstrip('0')}".rstrip(".")
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
