"""Whether a worker is still there, and whether what it wrote last has lasted.

A worker that was killed holds messages. To wait for the end of its lease is always right; but it need not
take so long where the system says that the process is gone. And a mark that was not synced to the disk
has lasted as long as nothing worse than the process has died: the ``epoch`` tells.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from ...dsl.frozen import frozen
from ..ports import Clock, SystemClock
from .errors import explained
from .locks import beside, session, take

# A new value at every start of the kernel (Linux, proc_sys_kernel(5)).
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@contextmanager
def present(engine: Engine) -> Iterator[str]:
    """Be seen as there until the block or the process ends, whatever ends it. Gives the token by which others
    ask ``is_gone``; empty where the system has no means, and the end of the lease must be awaited."""
    if engine.dialect.name == "postgresql":
        token = str(secrets.randbits(62))
        with explained(engine.url):
            connection = session(engine)
        with connection:
            with explained(engine.url):
                connection.execute(text("select pg_advisory_lock(:token)"), {"token": int(token)})
            yield token
        return
    token = secrets.token_hex(8)
    with _locked(_file(engine, token)) as held:
        yield token if held else ""


def is_gone(connection: Connection, token: str) -> bool:
    """The worker that had this token has certainly ended."""
    if not token:
        return False
    if connection.dialect.name == "postgresql":  # the lock that this takes ends with the transaction
        free = connection.execute(text("select pg_try_advisory_xact_lock(:token)"), {"token": int(token)})
        return bool(free.scalar_one())
    with _locked(_file(connection.engine, token)) as held:
        return held


def epoch(connection: Connection) -> str:
    """What changes whenever a commit that was not synced may be lost: the machine's start for SQLite, the
    server's for PostgreSQL, where the recovery from a crash empties unlogged tables. Empty: not known."""
    if connection.dialect.name != "postgresql":
        with suppress(OSError):
            return _BOOT_ID.read_text().strip()
        return ""
    connection.execute(text("insert into epoch values (1, gen_random_uuid()::text) on conflict do nothing"))
    return str(connection.execute(text("select token from epoch")).scalar_one())


@frozen
class _DatabaseClock:
    """The database server's clock, by its distance from this machine's."""

    ahead: timedelta

    def now(self) -> datetime:
        return SystemClock().now() + self.ahead


def database_clock(connection: Connection) -> Clock:
    """The clock that leases are measured by: one for all machines that share a ledger."""
    if connection.dialect.name != "postgresql":
        return SystemClock()
    there: datetime = connection.execute(text("select clock_timestamp()")).scalar_one()
    return _DatabaseClock(there - SystemClock().now())


def _file(engine: Engine, token: str) -> Path | None:
    return beside(engine, f"worker-{token}")


@contextmanager
def _locked(path: Path | None) -> Iterator[bool]:
    """Hold a file's lock; whether it could be had. The file is removed at the end."""
    try:
        file = take(path) if path else None
    except (ImportError, OSError):
        file = None
    if path is None or file is None:
        yield False
        return
    with file:
        try:
            yield True
        finally:
            path.unlink(missing_ok=True)
