"""Whether a table may be acted upon: fresh, not empty, not shrunk, readable (SPEC 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ...dsl.frozen import frozen
from .columns import Column, last_right, suspicion
from .model import Problem, SourceState, Status, stamp

SHRUNK_SHARE = 0.10  # fewer rows than this share of the last accepted load are missing: SPEC 6
ACCEPTED_AFTER = timedelta(days=7)  # a table that stays small this long has its new size
MISTYPED_SHARE = 0.05  # of the filled cells of a column
MISTYPED_LEAST = 10  # fewer bad cells never make a column mistyped, unless they are most of it


@dataclass(slots=True)
class TableReport:
    """What a load found out about one table. ``mistyped``: what is wrong with its rows as such; ``faults``:
    with single columns, by ENTITY.FIELD; ``columns``: what those hold."""

    source: str
    table: str
    loaded_at: datetime
    rows: int = 0
    data_time: datetime | None = None
    spine: bool = False
    problems: list[Problem] = field(default_factory=list)
    error: str = ""
    mistyped: list[str] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)

    def add_unparsed(self, found: Iterable[tuple[Problem, int]]) -> None:
        """Problems with the number of filled cells in their columns."""
        for problem, cells in found:
            self.problems.append(problem)
            if is_mistyped(problem.count, cells):
                name = f"{problem.entity}.{problem.field}"
                self.faults[name] = f"{problem.count} of {cells} cells of {name} do not parse"

    def add_bad_rows(self, found: Iterable[Problem]) -> None:
        """Rows whose cells cannot be told apart."""
        for problem in found:
            self.problems.append(problem)
            if is_mistyped(problem.count, self.rows):
                self.mistyped.append(
                    f"{problem.count} of {self.rows} rows have cells that cannot be told apart"
                )


def is_mistyped(bad: int, cells: int) -> bool:
    """Whether so many cells do not parse that the column is something else than declared."""
    return bad > max(MISTYPED_LEAST, cells * MISTYPED_SHARE) or bad * 2 > cells


@frozen
class EarlierLoad:
    """One earlier load: when (its ``as_of``), rows and status by ``SOURCE.TABLE``, and its columns by
    ENTITY.FIELD with what was wrong with some of them."""

    as_of: datetime
    tables: Mapping[str, tuple[int, Status]]
    columns: Mapping[str, Column] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


def judge(
    report: TableReport,
    fresh_within: timedelta | None,
    clock: datetime,
    wall: datetime,
    earlier: Iterable[EarlierLoad],
) -> SourceState:
    """The state of a table. ``clock`` is the run's logical time, ``wall`` the machine's: the data's age is
    counted to the earlier of the two. ``earlier``: loads before this one, oldest first."""
    loads = list(earlier)
    status, reason = _status(report, fresh_within, min(clock, wall), clock, loads)
    status, reason, faults = _with_columns(report, status, reason, loads)
    return SourceState(
        report.source,
        report.table,
        report.rows,
        report.loaded_at,
        report.data_time,
        tuple(report.problems),
        status,
        reason,
        faults,
        report.columns,
    )


def _with_columns(
    report: TableReport, status: Status, reason: str, earlier: Iterable[EarlierLoad]
) -> tuple[Status, str, dict[str, str]]:
    """The state with what is wrong with single columns. It holds only what reads them, so what is wrong with
    the table as a whole goes before."""
    loads = [(load.columns, load.faults) for load in earlier]
    faults = dict(report.faults)
    for name, column in report.columns.items():
        why = "" if name in faults else suspicion(column, last_right(loads, name))
        if why:
            faults[name] = f"{name} {why}"
    if not faults or status != "ok":
        return status, reason, {}
    kind: Status = "mistyped" if report.faults else "implausible"
    return kind, "; ".join(faults.values()), faults


def _status(
    report: TableReport,
    fresh_within: timedelta | None,
    until: datetime,
    as_of: datetime,
    earlier: Iterable[EarlierLoad],
) -> tuple[Status, str]:
    if report.error:
        return "broken", report.error
    before = accepted_rows(f"{report.source}.{report.table}", earlier, as_of)
    if report.rows == 0 and (report.spine or before):
        return "empty", f"no rows, where there were {before}" if before else "no rows"
    if before and report.rows < before * (1 - SHRUNK_SHARE):
        return "shrunk", f"{report.rows} rows, where there were {before}"
    if report.mistyped:
        return "mistyped", "; ".join(report.mistyped)
    if fresh_within is not None:
        if report.data_time is None:
            return "stale", "no row says when it was changed"
        if until - report.data_time > fresh_within:
            return "stale", f"the data are of {stamp(report.data_time)}, older than {_span(fresh_within)}"
    return "ok", ""


def accepted_rows(table: str, earlier: Iterable[EarlierLoad], as_of: datetime) -> int:
    """How many rows the table is expected to have: those of its last load that was not itself empty or
    shrunk; or, if it has been small for over a week since, those of the latest load. 0: unknown."""
    loads = [(load.as_of, *load.tables[table]) for load in earlier if table in load.tables]
    loads = [(moment, rows, status) for moment, rows, status in loads if status != "broken"]
    good = [(moment, rows) for moment, rows, status in loads if status not in ("empty", "shrunk")]
    if not good:
        return max((rows for _, rows, _ in loads), default=0)
    moment, rows = good[-1]
    latest = loads[-1]
    small_since = next((when for when, _, _ in loads if when > moment), as_of)
    if latest[2] == "shrunk" and as_of - small_since > ACCEPTED_AFTER:
        return latest[1]
    return rows


def _span(duration: timedelta) -> str:
    hours = duration / timedelta(hours=1)
    return f"{hours:g}h" if hours < 72 else f"{hours / 24:g}d"
