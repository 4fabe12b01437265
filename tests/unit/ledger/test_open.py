"""Opening a ledger: new, old, newer, and every way in which it cannot be had."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from itertools import takewhile
from pathlib import Path

import pytest
from sqlalchemy import text

from ledgerkit import put
from playcall.engine.ledger import migrations, schema
from playcall.engine.ledger.database import Ledger, Waits, open_ledger, upgrade
from playcall.engine.ledger.errors import LedgerError


def test_a_ledger_opens_again(url: str, tmp_path: Path) -> None:
    open_ledger(url, tmp_path).close()
    again = open_ledger(url, tmp_path)
    put(again)
    again.close()
    upgrade(url, tmp_path)


def set_revision(ledger: Ledger, revision: str) -> None:
    with ledger.writing() as connection:
        connection.execute(text(f"update {schema.VERSION_TABLE} set version_num = '{revision}'"))


def test_an_older_ledger_asks_for_the_upgrade(
    ledger: Ledger, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_revision(ledger, "0000")
    monkeypatch.setattr(schema, "REVISIONS", ("0000", *migrations.REVISIONS))
    with pytest.raises(LedgerError, match="playcall db upgrade"):
        open_ledger(url, tmp_path)


@pytest.mark.parametrize("do", [open_ledger, upgrade])
def test_a_newer_ledger_is_refused(ledger: Ledger, url: str, tmp_path: Path, do: object) -> None:
    set_revision(ledger, "9999")
    with pytest.raises(LedgerError, match="newer playcall"):
        do(url, tmp_path)  # type: ignore[operator]


def test_a_path_is_relative_to_the_project_and_its_folder_is_made(tmp_path: Path) -> None:
    open_ledger("sqlite:///.playcall/ledger.db", tmp_path).close()
    assert (tmp_path / ".playcall" / "ledger.db").is_file()


def test_a_foreign_table_is_not_taken_over(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("create table task (id integer)")
    connection.close()
    with pytest.raises(LedgerError, match="table `task` that playcall did not make"):
        open_ledger("sqlite:///other.db", tmp_path)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "not a URL"),
        ("mysql://localhost/x", "cannot be in mysql"),
        ("postgresql://u:hush@127.0.0.1:1/x", "cannot be reached"),
        ("sqlite:///folder", "cannot be opened"),
        ("sqlite:///garbage.db", "no SQLite database"),
        ("sqlite:///garbage.db/ledger.db", "cannot be made"),
    ],
)
def test_what_cannot_be_a_ledger_is_told(tmp_path: Path, url: str, message: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "garbage.db").write_bytes(b"not a database, but long enough to look at" * 99)
    with pytest.raises(LedgerError, match=message) as told:
        open_ledger(url, tmp_path)
    assert "hush" not in str(told.value)
    assert "\n" not in str(told.value)


def test_an_absent_database_of_postgresql_is_told(postgres_url: str, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no such database"):
        open_ledger(postgres_url.replace("/test_", "/absent_"), tmp_path)


READ_ONLY = """
import os, pathlib, sys
from playcall.engine.ledger.database import open_ledger
from playcall.engine.ledger.errors import LedgerError
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
try:
    ledger = open_ledger("sqlite:///ledger.db", pathlib.Path(sys.argv[1]))
    with ledger.writing() as connection:
        connection.exec_driver_sql("delete from event")
except LedgerError as error:
    print(error)
"""


def test_a_read_only_file_is_told(tmp_path: Path) -> None:
    open_ledger("sqlite:///ledger.db", tmp_path).close()
    (tmp_path / "ledger.db").chmod(0o444)
    for folder in takewhile(lambda one: one != Path(tempfile.gettempdir()), tmp_path.parents):
        folder.chmod(0o755)  # so that another user reaches the file
    tmp_path.chmod(0o555)
    run = subprocess.run(
        [sys.executable, "-c", READ_ONLY, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "read-only" in run.stdout


def test_runs_queue_on_one_lock(ledger: Ledger) -> None:
    order: list[str] = []

    def second() -> None:
        with ledger.locked():
            order.append("second")

    waiter = threading.Thread(target=second)
    with ledger.locked():
        waiter.start()
        time.sleep(0.2)
        order.append("first")
    waiter.join()
    assert order == ["first", "second"]


def test_a_lock_that_never_comes_free_is_told(url: str, tmp_path: Path) -> None:
    holder = open_ledger(url, tmp_path)
    waiter = open_ledger(url, tmp_path, Waits(person=0.2, run=0.2))
    with holder.locked(), pytest.raises(LedgerError, match="locked by another run"), waiter.locked():
        pass
    holder.close()
    waiter.close()


def test_several_processes_may_make_the_ledger_at_once(url: str, tmp_path: Path) -> None:
    script = (
        "import pathlib, sys\nfrom playcall.engine.ledger.database import open_ledger\n"
        "open_ledger(sys.argv[1], pathlib.Path(sys.argv[2])).close()"
    )
    command = [sys.executable, "-c", script, url, str(tmp_path)]
    started = [subprocess.Popen(command, env=dict(os.environ)) for _ in range(4)]
    assert [process.wait() for process in started] == [0, 0, 0, 0]
