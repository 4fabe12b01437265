"""What went wrong with the database, said so that a person can mend it. Never shows a password."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from ...dsl.diagnostics import AbsentError, PlaycallError


class LedgerError(PlaycallError):
    """The ledger cannot be used, or refuses what it was asked; the text says why and what to do next."""


class LedgerDownError(LedgerError):
    """The database cannot be used; what was asked may be right."""


class AbsentRowError(LedgerError, AbsentError):
    """The ledger has nothing of that name."""


# What SQLite says (the name of its result code, without the extended part) → what to tell.
_SQLITE = {
    "SQLITE_BUSY": "it is locked by another run. Wait until that is over, or look for one that hangs",
    "SQLITE_LOCKED": "it is locked by another run. Wait until that is over, or look for one that hangs",
    "SQLITE_READONLY": "the file, one beside it (`-wal`, `-shm`) or its folder is read-only. Give this user "
    "the right to write all of them",
    "SQLITE_CANTOPEN": "the file cannot be opened. Check that this user may write in its folder",
    "SQLITE_PERM": "this user may not open the file. Check its owner and rights",
    "SQLITE_NOTADB": "the file is no SQLite database. Correct `ledger:`, or restore it from a backup",
    "SQLITE_CORRUPT": "the file is damaged. Restore it from a backup",
    "SQLITE_FULL": "the disk is full. Make room and try again; nothing was half written",
    "SQLITE_IOERR": "the disk reports an error when it is read or written. Check the disk and the free space",
}

# What PostgreSQL says (the first characters of its SQLSTATE) → what to tell; the longest match counts.
_POSTGRES = {
    "28": "the server refuses the user or the password. Check `ledger:` and the secret it names",
    "3D000": "there is no such database. Create it (`createdb`), or correct its name in `ledger:`",
    "42501": "this user lacks the rights. Grant it `create` on the schema and all rights on its tables",
    "25006": "the server is read-only (a replica?). Set `ledger:` to the primary",
    "53100": "the server's disk is full. Make room and try again; nothing was half written",
    "53300": "the server has no connection left. Close some, or raise max_connections",
    "55P03": "it is locked by another run. Wait until that run is over, or look for one that hangs",
    "57P": "the server is shutting down or starting up. Try again when it is up",
    "08": "the connection was lost. Check that the server is up and can be reached, then try again",
}

# A connection that fails has no SQLSTATE: the words of libpq decide.
_CONNECT = {
    "password authentication failed": "28",
    "no password supplied": "28",
    "no pg_hba.conf entry": "28",
    "does not exist": "3D000",
    "too many clients": "53300",
    "starting up": "57P",
    "shutting down": "57P",
}


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Raise what the database reports as ``LedgerError``; mistakes in our own SQL pass as they are."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise _translated(url, getattr(error, "orig", error), error) from error
    except Exception as error:
        if not hasattr(error, "sqlstate"):  # psycopg's own, from COPY
            raise
        raise _translated(url, error, error) from error


def _translated(url: URL, raw: BaseException | None, error: Exception) -> Exception:
    if isinstance(raw, sqlite3.IntegrityError) or str(getattr(raw, "sqlstate", None)).startswith("23"):
        return LedgerError(_clash(url, raw))
    told = _told(raw)
    return LedgerDownError(f"the ledger {shown(url)} cannot be used: {told}") if told else error


def shown(url: URL) -> str:
    """The URL as a person may see it."""
    return url.render_as_string(hide_password=True)


def _clash(url: URL, error: BaseException | None) -> str:
    first = str(error).strip().splitlines()[0] if error else "a unique key"
    return (
        f"the ledger {shown(url)} already has one of these rows ({first}). Nothing was written; "
        "run again, and report it if it stays"
    )


def _told(error: BaseException | None) -> str | None:
    """The sentence for a driver's error, or None if it is no user's matter."""
    if isinstance(error, sqlite3.Error):
        name = str(getattr(error, "sqlite_errorname", ""))
        return next((text for code, text in _SQLITE.items() if name.startswith(code)), None)
    state = getattr(error, "sqlstate", None)
    if state is None:
        return _connection_told(error)
    matches = [code for code in _POSTGRES if str(state).startswith(code)]
    return _POSTGRES[max(matches, key=len)] if matches else None


def _connection_told(error: BaseException | None) -> str | None:
    if type(error).__name__ not in ("OperationalError", "ConnectionTimeout"):
        return None
    words = str(error)
    code = next((code for text, code in _CONNECT.items() if text in words), None)
    if code:
        return _POSTGRES[code]
    return "the server cannot be reached. Check host and port in `ledger:`, and that the server is up"
