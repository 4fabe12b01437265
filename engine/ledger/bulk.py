"""Many rows at once, in the quickest way of each database: executemany on SQLite, COPY on PostgreSQL.

Values are encoded by the columns' own types, a column at a time; no statement is built per row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Dialect,
    Double,
    Executable,
    Integer,
    Select,
    Table,
    bindparam,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from .columns import AmountText, JsonText, UtcDateTime

FEW: Final = 2  # rows that PostgreSQL takes sooner by INSERT: a COPY is a conversation of its own

Row = Sequence[object]
Replaceable = Callable[[ReadOnlyColumnCollection[str, Any]], ColumnElement[bool]]


def insert(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Add rows; a key that is there already fails the transaction."""
    if not rows:
        return
    names, encoded = _encoded(connection, table, columns, rows)
    if connection.dialect.name == "postgresql":
        (_copy if len(encoded) > FEW else _insert_few)(connection, table.name, names, encoded)
    else:
        connection.exec_driver_sql(_sqlite_insert(table, tuple(names)), encoded)


def run(connection: Connection, statement: Executable, given: Mapping[str, object]) -> list[object]:
    """The first value of every row that a statement returns. For one that is run for every message: it is
    compiled once and not looked up again, so it must live as long as the program."""
    sql, names, encode = _compiled(statement, connection.dialect)
    values = {name: encode[name](given[name]) if name in encode else given[name] for name in names}
    if connection.dialect.positional:
        return [row[0] for row in connection.exec_driver_sql(sql, tuple(values[name] for name in names))]
    return [row[0] for row in connection.exec_driver_sql(sql, values)]


def merge(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[Row],
    replaced: Sequence[str],
    replaceable: Replaceable | None = None,
) -> int:
    """Add rows; where one with the same primary key is there, replace its columns ``replaced`` if
    ``replaceable`` holds (an expression without parameters, made from the new row's columns). Gives how
    many rows were added or replaced."""
    if not rows:
        return 0
    names, encoded = _encoded(connection, table, columns, rows)
    if connection.dialect.name == "postgresql":
        return _merge_by_copy(connection, table, names, encoded, replaced, replaceable)
    upsert = _sqlite_upsert(table, tuple(names), tuple(replaced), replaceable)
    return connection.exec_driver_sql(upsert, encoded).rowcount


def columns_of(connection: Connection, statement: Select[Any], size: int) -> Iterator[list[Sequence[object]]]:
    """What a statement gives, in batches of so many rows, a column at a time, in the types of the ledger. The
    rows are read as they are taken."""
    shown = list(statement.selected_columns)
    text = statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    driver: Any = connection.connection.driver_connection  # rows of SQLAlchemy would take as long again
    is_postgresql = connection.dialect.name == "postgresql"
    cursor = driver.cursor(name="playcall_rows") if is_postgresql else driver.cursor()
    try:
        cursor.execute(str(text))
        described = zip(shown, cursor.description, strict=True)
        decoders = [_decoder(column, connection.dialect, kind) for column, (_, kind, *_) in described]
        while rows := cursor.fetchmany(size):
            yield [
                list(_processed(column, decode, values)) if decode else values
                for column, decode, values in zip(shown, decoders, zip(*rows, strict=True), strict=True)
            ]
    finally:
        cursor.close()


def _decoder(column: ColumnElement[Any], dialect: Dialect, kind: object) -> Callable[[Any], object] | None:
    """``kind``: what the driver calls the column's type."""
    return column.type.dialect_impl(dialect).result_processor(dialect, kind)


def export(connection: Connection, select: Select[Any], path: Path) -> str:
    """Write what ``select`` gives to a CSV file and return the DuckDB table function that reads it, with
    names and types. Missing values are empty, empty texts are quoted."""
    if connection.dialect.name == "postgresql":
        _copy_out(connection, select, path)
    else:
        _write_lines(connection, select, path)
    columns = ", ".join(f"'{column.name}': '{duckdb_type(column)}'" for column in select.selected_columns)
    quoted = str(path).replace("'", "''")
    return (
        f"read_csv('{quoted}', header = false, delim = ',', quote = '\"', escape = '\"', "
        f"allow_quoted_nulls = false, auto_detect = false, columns = {{{columns}}})"
    )


@lru_cache(maxsize=64)
def _compiled(
    statement: Executable, dialect: Dialect
) -> tuple[str, tuple[str, ...], Mapping[str, Callable[[Any], object]]]:
    """The SQL, the names of its parameters in the driver's order, and how their values are encoded."""
    compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    names = tuple(compiled.positiontup or compiled.binds)
    processors = {
        name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()
    }
    return str(compiled), names, {name: process for name, process in processors.items() if process}


@cache
def _sqlite_insert(table: Table, names: tuple[str, ...]) -> str:
    statement = table.insert().values({name: bindparam(name) for name in names})
    return str(statement.compile(dialect=sqlite.dialect()))


@cache
def _sqlite_upsert(
    table: Table, names: tuple[str, ...], replaced: tuple[str, ...], replaceable: Replaceable | None
) -> str:
    statement = sqlite.insert(table).values({name: bindparam(name) for name in names})
    upsert = statement.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={name: statement.excluded[name] for name in replaced},
        where=replaceable(statement.excluded) if replaceable else None,
    )
    return str(upsert.compile(dialect=sqlite.dialect()))


def _encoded(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]
) -> tuple[list[str], list[tuple[object, ...]]]:
    """The columns in the table's order, as an INSERT names them, and the rows as the driver takes them."""
    given = dict(zip(columns, zip(*rows, strict=True), strict=True))
    encoded = {
        column.name: _processed(column, process, given[column.name]) if process else given[column.name]
        for column, process in _encoders(table, connection.dialect)
        if column.name in given
    }
    return list(encoded), list(zip(*encoded.values(), strict=True))


@lru_cache(maxsize=64)
def _encoders(table: Table, dialect: Dialect) -> list[tuple[Column[Any], Callable[[Any], object] | None]]:
    return [(column, column.type.dialect_impl(dialect).bind_processor(dialect)) for column in table.columns]


def _processed(
    column: ColumnElement[Any], process: Callable[[Any], object], values: Sequence[object]
) -> Iterable[object]:
    if isinstance(column.type, JsonText):
        return map(process, values)
    # Days, moments and flags repeat: each distinct one is encoded once.
    encoded = {value: process(value) for value in set(values)}
    return map(encoded.__getitem__, values)


def _copy(connection: Connection, name: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    quoted = ", ".join(f'"{column}"' for column in columns)
    driver: Any = connection.connection
    with driver.cursor() as cursor, cursor.copy(f'copy "{name}" ({quoted}) from stdin') as copy:
        for row in rows:
            copy.write_row(row)


def _insert_few(connection: Connection, name: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    quoted = ", ".join(f'"{column}"' for column in columns)
    marks = ", ".join("%s" for _ in columns)
    for row in rows:
        connection.exec_driver_sql(f"INSERT INTO {name} ({quoted}) VALUES ({marks})", tuple(row))


def _merge_by_copy(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[Row],
    replaced: Sequence[str],
    replaceable: Replaceable | None,
) -> int:
    staged = table.to_metadata(type(table.metadata)(), name=f"staged_{table.name}")
    connection.exec_driver_sql(f'create temp table "{staged.name}" (like "{table.name}") on commit drop')
    _copy(connection, staged.name, columns, rows)
    source = staged.select().with_only_columns(*(staged.c[name] for name in columns))
    statement = postgresql.insert(table).from_select(list(columns), source)
    upsert = statement.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={name: statement.excluded[name] for name in replaced},
        where=replaceable(statement.excluded) if replaceable else None,
    )
    changed = connection.execute(upsert, execution_options={"preserve_rowcount": True}).rowcount
    connection.exec_driver_sql(f'drop table "{staged.name}"')
    return changed


def _copy_out(connection: Connection, select: Select[Any], path: Path) -> None:
    text = select.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    command = f"copy ({text}) to stdout (format csv, force_quote *)"
    driver: Any = connection.connection
    with path.open("wb") as file, driver.cursor() as cursor, cursor.copy(command) as copy:
        for block in copy:
            file.write(block)


def _write_lines(connection: Connection, select: Select[Any], path: Path) -> None:
    # SQLite formats each row itself: quicker than to fetch its values and format them in Python.
    inner = select.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    formats, values = zip(*map(_field, select.selected_columns), strict=True)
    line = f"printf('{','.join(formats)}', {', '.join(values)}) || char(10)"
    driver: Any = connection.connection
    lines = driver.cursor().execute(f"select {line} from ({inner})")
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(chain.from_iterable(lines))


def _field(column: Any) -> tuple[str, str]:
    """A column's format and value for SQLite's printf: plain, quoted, or quoted unless missing."""
    name = f'"{column.name}"'
    if duckdb_type(column) != "VARCHAR":
        return "%s", name
    if getattr(column, "nullable", True):
        return "%s", f"iif({name} is null, '', printf('\"%w\"', {name}))"
    return '"%w"', name


def duckdb_type(column: Any) -> str:
    """The type in the bulk engine of what a column holds."""
    kinds = {
        Boolean: "BOOLEAN",
        Integer: "BIGINT",
        Double: "DOUBLE",
        AmountText: "DECIMAL(38, 6)",
        UtcDateTime: "TIMESTAMP",
        Date: "DATE",
    }
    return next((name for kind, name in kinds.items() if isinstance(column.type, kind)), "VARCHAR")
