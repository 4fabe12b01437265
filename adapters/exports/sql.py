"""The adapter ``sql``: the ledger's tables in a SQLite or PostgreSQL database of the user's own.

Beside them stands ``playcall_exports``: what of each table is there, written in the transaction that writes
its rows. Texts, numbers, days and moments have the types that each database has for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ...engine.ports import ExportError, ExportKind, ExportTable

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine, MetaData, Table

MARKS: Final = "playcall_exports"
WAIT: Final = 60  # seconds for the transfer before
_OPTIONS: Final = ("url", "schema")
# One number for all exports into a PostgreSQL database: "exports!" as bytes.
_LOCK: Final = int.from_bytes(b"exports!", "big", signed=True)

Row = tuple[object, ...]


class SqlTarget:
    """Tables of one database. Options: ``url`` (SQLAlchemy's; a relative SQLite path starts at the project)
    and ``schema`` (of PostgreSQL)."""

    def __init__(self, name: str, config: Mapping[str, object], root: Path) -> None:
        for key in config:
            if key not in _OPTIONS:
                raise ExportError(f"export {name}: unknown key `{key}`; there are {', '.join(_OPTIONS)}")
        self._name = name
        self._schema = _text(name, config, "schema")
        self._url = _parsed(name, _text(name, config, "url"), root)
        if self._schema and self._url.get_backend_name() == "sqlite":
            raise ExportError(f"export {name}: SQLite has no schemas; remove `schema`")

    @contextmanager
    def transfer(self, tables: Sequence[ExportTable]) -> Iterator[SqlTransfer]:
        """One transaction after every other; see ``ports.Target``."""
        with self._explained(), self._engine() as engine, engine.connect() as connection:
            begin, end, undo = _TRANSACTION[self._url.get_backend_name()]
            connection.exec_driver_sql(begin)
            try:
                if connection.dialect.name == "postgresql":
                    connection.exec_driver_sql(f"set local lock_timeout = '{WAIT}s'")
                    connection.exec_driver_sql(f"select pg_advisory_xact_lock({_LOCK})")
                yield SqlTransfer(connection, self._schema, tables, self._said, self._explained)
                connection.exec_driver_sql(end)
            except BaseException:
                connection.exec_driver_sql(undo)
                raise

    def check(self) -> str:
        """Connects and asks for the tables that are there."""
        from sqlalchemy import inspect

        path = self._url.database if self._url.get_backend_name() == "sqlite" else None
        if path and not Path(path).exists():
            return f"{self._label}: is made by the first export"
        with self._explained(), self._engine() as engine:
            there = MARKS in inspect(engine).get_table_names(self._schema)
        return f"{self._label}: can be reached, {'holds' if there else 'no'} tables of playcall"

    @property
    def _label(self) -> str:
        return self._url.render_as_string(hide_password=True)

    def _said(self, text: str) -> ExportError:
        return ExportError(f"export {self._name}: {self._label}: {text}")

    @contextmanager
    def _engine(self) -> Iterator[Engine]:
        from sqlalchemy import create_engine
        from sqlalchemy.pool import NullPool

        # Whoever exports must not hang where the network swallows what is sent.
        gone = {"connect_timeout": 10, "keepalives_idle": 30, "tcp_user_timeout": WAIT * 1000}
        waits = {"sqlite": {"timeout": WAIT}, "postgresql": gone}
        # In AUTOCOMMIT the driver begins nothing by itself: the transaction is the one that is begun here.
        engine = create_engine(
            self._url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args=waits[self._url.get_backend_name()],
        )
        try:
            yield engine
        finally:
            engine.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """What the database reports, in its own words on one line, without the password."""
        from sqlite3 import Error

        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except (SQLAlchemyError, Error, ImportError, OSError) as error:
            raise self._said(self._reason(error)) from error
        except Exception as error:
            if not hasattr(error, "sqlstate"):  # psycopg's own, from COPY
                raise
            raise self._said(self._reason(error)) from error

    def _reason(self, error: Exception) -> str:
        if isinstance(error, ImportError):
            return f"the driver is not installed ({error}); install it with pip"
        words = " ".join(str(getattr(error, "orig", None) or error).split())
        said = words.replace(self._url.password, "***") if self._url.password else words
        return f"{said}. Nothing there has changed"


_TRANSACTION: Final = {
    "sqlite": ("begin immediate", "commit", "rollback"),
    "postgresql": ("begin", "commit", "rollback"),
}


class SqlTransfer:
    """A transaction that is open; see ``ports.Transfer``. Its errors say what they are about (``explained``)
    before anybody else's block sees them."""

    def __init__(
        self,
        connection: Connection,
        schema: str | None,
        tables: Sequence[ExportTable],
        said: Callable[[str], ExportError],
        explained: Callable[[], AbstractContextManager[None]],
    ) -> None:
        from sqlalchemy import MetaData

        metadata = MetaData(schema=schema)
        self._connection = connection
        self._explained = explained
        self._marks = _marks(metadata)
        self._tables = {one.name: _table(metadata, one) for one in tables}
        self._signatures = {one.name: _signature(one) for one in tables}
        self._empty: set[str] = set()
        _make(connection, schema, self._marks, self._tables.values(), said)
        columns = self._marks.c
        found = connection.execute(self._marks.select().with_only_columns(*columns[:3])).all()
        self._kept = {row[0]: (row[1], row[2]) for row in found}

    def mark(self, table: str) -> str:
        signature, mark = self._kept.get(table, ("", ""))
        return str(mark) if signature == self._signatures[table] else ""

    def clear(self, table: str) -> None:
        with self._explained():
            self._connection.execute(self._tables[table].delete())
        self._empty.add(table)

    def put(self, table: str, columns: Sequence[Sequence[object]]) -> None:
        with self._explained():
            _put(self._connection, self._tables[table], columns, is_new=table in self._empty)

    def keep(self, table: str, mark: str, at: datetime) -> None:
        from sqlalchemy import func, select

        counted = select(func.count()).select_from(self._tables[table])
        with self._explained():
            count = self._connection.execute(counted).scalar_one()
            row = (table, self._signatures[table], mark, at, count)
            _put(self._connection, self._marks, [(value,) for value in row], is_new=False)


def _text(name: str, config: Mapping[str, object], key: str) -> str | None:
    value = config.get(key)
    if value is None or isinstance(value, str):
        return value
    raise ExportError(f"export {name}: `{key}` must be a text")


def _parsed(name: str, text: str | None, root: Path) -> URL:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    example = "sqlite:///exports.db or postgresql://user:password@host/name"
    if not text:
        raise ExportError(f"export {name}: `url` is missing; for example {example}")
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        # The text itself may hold a password and is not repeated.
        raise ExportError(f"export {name}: `url` is not a database URL; write it as {example}") from error
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in _TRANSACTION:
        there = url.get_backend_name()
        raise ExportError(f"export {name}: tables go to SQLite or PostgreSQL, not {there}; write {example}")
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise ExportError(f"export {name}: `url` names no file; write {example}")
        return url.set(database=str(root / url.database))
    return url


def _marks(metadata: MetaData) -> Table:
    from sqlalchemy import BigInteger, Column, Table, Text

    return Table(
        MARKS,
        metadata,
        Column("table_name", Text, primary_key=True),
        Column("columns", Text, nullable=False),
        Column("mark", Text, nullable=False),
        Column("exported_at", _type("moment"), nullable=False),
        Column("rows", BigInteger, nullable=False),
    )


def _table(metadata: MetaData, declared: ExportTable) -> Table:
    from sqlalchemy import Column, Table

    columns = [
        Column(name, _type(kind), primary_key=name in declared.key, autoincrement=False)
        for name, kind in declared.columns
    ]
    return Table(declared.name, metadata, *columns)


def _type(kind: ExportKind) -> Any:
    from sqlalchemy import BigInteger, Boolean, Date, DateTime, Double, Numeric, Text

    return {
        "text": Text(),
        "integer": BigInteger(),
        "number": Double(),
        "amount": Numeric(),
        "date": Date(),
        "moment": DateTime(timezone=True),
        "flag": Boolean(),
    }[kind]


def _signature(table: ExportTable) -> str:
    return " ".join(f"{name}:{kind}" for name, kind in table.columns)


def _make(
    connection: Connection,
    schema: str | None,
    marks: Table,
    tables: Iterable[Table],
    said: Callable[[str], ExportError],
) -> None:
    """Make what is not there; give tables of an older version the columns that they lack."""
    from sqlalchemy import inspect, select
    from sqlalchemy.schema import CreateColumn

    if schema is not None:
        connection.exec_driver_sql(f"create schema if not exists {_quoted(connection, schema)}")
    inspector = inspect(connection)
    there = set(inspector.get_table_names(schema))
    if marks.name not in there:
        marks.create(connection)
    ours = set(connection.execute(select(marks.c.table_name)).scalars())
    for table in tables:
        if table.name not in there:
            table.create(connection)
            continue
        if table.name not in ours:
            raise said(
                f"has a table `{table.name}` that playcall did not make. Give the export a database"
                " (PostgreSQL: or a `schema`) of its own"
            )
        known = {column["name"] for column in inspector.get_columns(table.name, schema)}
        for column in table.columns:
            if column.name not in known:
                definition = CreateColumn(column).compile(dialect=connection.dialect)
                name = connection.dialect.identifier_preparer.format_table(table)
                connection.exec_driver_sql(f"alter table {name} add column {definition}")


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)


def _put(connection: Connection, table: Table, columns: Sequence[Sequence[object]], *, is_new: bool) -> None:
    """Write rows; where the table is not new, over those that are there already."""
    rows = zip(*_encoded(connection, table, columns), strict=True)
    if connection.dialect.name == "postgresql":
        _put_postgresql(connection, table, rows, is_new)
    else:
        _put_sqlite(connection, table, rows, is_new)


def _put_sqlite(connection: Connection, table: Table, rows: Iterable[Row], is_new: bool) -> None:
    names = [column.name for column in table.columns]
    quoted = ", ".join(_quoted(connection, name) for name in names)
    marks = ", ".join("?" for _ in names)
    statement = f"insert into {_quoted(connection, table.name)} ({quoted}) values ({marks})"
    if not is_new:
        statement += _replacing(connection, table)
    driver: Any = connection.connection
    driver.executemany(statement, rows)


def _put_postgresql(connection: Connection, table: Table, rows: Iterable[Row], is_new: bool) -> None:
    """Rows travel by COPY; those that may be there already by way of a temporary table."""
    target = connection.dialect.identifier_preparer.format_table(table)
    columns = ", ".join(_quoted(connection, column.name) for column in table.columns)
    into = target
    if not is_new:
        into = _quoted(connection, f"new_{table.name}")
        connection.exec_driver_sql(f"create temp table {into} (like {target}) on commit drop")
    driver: Any = connection.connection
    with driver.cursor() as cursor, cursor.copy(f"copy {into} ({columns}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)
    if not is_new:
        selected = f"insert into {target} ({columns}) select {columns} from {into}"
        connection.exec_driver_sql(selected + _replacing(connection, table))
        connection.exec_driver_sql(f"drop table {into}")


def _replacing(connection: Connection, table: Table) -> str:
    key = ", ".join(_quoted(connection, column.name) for column in table.primary_key)
    names = [_quoted(connection, column.name) for column in table.columns if not column.primary_key]
    return f" on conflict ({key}) do update set {', '.join(f'{name} = excluded.{name}' for name in names)}"


def _encoded(
    connection: Connection, table: Table, columns: Sequence[Sequence[object]]
) -> Iterator[Sequence[object]]:
    """The columns as the driver takes them."""
    is_postgresql = connection.dialect.name == "postgresql"
    for column, values in zip(table.columns, columns, strict=True):
        encode = None if is_postgresql else _encoder(connection, column.type)
        if is_postgresql:
            yield _without_nul(values)
        elif encode is None:
            yield values
        else:  # days, moments and flags repeat: each distinct one is encoded once
            encoded = {value: encode(value) for value in set(values)}
            yield [encoded[value] for value in values]


def _encoder(connection: Connection, type_: Any) -> Callable[[Any], object] | None:
    from sqlalchemy import DateTime, Numeric

    if isinstance(type_, Numeric) and type_.asdecimal:
        return lambda value: None if value is None else f"{value:f}"
    process = type_.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    if not isinstance(type_, DateTime) or process is None:
        return process  # type: ignore[no-any-return]  # SQLAlchemy leaves it open
    return lambda value: process(None if value is None else value.astimezone(UTC).replace(tzinfo=None))


def _without_nul(values: Sequence[object]) -> Sequence[object]:
    """PostgreSQL keeps no text with the character 0."""
    if not any(isinstance(value, str) and "\x00" in value for value in values):
        return values
    return [value.replace("\x00", "") if isinstance(value, str) else value for value in values]
