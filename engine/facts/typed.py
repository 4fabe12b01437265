"""The first step of a load: one table of a source, each cell cast to its field's type, faults beside it."""

from __future__ import annotations

from collections.abc import Iterator

from ...dsl.frozen import frozen
from ...dsl.types import Kind, Type
from ..catalog.model import Entity, StoredField
from ..ports import SourceError
from .cast import as_text, cast
from .sql import comma, name, text
from .tables import Opened

# Columns of a typed table beside its values. None can be a field: names of fields start with a letter.
ROW = "_row"  # the row's number where it is not its place in the table
FAULTS = "_faults"  # [{field, cell}]: cells that did not parse
BAD_ROW = "_bad"  # what is wrong with the row as a whole
BLANK = "_blank"  # a row of nothing but empty cells, which is none
FRESH = "_fresh"  # when the row was last changed


@frozen
class Wanted:
    """One column that a field reads. ``rank`` is its place in the field's order of trust."""

    field: StoredField
    rank: int
    column: str

    @property
    def alias(self) -> str:
        return value_column(self.field.name, self.rank)


def value_column(field: str, rank: int) -> str:
    """The name in a typed table of a field's value from the column with this rank."""
    return f"{field}@{rank}"


def match_column(column: str) -> str:
    """The name in a typed table of a column, as text, that tables are joined by."""
    return f"={column}"


def wanted(entity: Entity, index: int) -> Iterator[Wanted]:
    """What the entity's fields read from its table with this index."""
    for field in entity.fields.values():
        for rank, (table, column) in enumerate(field.columns):
            if table == index:
                yield Wanted(field, rank, column)


def match_columns(entity: Entity, index: int) -> list[str]:
    """The columns of the table that joins use: its own, or for the spine those that others name."""
    if index:
        return [own for own, _ in entity.tables[index].match]
    return list(dict.fromkeys(spine for table in entity.tables[1:] for _, spine in table.match))


def typed_select(entity: Entity, index: int, opened: Opened, timezone: str, fresh_by: str | None) -> str:
    """The SELECT of the typed table. Raises ``SourceError`` for columns that are not there."""
    inner, outer, faults = [], [], []
    for number, want in enumerate(wanted(entity, index)):
        column = opened.column(want.column)
        parsed = cast(name(column), opened.types[column], want.field.type, timezone)
        inner += [f"{parsed.raw} AS r{number}", f"{parsed.value} AS v{number}"]
        outer.append(f"v{number} AS {name(want.alias)}")
        if want.field.type.kind is not Kind.TEXT:  # text always parses
            faults.append((want.field.name, f"r{number}", f"v{number}"))
    for number, own in enumerate(match_columns(entity, index)):
        column = opened.column(own)
        inner.append(f"{as_text(name(column), opened.types[column])} AS m{number}")
        outer.append(f"m{number} AS {name(match_column(own))}")
    inner += _row_columns(entity, index, opened, timezone, fresh_by)
    outer += [ROW, BAD_ROW, BLANK, FRESH, f"{_faults(faults)} AS {FAULTS}"]
    return f"SELECT {comma(outer)} FROM (SELECT {comma(inner)} FROM {opened.relation})"


def _row_columns(
    entity: Entity, index: int, opened: Opened, timezone: str, fresh_by: str | None
) -> list[str]:
    row = f"{name(opened.row_column)}::BIGINT" if opened.row_column else "NULL::BIGINT"
    bad = f"nullif({name(opened.fault_column)}, '')" if opened.fault_column else "NULL::VARCHAR"
    fresh = "NULL::TIMESTAMP"
    if fresh_by is not None and fresh_by in opened.types:
        fresh = cast(name(fresh_by), opened.types[fresh_by], Type(Kind.DATETIME), timezone).value
    return [
        f"{row} AS {ROW}",
        f"{bad} AS {BAD_ROW}",
        f"{fresh} AS {FRESH}",
        f"{_blank(entity, index, opened)} AS {BLANK}",
    ]


def _blank(entity: Entity, index: int, opened: Opened) -> str:
    """Whether nothing stands in the row. Looked at only where the first columns of interest are empty."""
    first = next(wanted(entity, index), None)
    columns = [c for c in opened.types if c not in (opened.row_column, opened.fault_column)]
    cells = [as_text(name(column), opened.types[column]) for column in columns]
    if first is None or not cells:
        return "false"
    probe = name(opened.column(first.column))
    rest = f"coalesce({comma(cells)}, '')"
    return f"(CASE WHEN nullif({probe}::VARCHAR, '') IS NULL THEN {rest} = '' ELSE false END)"


def _faults(cells: list[tuple[str, str, str]]) -> str:
    """The list of cells that did not parse, NULL for the rows without any: nearly all of them."""
    bad = [(field, raw, f"({raw} IS NOT NULL AND {value} IS NULL)") for field, raw, value in cells]
    if not bad:
        return "NULL::STRUCT(field VARCHAR, cell VARCHAR)[]"
    anything = " OR ".join(test for _, _, test in bad)
    each = comma(f"CASE WHEN {test} THEN {{field: {text(f)}, cell: {raw}}} END" for f, raw, test in bad)
    return f"(CASE WHEN {anything} THEN list_filter([{each}], lambda x: x IS NOT NULL) END)"


def fresh_column(opened: Opened, fresh_by: str | None) -> bool:
    """Whether the table has the column that tells the age of its source's data."""
    if fresh_by is None:
        return False
    try:
        opened.column(fresh_by)
    except SourceError:
        return False
    return True
