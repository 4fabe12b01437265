"""Records one at a time, for explanations: from the tables of the fact store to the language's values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from ...dsl.types import FieldType, Kind, Money, ToMany, ToOne, Value
from ..catalog.model import Catalog
from ..keys import join_key
from .sql import comma, name

if TYPE_CHECKING:
    import duckdb

Record = Mapping[str, Value]


class Records:
    """Looks records up when they are asked for, and remembers them."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, catalog: Catalog, ready: Callable[[str], None]
    ) -> None:
        """``ready`` is told each statement before it runs."""
        self._connection = connection
        self._catalog = catalog
        self._ready = ready
        self._found: dict[tuple[str, tuple[tuple[str, Value], ...]], tuple[Record, ...]] = {}

    def record(self, entity: str, key: str) -> Record | None:
        """The record with this key."""
        return next(iter(self.where(entity, (("_key", key),))), None)

    def one(self, entity: str, record: Record, step: ToOne) -> Record | None:
        """The record that a to-one step leads to; None where a part of the way is missing."""
        parts = [record.get(field) for field in step.by]
        if None in parts:
            return None
        return self.record(step.entity, join_key([key_text(part) for part in parts]))

    def many(self, entity: str, record: Record, step: ToMany) -> Sequence[Record]:
        """The records that a to-many step leads to, by key."""
        wanted = [(theirs, record.get(own)) for own, theirs in step.match]
        if any(value is None for _, value in wanted):
            return ()
        return self.where(step.entity, (*wanted, *step.fixed))

    def where(self, entity: str, wanted: Sequence[tuple[str, Value]]) -> tuple[Record, ...]:
        """The records whose columns have these values, by key."""
        memory = (entity, tuple(wanted))
        if memory not in self._found:
            tests = " AND ".join(f"{name(column)} = ?" for column, _ in wanted) or "true"
            self._found[memory] = self.select(entity, f"WHERE {tests} ORDER BY _key", [v for _, v in wanted])
        return self._found[memory]

    def select(self, entity: str, clauses: str, params: Sequence[object] = ()) -> tuple[Record, ...]:
        """Records by the clauses that follow FROM."""
        fields = [field for field in self._catalog.entities[entity].type.fields.values() if not field.derived]
        columns = comma(["_key", *(name(field.name) for field in fields)])
        sql = f"SELECT {columns} FROM {name(entity)} {clauses}"
        self._ready(sql)
        rows = self._connection.execute(sql, list(params)).fetchall()
        return tuple(_record(fields, row) for row in rows)

    def forget(self) -> None:
        """Tables have changed."""
        self._found.clear()


def _record(fields: Sequence[FieldType], row: Sequence[object]) -> Record:
    cells: dict[str, object] = {field.name: cell for field, cell in zip(fields, row[1:], strict=True)}
    values: dict[str, Value] = {field.name: _value(field, cells) for field in fields}
    values["_key"] = cast(str, row[0])
    return values


def _value(field: FieldType, cells: Mapping[str, object]) -> Value:
    cell = cells[field.name]
    if isinstance(cell, Decimal) and field.type.kind is Kind.MONEY:
        currency = cells[field.currency_by] if field.currency_by else field.type.currency
        return Money(cell, currency) if isinstance(currency, str) else None
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=UTC)
    return cast(Value, cell)


def key_text(value: Value) -> str:
    """A part of a key as ``_key`` has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)
