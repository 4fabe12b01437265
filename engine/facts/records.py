"""Records one at a time, for explanations: from the tables of the fact store to the language's values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Final, cast

from ...dsl.facts import past_table
from ...dsl.types import FieldType, Kind, Money, ToMany, ToOne, Value
from ..catalog.model import Catalog
from ..keys import join_key
from .sql import comma, name

if TYPE_CHECKING:
    import duckdb

Record = Mapping[str, Value]
MOST_REMEMBERED: Final = 20_000  # records, between questions: about 20 MB


class Records:
    """Looks records up when they are asked for, and remembers them."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        catalog: Catalog,
        ready: Callable[[str], None],
        day: date | None = None,
    ) -> None:
        """``ready`` is told each statement before it runs. ``day``: an earlier one, as was known then."""
        self._table = partial(past_table, day=day) if day else lambda entity: entity
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
        fields = stored_fields(self._catalog, entity)
        columns = comma(["_key", *(name(field.name) for field in fields)])
        sql = f"SELECT {columns} FROM {name(self._table(entity))} {clauses}"
        self._ready(sql)
        rows = self._connection.execute(sql, list(params)).fetchall()
        named = ["_key", *(field.name for field in fields)]
        return tuple(read_record(fields, dict(zip(named, row, strict=True))) for row in rows)

    def forget(self) -> None:
        """Tables have changed."""
        self._found.clear()

    def trim(self) -> None:
        """Forget what is remembered where it is much: between questions over the same tables."""
        if sum(1 + len(found) for found in self._found.values()) > MOST_REMEMBERED:
            self.forget()


def stored_fields(catalog: Catalog, entity: str) -> list[FieldType]:
    """The fields of an entity that are stored with it, not derived."""
    return [field for field in catalog.entities[entity].type.fields.values() if not field.derived]


def read_record(fields: Sequence[FieldType], cells: Mapping[str, object]) -> Record:
    """A record as the language has it, from the cells of its fields and its ``_key``."""
    values: dict[str, Value] = {field.name: _value(field, cells) for field in fields}
    values["_key"] = cast(str, cells["_key"])
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
