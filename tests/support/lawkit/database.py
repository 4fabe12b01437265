"""The same records in a bulk engine: tables as ``dsl.compiler`` expects them, and values read back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from playcall.dsl.calendar import Calendar
from playcall.dsl.compiler import CALENDAR_TABLE, CompileWorld, compile_select
from playcall.dsl.typed import Typed
from playcall.dsl.types import EntityType, Kind, Money, Schema, Value

from .memory import MemoryPast, Tables

Execute = Callable[[str, Sequence[Sequence[Any]] | None], list[tuple[Any, ...]]]

COLUMN_TYPES = {
    Kind.BOOL: "BOOLEAN",
    Kind.INT: "BIGINT",
    Kind.NUMBER: "DOUBLE PRECISION",
    Kind.MONEY: "DECIMAL(38, 6)",
    Kind.DATE: "DATE",
    Kind.DATETIME: "TIMESTAMP",
}


def executor(connection: duckdb.DuckDBPyConnection) -> Execute:
    """Runs statements on DuckDB; rows go in by the thousand, for one at a time is slow."""

    def execute(statement: str, rows: Sequence[Sequence[Any]] | None) -> list[tuple[Any, ...]]:
        if rows is None:
            return connection.execute(statement).fetchall()
        into, marks = statement.split("VALUES")
        for start in range(0, len(rows), 1000):
            some = rows[start : start + 1000]
            connection.execute(
                f"{into} VALUES {', '.join([marks] * len(some))}", [x for row in some for x in row]
            )
        return []

    return execute


def stored(entity: EntityType) -> list[str]:
    """The names of an entity's stored fields."""
    return [name for name, declared in entity.fields.items() if not declared.derived]


def load_then(execute: Execute, schema: Schema, past: MemoryPast, statement: str) -> None:
    """Create and fill the tables of earlier days that a statement reads."""
    for text in sorted(set(re.findall(r'"\w+@([0-9-]+)"', statement))):
        load(execute, schema, past.tables(date.fromisoformat(text)), f"@{text}")


def load(execute: Execute, schema: Schema, tables: Tables, suffix: str = "") -> None:
    """Create and fill a table for each entity, replacing older ones."""
    for entity in schema.entities.values():
        name = f"{entity.name}{suffix}"
        fields = stored(entity)
        types = [COLUMN_TYPES.get(entity.fields[field].type.kind, "VARCHAR") for field in fields]
        columns = ", ".join(f'"{field}" {type_}' for field, type_ in zip(fields, types, strict=True))
        execute(f'DROP TABLE IF EXISTS "{name}"', None)
        execute(f'CREATE TABLE "{name}" ("_key" VARCHAR, {columns})', None)
        rows = [
            [record["_key"], *(_plain(record[field]) for field in fields)] for record in tables[entity.name]
        ]
        if rows:
            marks = ", ".join("?" * (len(fields) + 1))
            execute(f'INSERT INTO "{name}" VALUES ({marks})', rows)


def load_calendar(execute: Execute, calendar: Calendar) -> None:
    """Create and fill the calendar's table."""
    execute(f'CREATE TABLE "{CALENDAR_TABLE}" (day DATE, business_days BIGINT, opening BIGINT)', None)
    execute(f'INSERT INTO "{CALENDAR_TABLE}" VALUES (?, ?, ?)', [list(row) for row in calendar.rows()])


def _plain(value: Value) -> Any:
    if isinstance(value, Money):
        return value.amount
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def bulk_values(
    execute: Execute, entity: str, outputs: Mapping[str, Typed], world: CompileWorld
) -> dict[str, dict[str, Value]]:
    """Each record's values of the outputs, by key, out of one select."""
    statement = compile_select(entity, outputs, world).sql(dialect=world.dialect, copy=False)
    if isinstance(world.past, MemoryPast):
        load_then(execute, world.schema, world.past, statement)
    found: dict[str, dict[str, Value]] = {}
    for row in execute(statement, None):
        values, cells = {}, iter(row[1:])
        for name, tree in outputs.items():
            cell = next(cells)
            if tree.type.kind is Kind.MONEY:
                currency = next(cells)
                values[name] = None if cell is None else Money(Decimal(cell), currency)
            else:
                values[name] = _language_value(cell)
        assert row[0] not in found, f"two rows for {row[0]}"
        found[row[0]] = values
    return found


def _language_value(cell: Any) -> Value:
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=UTC)
    assert cell is None or isinstance(cell, str | bool | int | float | date), repr(cell)
    return cell
