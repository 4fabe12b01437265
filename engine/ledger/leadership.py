"""One leader among the schedulers of a ledger: whoever holds the database's lock, until its process ends,
however it ends. Nothing has to be renewed, and no clock takes part.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import IO, Final, Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from .errors import explained
from .locks import beside, session, take

# One number for all playcall ledgers of a PostgreSQL database: "leader" as bytes.
_LOCK: Final = int.from_bytes(b"leader", "big")


class Leadership(Protocol):
    """The right to lead, which at most one process has."""

    def held(self) -> bool:
        """Whether this process leads now; takes the lead if it is free. Raises ``LedgerError``."""
        ...

    def release(self) -> None:
        """Let another lead; may be called twice."""
        ...


def leadership(engine: Engine) -> Leadership:
    """The leadership over the ledger in a database."""
    if engine.dialect.name == "postgresql":
        return _SessionLock(engine)
    return _FileLock(beside(engine, "leader"))


class _SessionLock:
    """An advisory lock of a session of its own: PostgreSQL frees it when the session ends."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._session: Connection | None = None

    def held(self) -> bool:
        try:
            with explained(self._engine.url):
                return self._alive() or self._taken()
        except BaseException:
            self.release()
            raise

    def _alive(self) -> bool:
        if self._session is None:
            return False
        self._session.execute(text("select 1"))
        return True

    def _taken(self) -> bool:
        own = session(self._engine)
        taken = own.execute(text("select pg_try_advisory_lock(:lock)"), {"lock": _LOCK}).scalar_one()
        if not taken:
            own.close()
            return False
        self._session = own
        return True

    def release(self) -> None:
        if self._session is not None:
            with suppress(SQLAlchemyError):  # it may be broken, and is over then
                self._session.close()
        self._session = None


class _FileLock:
    """A lock on a file beside the database. The file stays: were it removed, two could lock two files."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def held(self) -> bool:
        if self._path is None or self._file is not None:
            return True  # a ledger in memory has nobody else
        try:
            self._file = take(self._path)
        except ImportError:  # no such locks on this system: SQLite there is for one scheduler
            return True
        return self._file is not None

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None
