"""The adapter ``sql``: tables and queries of any database that SQLAlchemy reaches."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from ...engine.ports import SourceError, TableRows
from .options import only, text_option

if TYPE_CHECKING:
    from psycopg.abc import Buffer, Loader
    from sqlalchemy import URL, Connection, Engine, Executable
    from sqlalchemy.engine import CursorResult

_KEYS = ("url", "tables", "schema")
_BATCH = 20_000
_STRUCTURED = frozenset({dict, list, bytes, memoryview})


class SqlSource:
    """Tables of one database.

    Options: ``url`` (SQLAlchemy's; a relative SQLite path starts at the project), ``tables`` (name: query;
    without it every table and view of ``schema``), ``schema``. Read in a read-only transaction where the
    database has one, in batches, so that a large table never stands in memory as a whole.
    """

    def __init__(self, name: str, config: Mapping[str, object], root: Path) -> None:
        only(name, config, _KEYS)
        self._name = name
        self._root = root
        self._schema = text_option(name, config, "schema")
        self._queries = self._checked_queries(config.get("tables"))
        self._url = self._parsed(text_option(name, config, "url"))

    def _checked_queries(self, tables: object) -> dict[str, str] | None:
        if tables is None:
            return None
        if isinstance(tables, Mapping) and all(isinstance(query, str) for query in tables.values()):
            return {str(table): query for table, query in tables.items()}
        raise SourceError(f"source {self._name}: `tables` must be a mapping of names to queries (text)")

    def _parsed(self, text: str | None) -> URL:
        from sqlalchemy import make_url  # 0.5 s
        from sqlalchemy.exc import ArgumentError

        if not text:
            raise SourceError(f"source {self._name}: `url` is missing; for example sqlite:///data/support.db")
        try:
            url = make_url(text)
        except (ArgumentError, ValueError) as error:
            # The text itself may hold a password and is not repeated.
            raise SourceError(
                f"source {self._name}: `url` is not a database URL; write it as driver://user:password@host/name"
            ) from error
        if url.drivername in ("postgresql", "postgres"):
            return url.set(drivername="postgresql+psycopg")
        return self._sqlite(url) if url.get_backend_name() == "sqlite" else url

    def _sqlite(self, url: URL) -> URL:
        """SQLite read-only: it would otherwise make a file that is not there."""
        if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
            return url
        path = self._root / url.database
        if not path.is_file():
            raise SourceError(f"source {self._name}: the database {path} does not exist; correct `url`")
        return url.set(database=f"file:{quote(str(path))}").update_query_dict({"mode": "ro", "uri": "true"})

    def tables(self) -> Sequence[str]:
        """The names under ``tables``, else every table and view. Raises ``SourceError``."""
        if self._queries is not None:
            return sorted(self._queries)
        from sqlalchemy import inspect

        with self._connection() as connection:
            inspector = inspect(connection)
            return sorted({*inspector.get_table_names(self._schema), *inspector.get_view_names(self._schema)})

    def files(self, table: str) -> Sequence[Path]:
        """None: what a database holds is known by asking it."""
        return ()

    def open(self, table: str, scratch: Path) -> TableRows:
        """One query's result. The rows arrive while they are read. Raises ``SourceError``."""
        if table not in (names := self.tables()):
            raise SourceError(
                f"source {self._name}: no table {table} in {self._label};"
                f" there are {', '.join(names) or 'none'}"
            )
        stream = self._stream(table)
        columns = next(stream)[0]
        return TableRows(
            columns=tuple(str(column) for column in columns),
            rows=stream,
            modified_at=datetime.now(UTC),
            origin=f"{self._label} {table}",
        )

    @property
    def _label(self) -> str:
        return self._url.render_as_string(hide_password=True)

    def _statement(self, table: str) -> Executable:
        from sqlalchemy import select, text
        from sqlalchemy import table as table_clause

        if self._queries is not None:
            return text(self._queries[table].replace(":", r"\:"))
        return select(text("*")).select_from(table_clause(table, schema=self._schema))

    def _stream(self, table: str) -> Iterator[Sequence[tuple[object, ...]]]:
        """The column names first, then batches of rows; the connection lives as long as the stream."""
        with self._connection() as connection:
            result = connection.execute(self._statement(table))
            yield [tuple(result.keys())]
            yield from _batches(result)

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        from sqlalchemy.exc import SQLAlchemyError

        try:
            engine = self._engine()
            try:
                with engine.connect() as connection:
                    if connection.dialect.driver == "psycopg":
                        _read_far_dates(connection)
                    yield connection.execution_options(
                        stream_results=True, max_row_buffer=_BATCH, **self._options()
                    )
            finally:
                engine.dispose()
        except (SQLAlchemyError, ImportError, UnicodeDecodeError) as error:
            raise SourceError(f"source {self._name}: {self._label}: {self._reason(error)}") from error

    def _engine(self) -> Engine:
        from sqlalchemy import create_engine
        from sqlalchemy.pool import NullPool

        timeout = {"postgresql": {"connect_timeout": 10}}.get(self._url.get_backend_name(), {})
        return create_engine(self._url, poolclass=NullPool, connect_args=timeout)

    def _options(self) -> dict[str, object]:
        if self._url.get_backend_name() == "postgresql":
            return {"postgresql_readonly": True}
        return {}

    def _reason(self, error: Exception) -> str:
        """The database's own words, on one line, without the password."""
        from sqlalchemy.exc import NoSuchModuleError

        if isinstance(error, ImportError | NoSuchModuleError):
            return f"the driver is not installed ({error}); install it with pip"
        words = " ".join(str(getattr(error, "orig", None) or error).split())
        return words.replace(self._url.password, "***") if self._url.password else words


def _read_far_dates(connection: Connection) -> None:
    """Makes dates that Python has none for (``infinity``, before Christ, after 9999) arrive as their text, to
    be counted as cells that are no dates: psycopg would fail on the whole table."""
    from psycopg import DataError
    from psycopg.types import datetime as types

    def lenient(loader: type[Loader]) -> type[Loader]:
        def load(self: Loader, data: Buffer) -> object:
            try:
                return loader.load(self, data)
            except DataError:
                return bytes(data).decode()

        return type(f"Lenient{loader.__name__}", (loader,), {"load": load})

    driver = connection.connection.driver_connection
    assert driver is not None  # the connection is open
    for name, loader in (
        ("date", types.DateLoader),
        ("timestamp", types.TimestampLoader),
        ("timestamptz", types.TimestamptzLoader),
    ):
        driver.adapters.register_loader(name, lenient(loader))


def _batches(result: CursorResult[tuple[object, ...]]) -> Iterator[list[tuple[object, ...]]]:
    for batch in result.partitions(_BATCH):
        rows: list[tuple[object, ...]] = [tuple(row) for row in batch]
        structured = [
            index
            for index, column in enumerate(zip(*rows, strict=True))
            if not _STRUCTURED.isdisjoint(map(type, column))
        ]
        yield [_plain(row, structured) for row in rows] if structured else rows


def _plain(row: tuple[object, ...], structured: Sequence[int]) -> tuple[object, ...]:
    return tuple(_cell(cell) if index in structured else cell for index, cell in enumerate(row))


def _cell(cell: object) -> object:
    """JSON columns as JSON text; binary ones in hexadecimal."""
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False, default=str)
    return bytes(cell).hex() if isinstance(cell, bytes | memoryview) else cell
