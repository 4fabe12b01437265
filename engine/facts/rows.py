"""Rows of plain values on their way into DuckDB: few as parameters of a select, many through a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from ...dsl.types import Money
from .sql import comma, name, text

FEW: Final = 1_000  # so many travel as parameters; a file is quicker for more
_BATCH: Final = 100_000
_AS_THEY_ARE: Final = frozenset({"VARCHAR", "BOOLEAN", "BIGINT", "DATE"})  # their columns hold what is given
_EMPTY: Final = "\x01"  # stands for empty text in the file, where an empty cell is NULL


def listed(columns: Mapping[str, str], rows: Sequence[Sequence[object]]) -> tuple[str, list[list[object]]]:
    """A select of a few rows, and its parameters, one a column (``columns``: name → DuckDB type). A tenth of
    the time of a VALUES with as many cells."""
    cells = zip(*rows, strict=True) if rows else ((),) * len(columns)
    lists = comma(f"UNNEST(?::{kind}[]) AS {name(column)}" for column, kind in columns.items())
    params = [
        list(column) if kind in _AS_THEY_ARE else list(map(stored, column))
        for kind, column in zip(columns.values(), cells, strict=True)
    ]
    return f"SELECT {lists}", params


def from_file(path: Path, columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> str:
    """A select of rows, however many, that are written to a file first."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        remaining = iter(rows)
        while batch := list(islice(remaining, _BATCH)):
            writer.writerows(_with_empty_text(batch))
    declared = comma(f"{text(column)}: 'VARCHAR'" for column in columns)
    cells = comma(f"{_typed(name(column), kind)} AS {name(column)}" for column, kind in columns.items())
    return (
        f"SELECT {cells} FROM read_csv({text(str(path))},"
        f" auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"',"
        f" max_line_size = 16777216, columns = {{{declared}}})"
    )


def stored(value: object) -> object:
    """A value as its column holds it: the amount of money, UTC without a zone."""
    if isinstance(value, Money):
        return value.amount
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value


def _typed(column: str, kind: str) -> str:
    if kind == "VARCHAR":
        return f"CASE WHEN {column} = {text(_EMPTY)} THEN '' ELSE {column} END"
    if kind == "TIMESTAMP":
        return f"CAST(CAST({column} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP)"
    return f"CAST({column} AS {kind})"


def _with_empty_text(batch: list[Sequence[object]]) -> Iterable[Sequence[object]]:
    """The rows with empty text marked, so that it stays apart from NULL."""
    columns = list(zip(*batch, strict=True))
    if not any("" in column for column in columns):
        return batch
    marked = [[_EMPTY if cell == "" else cell for cell in c] if "" in c else c for c in columns]
    return zip(*marked, strict=True)
