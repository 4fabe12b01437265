"""The ledger: whether it opens, at which revision, and whether its database keeps what it promises."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, make_url

from ....dsl.diagnostics import PlaycallError
from ...catalog.model import Project
from ...ledger.database import Waits, open_ledger
from ...ledger.errors import shown
from .check import Check, fail, ok, warn

if TYPE_CHECKING:
    from ...ledger.database import Ledger

LOCK_WAITS: Final = 2.0  # seconds
CLOCK_WARN, CLOCK_FAIL = 5.0, 300.0  # seconds between the machine and the database
OLDEST_POSTGRES: Final = 140000  # server_version_num; what came before gets no mends any more
_SYNCHRONOUS: Final = {0: "off", 1: "normal", 2: "full", 3: "extra"}
_ASKED: Final = (
    *("server_version", "server_version_num", "default_transaction_isolation"),
    *("synchronous_commit", "fsync"),
)
_ADVICE: Final = "mend that, or correct `ledger:` in playcall.yaml"


def file_of(project: Project) -> Path | None:
    """The file of a ledger in SQLite, which need not be there; None for another."""
    url = make_url(project.ledger_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    return project.root / url.database


def ledger(project: Project) -> Iterator[Check]:
    """Whether it opens, is at this version's revision, can be written, and is set up as it must be; an absent
    SQLite file is made by the first run."""
    try:
        path = file_of(project)
        if path is not None and not path.exists():
            _require_writable(path)
            yield ok("ledger", f"{path} does not exist yet; the first run makes it")
            return
        opened = open_ledger(project.ledger_url, project.root, Waits(person=LOCK_WAITS, run=LOCK_WAITS))
    except (PlaycallError, OSError) as error:
        yield fail("ledger", str(error), _ADVICE)
        return
    try:
        yield from _opened(opened, project)
    except PlaycallError as error:
        yield fail("ledger", str(error), _ADVICE)
    finally:
        opened.close()


def _opened(opened: Ledger, project: Project) -> Iterator[Check]:
    with opened.writing() as connection:
        where = f"{shown(make_url(project.ledger_url))}: can be written, at the current revision"
        checks = list(
            _postgres(connection) if connection.dialect.name == "postgresql" else _sqlite(connection)
        )
    yield ok("ledger", where)
    yield from checks


def _sqlite(connection: Connection) -> Iterator[Check]:
    journal, synchronous, keys = (
        connection.exec_driver_sql(f"pragma {name}").scalar_one()
        for name in ("journal_mode", "synchronous", "foreign_keys")
    )
    version = connection.exec_driver_sql("select sqlite_version()").scalar_one()
    said = _SYNCHRONOUS.get(synchronous, str(synchronous))
    detail = (
        f"SQLite {version}, journal {journal}, synchronous {said}, foreign keys {'on' if keys else 'off'}"
    )
    wrong = [
        ("the disk does not let SQLite keep a journal of the kind `wal`", journal not in ("wal", "memory")),
        ("a power cut may lose what was committed", synchronous < 2),
        ("foreign keys are not checked", not keys),
    ]
    yield _settings(detail, wrong, "put the ledger on a disk of this machine")


def _postgres(connection: Connection) -> Iterator[Check]:
    before = datetime.now(UTC)
    row = connection.exec_driver_sql(
        "select clock_timestamp(), " + ", ".join(f"current_setting('{name}')" for name in _ASKED)
    ).one()
    after = datetime.now(UTC)
    there, version, number, isolation, synchronous, fsync = row
    detail = f"PostgreSQL {version}, {isolation}, synchronous_commit {synchronous}, fsync {fsync}"
    wrong = [
        (
            "transactions must be `read committed`: others fail where workers meet",
            isolation != "read committed",
        ),
        ("a crash of the server may lose what was committed", synchronous == "off" or fsync == "off"),
    ]
    yield _settings(detail, wrong, "set it right for the ledger's database")
    if int(number) < OLDEST_POSTGRES:
        yield warn("ledger version", f"PostgreSQL {version} is out of support", "upgrade the server")
    yield _clocks((there - (before + (after - before) / 2)).total_seconds())


def _settings(detail: str, wrong: Sequence[tuple[str, bool]], advice: str) -> Check:
    """``wrong``: what is not as it must be, and whether that is so."""
    found = [why for why, is_so in wrong if is_so]
    if found:
        return fail("ledger settings", f"{detail}: {'; '.join(found)}", advice)
    return ok("ledger settings", detail)


def _clocks(apart: float) -> Check:
    """Leases are in the database's time, what is due in the machine's."""
    name, advice = "clock of the ledger", "let both keep time (NTP)"
    detail = f"the database's is {abs(apart):.1f} s {'ahead of' if apart > 0 else 'behind'} this machine's"
    if abs(apart) >= CLOCK_FAIL:
        return fail(name, detail, advice)
    return warn(name, detail, advice) if abs(apart) >= CLOCK_WARN else ok(name, detail)


def _require_writable(path: Path) -> None:
    """Raise ``PlaycallError`` unless a file can be made there, its folders included."""
    folder = next(parent for parent in path.parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise PlaycallError(f"{path} cannot be made: {folder} is not a folder that this user may write in")
