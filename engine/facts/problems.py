"""What was wrong with the rows of a load: counted per table and column, with examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...dsl.types import Kind
from ..catalog.model import Entity, StoredField
from .columns import Column
from .merge import OWN_FAULTS, flag_column, merged_table, typed_table
from .model import MASK, Example, Problem, ProblemKind
from .sql import comma, name, text
from .typed import BAD_ROW, BLANK, FAULTS, ROW, match_column, wanted

if TYPE_CHECKING:
    import duckdb

EXAMPLES = 5
_SOUND = f"NOT {BLANK} AND {BAD_ROW} IS NULL"


def masked(entity: Entity, field: str, cell: str | None) -> str | None:
    """A cell for people to see: those of sensitive fields are not."""
    declared = entity.type.fields.get(field)
    return MASK if cell is not None and declared is not None and declared.sensitive else cell


class Inspection:
    """Looks at the typed and merged tables of one entity. ``first_rows``: the number of each first row."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, entity: Entity, first_rows: tuple[int, ...]
    ) -> None:
        self._connection = connection
        self._entity = entity
        self._first_rows = first_rows
        self._merged = name(merged_table(entity))

    def rows(self, index: int) -> int:
        """How many rows the table has, blank ones left out."""
        return self._count(f"{name(typed_table(self._entity, index))} WHERE NOT {BLANK}")

    def bad_rows(self, index: int) -> Iterator[Problem]:
        """Rows whose cells cannot be told apart."""
        return self._problem("bad_row", "", self._table(index), f"{BAD_ROW} IS NOT NULL", BAD_ROW)

    def unparsed(self, index: int) -> Iterator[tuple[Problem, int]]:
        """Cells that are no values of their field's type, each with how many cells its column has."""
        faults = (
            f"SELECT _n, {ROW} AS row, _key AS key, unnest({OWN_FAULTS}) AS fault"
            f" FROM {self._table(index)} WHERE {OWN_FAULTS} IS NOT NULL"
        )
        ranked = (
            "SELECT *, row_number() OVER (PARTITION BY fault.field ORDER BY _n) AS nth,"
            f" count(*) OVER (PARTITION BY fault.field) AS total FROM ({faults})"
        )
        found = self._connection.execute(
            f"SELECT fault.field, total, row, key, fault.cell FROM ({ranked})"
            f" WHERE nth <= {EXAMPLES} ORDER BY 1, nth"
        ).fetchall()
        columns = {want.field.name: want.alias for want in wanted(self._entity, index)}
        for field, total in dict((row[:2]) for row in found).items():
            examples = [self._example(field, row[2:]) for row in found if row[0] == field]
            problem = Problem(self._entity.name, field, "unparsed", total, tuple(examples))
            parsed = f"{name(typed_table(self._entity, index))} WHERE {name(columns[field])} IS NOT NULL"
            yield problem, total + self._count(parsed)

    def missing(self) -> Iterator[tuple[str, Problem]]:
        """Empty cells of fields that are not nullable, and amounts without a currency, by field. A cell that
        did not parse, and a record without a key, are counted there."""
        fields = [field for field in self._entity.fields.values() if field.name not in self._entity.key]
        needed = [(field, "missing") for field in fields if not field.type.nullable]
        money = [(field, "no_currency") for field in fields if _has_currency(field)]
        counts = [f"count(*) - count({name(field.name)})" for field, _ in needed]
        counts += [f"count(*) FILTER ({name(flag_column(field.name))})" for field, _ in money]
        if not counts:
            return
        totals = self._row(f"SELECT {comma(counts)} FROM {self._merged} WHERE {_SOUND}")
        for (field, kind), total in zip(needed + money, totals, strict=True):
            if total:
                found = self._missing(field) if kind == "missing" else self._without_currency(field)
                yield from ((field.name, problem) for problem in found)

    def columns(self) -> Iterator[tuple[str, Column]]:
        """What each column holds, by field; the key's apart."""
        fields = [field for field in self._entity.fields.values() if field.name not in self._entity.key]
        parts = ["count(*)"]
        for field in fields:
            value = name(field.name)
            amount = f"{value}::DOUBLE" if field.type.kind is Kind.MONEY else "NULL::DOUBLE"
            parts += [f"count({value})", f"avg(ln(abs({amount}))) FILTER ({amount} <> 0)"]
        found = self._connection.execute(
            f"SELECT {comma(parts)} FROM {self._merged} WHERE {_SOUND}"
        ).fetchone()
        assert found is not None  # an aggregate has one row
        rows, *values = found
        for field, filled, size in zip(fields, values[::2], values[1::2], strict=True):
            yield field.name, Column(rows, filled, size)

    def _missing(self, field: StoredField) -> Iterator[Problem]:
        fields = f"list_transform({FAULTS}, lambda x: x.field)"
        test = f"{_SOUND} AND {name(field.name)} IS NULL"
        test += f" AND NOT coalesce(list_contains({fields}, {text(field.name)}), false)"
        if _has_currency(field):
            test += f" AND NOT {name(flag_column(field.name))}"
        return self._problem("missing", field.name, self._merged, test, "NULL")

    def _without_currency(self, field: StoredField) -> Iterator[Problem]:
        amount = f"{name(f'{field.name}!amount')}::VARCHAR"
        return self._problem("no_currency", field.name, self._merged, name(flag_column(field.name)), amount)

    def keys(self) -> tuple[list[Problem], bool]:
        """Rows without a key and keys that stand twice; and whether the latter, or records merged into one by
        aliases, are there at all."""
        sound = f"count(*) FILTER ({_SOUND})"
        keyed, distinct, filled = self._row(
            f"SELECT count(_key), count(DISTINCT _key), {sound} FROM {self._merged}"
        )
        field = "/".join(self._entity.key)
        problems: list[Problem] = []
        if keyed < filled:
            problems += self._problem("no_key", field, self._merged, f"{_SOUND} AND _key IS NULL", "NULL")
        if keyed > distinct:
            later = (
                f"(SELECT * FROM {self._merged} WHERE _key IS NOT NULL"
                " QUALIFY row_number() OVER (PARTITION BY _key ORDER BY _renamed, _n) > 1)"
            )
            problems += self._problem("duplicate", field, later, "NOT _renamed", "_key")
        return problems, keyed > distinct

    def matches(self, index: int) -> Iterator[Problem]:
        """Rows of a further table that match no record, or a record that has one already."""
        match = self._entity.tables[index].match
        rows = self._table(index)
        pairs = " AND ".join(
            f"s.{name(match_column(theirs))} = x.{name(match_column(own))}" for own, theirs in match
        )
        spine = name(typed_table(self._entity, 0))
        orphan = f"{_SOUND} AND NOT EXISTS (SELECT 1 FROM {spine} s WHERE {pairs})"
        keys = comma(name(match_column(own)) for own, _ in match)
        later = (
            f"(SELECT * FROM {rows} WHERE NOT {BLANK} AND _key IS NOT NULL"
            f" QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY _n) > 1)"
        )
        field = ", ".join(own for own, _ in match)
        yield from self._problem("unmatched", field, f"{rows} x", orphan, "_key")
        yield from self._problem("duplicate_match", field, later, "true", "_key")

    def _table(self, index: int) -> str:
        """A FROM item of one table's rows: ``_n``, ``_row``, ``_key`` (of a further table what it matches
        by), ``_own_faults`` and the rest."""
        if index == 0:
            return self._merged
        key = " || '/' || ".join(name(match_column(own)) for own, _ in self._entity.tables[index].match)
        row = f"coalesce({ROW}, rowid + {self._first_rows[index]}) AS {ROW}"
        columns = f"* REPLACE ({row}), rowid AS _n, {key} AS _key, {FAULTS} AS {OWN_FAULTS}"
        return f"(SELECT {columns} FROM {name(typed_table(self._entity, index))})"

    def _problem(self, kind: ProblemKind, field: str, rows: str, test: str, cell: str) -> Iterator[Problem]:
        """One problem of the rows where ``test`` holds, or none."""
        count = self._count(f"{rows} WHERE {test}")
        if count:
            found = self._connection.execute(
                f"SELECT {ROW}, _key, {cell} FROM {rows} WHERE {test} ORDER BY _n LIMIT {EXAMPLES}"
            ).fetchall()
            examples = tuple(self._example(field, row) for row in found)
            yield Problem(self._entity.name, field, kind, count, examples)

    def _example(self, field: str, row: tuple[int | None, str | None, str | None]) -> Example:
        number, key, cell = row
        return Example(number, key, masked(self._entity, field, cell))

    def _count(self, rows: str) -> int:
        return int(self._row(f"SELECT count(*) FROM {rows}")[0])

    def _row(self, statement: str) -> tuple[int, ...]:
        row = self._connection.execute(statement).fetchone()
        assert row is not None  # an aggregate has one row
        return row


def _has_currency(field: StoredField) -> bool:
    """Whether each record carries the currency of this field."""
    return field.type.kind is Kind.MONEY and field.currency_by is not None
