"""What a load gives: the snapshot, the state of each table it came from, and what was wrong with its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import Literal

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from .columns import Column

MASK = "***"  # stands for the value of a sensitive field

Status = Literal["ok", "stale", "empty", "shrunk", "broken", "mistyped", "implausible"]

ProblemKind = Literal[
    "unparsed",  # a cell that is not a value of the field's type; the value is missing
    "missing",  # an empty cell of a field that is not nullable
    "no_currency",  # an amount whose currency is missing; the value is missing
    "no_key",  # a row without its key; dropped
    "duplicate",  # a key seen before; the first row counts
    "bad_row",  # cells that cannot be told apart; the row is dropped
    "broken_reference",  # a key of another entity that has no such record
    "unmatched",  # a row of a further table that matches no record
    "duplicate_match",  # a further row for the same record; the first counts
    "no_freshness",  # the column that should tell the data's age is not there
]


@frozen
class Example:
    """One row with a problem: its number as the user's own tool shows it, its key, the cell's text."""

    row: int | None
    key: str | None
    cell: str | None

    def to_json(self) -> dict[str, object]:
        return {"row": self.row, "key": self.key, "cell": self.cell}


@frozen
class Problem:
    """One kind of problem of one column, counted, with up to five examples."""

    entity: str
    field: str
    kind: ProblemKind
    count: int
    examples: tuple[Example, ...] = ()

    def to_json(self) -> dict[str, object]:
        return {
            "entity": self.entity,
            "field": self.field,
            "kind": self.kind,
            "count": self.count,
            "examples": [example.to_json() for example in self.examples],
        }


@frozen
class SourceState:
    """How one table was found. ``data_time`` is the age of its data, ``loaded_at`` when it was read (UTC);
    ``reason`` says in a sentence why the status is not ``ok``. Where only single columns are wrong,
    ``faults`` says which (ENTITY.FIELD) and why; ``columns``: what each column holds."""

    source: str
    table: str
    rows: int
    loaded_at: datetime
    data_time: datetime | None
    problems: tuple[Problem, ...]
    status: Status
    reason: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, Column] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.source}.{self.table}"

    def to_json(self) -> dict[str, object]:
        return {
            "source": self.source,
            "table": self.table,
            "rows": self.rows,
            "loaded_at": stamp(self.loaded_at),
            "data_time": stamp(self.data_time) if self.data_time else None,
            "status": self.status,
            "reason": self.reason,
            "problems": [problem.to_json() for problem in self.problems],
        }


@frozen
class EntityData:
    """The records of one entity: a Parquet file sorted by ``_key``, and, for entities of several tables, one
    of the values that lost (``_key, field, source, value, winner, winner_source``)."""

    name: str
    path: Path
    rows: int
    rivals: Path | None = None
    conflicts: int = 0


@frozen
class Snapshot:
    """All facts as loaded at one moment. ``id`` depends on the facts and the catalogue alone: the same facts
    loaded again, later or elsewhere, have the same id. Entities whose sources are broken are absent."""

    id: str
    as_of: datetime
    loaded_at: datetime
    entities: Mapping[str, EntityData]
    sources: tuple[SourceState, ...]

    def state(self, source: str, table: str) -> SourceState | None:
        """The state of one table, if it was read."""
        return next((s for s in self.sources if (s.source, s.table) == (source, table)), None)


class FactsError(PlaycallError):
    """A question about the facts that cannot be answered; the text says what and what to do next."""


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC with ``Z``, to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
