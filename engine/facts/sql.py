"""Small pieces of DuckDB SQL text: quoting, and the connection that facts are loaded and read with."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from ...dsl.types import Type


def name(identifier: str) -> str:
    """A quoted identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("'", "''") + "'"


def comma(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def column_type(type_: Type) -> str:
    """The DuckDB type of a stored field (datetimes are UTC without a zone, money is the amount)."""
    from ...dsl.types import Kind

    return {
        Kind.BOOL: "BOOLEAN",
        Kind.INT: "BIGINT",
        Kind.NUMBER: "DOUBLE",
        Kind.MONEY: "DECIMAL(38, 6)",
        Kind.DATE: "DATE",
        Kind.DATETIME: "TIMESTAMP",
    }.get(type_.kind, "VARCHAR")


def connect(threads: int | None = None, spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A database in memory, in UTC, that keeps the order of rows. ``threads``: default the machine's cores;
    ``spill``: a folder for what does not fit into memory."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET preserve_insertion_order = true")
    connection.execute("SET autoinstall_known_extensions = false")
    if threads is not None:
        connection.execute(f"SET threads = {int(threads)}")
    if spill is not None:
        connection.execute(f"SET temp_directory = {text(str(spill))}")
    return connection
