"""Open the ledger: its URL, its connections and transactions, the one lock of runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from ...dsl.frozen import frozen
from . import schema
from .audit import seal
from .errors import LedgerError, explained
from .locks import session


@frozen
class Waits:
    """How long to wait for the database's lock, in seconds: an act of a person, the next run, and workers
    that have sent something, which must not give up while a run of a million records holds it."""

    person: float = 10.0
    run: float = 30.0
    sent: float = 600.0


WAITS = Waits()

Mark = Callable[[], AbstractContextManager[Connection]]

# One number for all playcall ledgers of a PostgreSQL database: "playcall" as bytes.
_RUN_LOCK = int.from_bytes(b"playcall", "big")


class Ledger:
    """An open ledger at the current revision. Transactions commit when their block ends well, and undo
    everything otherwise; those of runs and of acts seal what happened (``audit.seal``). Whatever the
    database refuses is raised as ``LedgerError``."""

    def __init__(self, engine: Engine, waits: Waits) -> None:
        self.engine = engine
        self._waits = waits

    @contextmanager
    def locked(self) -> Iterator[Connection]:
        """The transaction of one run, from decide to commit. Runs queue here."""
        with transaction(self.engine, self._waits.run) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _RUN_LOCK})
            yield connection
            seal(connection)

    @contextmanager
    def writing(self, *, patient: bool = False) -> Iterator[Connection]:
        """A transaction that writes. ``patient``: for what must be written, because it has happened."""
        waits = self._waits.sent if patient else self._waits.person
        with transaction(self.engine, waits) as connection:
            yield connection
            seal(connection)

    @contextmanager
    def marking(self) -> Iterator[Connection]:
        """A transaction whose commit outlives this process, but need not outlive the machine: it is not
        synced to the disk (``presence.epoch`` tells when such a commit may be lost)."""
        with transaction(self.engine, self._waits.sent, synced=False) as connection:
            yield connection

    @contextmanager
    def marks(self) -> Iterator[Mark]:
        """Gives transactions as ``marking`` does, each of one statement, over a connection that is kept: for
        what is done for every message."""
        with explained(self.engine.url):
            server = self.engine.dialect.name == "postgresql"
            kept = session(self.engine) if server else self.engine.connect()
            options = {"playcall_waits": self._waits.sent, "playcall_synced": False, "playcall_alone": True}
            kept = kept.execution_options(**options)
            if server:
                kept.exec_driver_sql("select " + _settings(self._waits.sent, synced=False, local=False))
                kept.commit()

        @contextmanager
        def marking() -> Iterator[Connection]:
            with explained(self.engine.url), kept.begin():
                yield kept

        with kept:
            yield marking

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with; on SQLite it sees one state of the ledger throughout."""
        with explained(self.engine.url), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def trying(self) -> Iterator[Connection]:
        """A transaction that is undone when its block ends: to see what a change would lead to."""
        with explained(self.engine.url), self.engine.connect() as plain:
            connection = plain.execution_options(playcall_waits=self._waits.person, playcall_synced=True)
            with connection.begin() as begun:
                yield connection
                begun.rollback()

    def close(self) -> None:
        """Close all connections; may be called twice."""
        self.engine.dispose()


def open_ledger(url: str, root: Path, waits: Waits | None = None) -> Ledger:
    """The ledger at ``url`` (relative SQLite paths start at ``root``). A new database gets its tables;
    one of another revision is refused with ``LedgerError``."""
    waits = waits or WAITS
    engine = _engine(url, root)
    with _disposed_on_error(engine):
        with engine.connect() as connection:
            found = schema.revision(connection)
        if found is None:
            _migrate(engine, waits.run)
        else:
            schema.require_current(found, engine.url)
    return Ledger(engine, waits)


def upgrade(url: str, root: Path) -> None:
    """Bring the ledger to the current revision (`playcall db upgrade`)."""
    engine = _engine(url, root)
    with _disposed_on_error(engine):
        _migrate(engine, WAITS.sent)
    engine.dispose()


@contextmanager
def _disposed_on_error(engine: Engine) -> Iterator[None]:
    try:
        with explained(engine.url):
            yield
    except BaseException:
        engine.dispose()
        raise


def _migrate(engine: Engine, waits: float) -> None:
    with transaction(engine, waits) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _RUN_LOCK})
        schema.migrate(connection)


@contextmanager
def transaction(engine: Engine, waits: float, *, synced: bool = True) -> Iterator[Connection]:
    """One transaction that may write and waits up to ``waits`` seconds for locks. On SQLite it takes the
    write lock at once: a transaction that reads first and then writes would fail instead of waiting."""
    with explained(engine.url), engine.connect() as plain:
        connection = plain.execution_options(playcall_waits=waits, playcall_synced=synced)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("select " + _settings(waits, synced=synced))
            yield connection


def _settings(waits: float, *, synced: bool, local: bool = True) -> str:
    """What a transaction of PostgreSQL, or a session, keeps: all at once, for one conversation."""
    settings = f"set_config('lock_timeout', '{int(waits * 1000)}', {local})"
    return settings if synced else f"{settings}, set_config('synchronous_commit', 'off', {local})"


def _engine(url: str, root: Path) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise LedgerError("`ledger:` is not a URL. Write for example sqlite:///.playcall/ledger.db") from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _sqlite(parsed, root)
    if backend in ("postgresql", "postgres"):
        return _postgres(parsed)
    raise LedgerError(
        f"a ledger cannot be in {backend}: write a sqlite:/// or postgresql:// URL in `ledger:`"
    )


def _sqlite(url: URL, root: Path) -> Engine:
    if url.database in (None, "", ":memory:"):
        engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        path = root / str(url.database)
        with explained(url):
            _make_folder(path.parent)
        engine = create_engine(url.set(drivername="sqlite+pysqlite", database=str(path)))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(
            f"the ledger's folder {folder} cannot be made ({error.strerror}). "
            "Check the path in `ledger:` and this user's rights"
        ) from None


def _prepare_sqlite(dbapi_connection: Any, _record: object) -> None:
    # SQLAlchemy's recipe for SQLite: the driver begins nothing by itself, the "begin" event does.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    cursor.execute("pragma busy_timeout = 30000")
    cursor.execute("pragma foreign_keys = on")
    cursor.execute("pragma synchronous = full")
    cursor.execute("pragma cache_size = -65536")  # 64 MiB: ids are hashes, their index is written all over
    cursor.execute("pragma wal_autocheckpoint = 8000")  # pages: a queue is written over and over
    if cursor.execute("pragma journal_mode").fetchone()[0] not in ("wal", "memory"):
        cursor.execute("pragma journal_mode = wal")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    waits = options.get("playcall_waits")
    if waits is None:
        connection.exec_driver_sql("begin")
    else:
        _set(connection, "busy_timeout", str(int(waits * 1000)))
        # In WAL mode `normal` commits without a sync; the next one in `full` syncs them all (SQLite, PRAGMA).
        _set(connection, "synchronous", "full" if options["playcall_synced"] else "normal")
        if "playcall_alone" not in options:  # one statement is a transaction by itself
            connection.exec_driver_sql("begin immediate")


def _set(connection: Connection, pragma: str, value: str) -> None:
    """Set a pragma of the connection, unless it is what was set last."""
    if connection.info.get(pragma) != value:
        connection.exec_driver_sql(f"pragma {pragma} = {value}")
        connection.info[pragma] = value


def _postgres(url: URL) -> Engine:
    try:
        # The session speaks UTC: moments come out of COPY as they went in.
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args={"options": "-c timezone=UTC", "connect_timeout": 10},
        )
    except ModuleNotFoundError:
        raise LedgerError(
            "a ledger in PostgreSQL needs the driver psycopg. Install it: pip install 'playcall[postgres]'"
        ) from None
