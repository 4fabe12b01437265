"""Locks that the system frees when the process that has them ends, however it ends: on a file beside a SQLite
database, or of a session in PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine


def beside(engine: Engine, what: str) -> Path | None:
    """The file for a lock beside the database; None where the database is in memory, and nobody else's."""
    database = engine.url.database
    return None if database in (None, "", ":memory:") else Path(f"{database}-{what}")


def take(path: Path) -> IO[str] | None:
    """Lock a file, until it is closed; None where another has it. Raises ``ImportError`` where the system has
    no such locks, and ``OSError`` where the file cannot be opened."""
    import fcntl

    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def session(engine: Engine) -> Connection:
    """A session of PostgreSQL that ends when it is closed, and its advisory locks with it."""
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    connection.detach()
    return connection
