"""Runs `playcall` again and again in processes of their own, which may be killed at any of their steps.

    python nursery.py

Reads a line of JSON for each command:

- ``arguments``, and the file for its ``output``; ``pid``: a file for the process's id
- ``kill_at``: the step that is its last, or that of the ``victim``; ``trace``: a file with a line a step
- ``stop_after``: labels; it stands still (SIGSTOP) at the step that begins with the last of them, once it
  has come by the others in turn
- ``lease``: that of a claim, ``waits``: for the ledger's lock, in seconds
- ``file_size``: the most bytes of a file, as on a full disk; ``read_only``: SQLite may read its files and not
  write them
- ``remove``: guards that are taken out, to see that the tests miss them

Answers with the process's id, and when a line ``wait PID`` comes with its exit status. A line
``{"warm": ARGUMENTS}`` does a command in this process itself.

Everything is imported before the first fork, and what a warming command has compiled is there: a command
costs what it does, not what Python does.

Steps are what changes anything outside the process: statements and commits of the ledger, files opened for
writing, renamed and removed.
"""

from __future__ import annotations

import gc
import io
import json
import os
import resource
import signal
import sqlite3.dbapi2
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import guards
import psutil
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect

from playcall.cli import main as playcall
from playcall.engine.deliver import deliver
from playcall.engine.ledger import database

# What commands import when they need it.
for _name in (
    *("alembic.command", "babel.dates", "babel.numbers", "croniter", "duckdb", "rich.console", "sqlglot"),
    *("sqlalchemy.dialects.sqlite", "sqlglot.dialects.duckdb", "playcall.adapters.channels.smtp"),
    *("playcall.adapters.sources.files", "playcall.engine.service.delivering"),
    *("playcall.engine.service.running", "playcall.engine.service.stopping", "playcall.engine.service.text"),
):
    import_module(_name)

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def kill(process: int) -> None:
    """End a process and those that it has started at once: a database server is several."""
    for one in [psutil.Process(process), *psutil.Process(process).children(recursive=True)]:
        one.kill()


class Steps:
    """Counts what the process does to the world, and ends it at one of the steps."""

    def __init__(
        self, kill_at: int, victim: int | None, trace: str | None, stop_after: Sequence[str]
    ) -> None:
        self._count = 0
        self._kill_at = kill_at
        self._victim = victim
        self._trace = open(trace, "w") if trace else None  # noqa: SIM115 -- open until the process ends
        self._stop_after = list(stop_after)

    def step(self, label: str) -> None:
        self._count += 1
        if self._trace:
            self._trace.write(label.replace("\n", " ")[:100] + "\n")
            self._trace.flush()
        if self._count == self._kill_at:
            kill(self._victim or os.getpid())
        if self._stop_after and label.startswith(self._stop_after[0]):
            del self._stop_after[0]
            if not self._stop_after:
                os.kill(os.getpid(), signal.SIGSTOP)

    def watch(self) -> None:
        """Hook into the interpreter and SQLAlchemy; nothing of playcall is changed."""
        sys.addaudithook(self._audited)
        event.listen(Engine, "before_cursor_execute", lambda *call: self.step(f"sql {call[2]}"))
        commit: Callable[..., None] = DefaultDialect.do_commit

        def committing(dialect: DefaultDialect, connection: Any) -> None:
            self.step("before commit")
            commit(dialect, connection)
            self.step("after commit")

        DefaultDialect.do_commit = committing  # type: ignore[method-assign, assignment]

    def _audited(self, name: str, given: tuple[Any, ...]) -> None:
        if name == "open" and isinstance(given[2], int) and given[2] & _WRITING:
            self.step(f"write {given[0]}")
        elif name in ("os.rename", "os.remove", "os.mkdir"):
            self.step(f"{name} {given[0]}")


def child(order: dict[str, Any]) -> None:
    """Be one `playcall` command."""
    output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    if "pid" in order:
        Path(order["pid"]).write_text(str(os.getpid()))
    if "lease" in order:
        deliver.LEASE = timedelta(seconds=order["lease"])  # type: ignore[misc]
    if "waits" in order:
        database.WAITS = database.Waits(order["waits"], order["waits"])
    if "read_only" in order:
        connect = sqlite3.dbapi2.connect
        sqlite3.dbapi2.connect = lambda path, **given: connect(f"file:{path}?mode=ro", uri=True, **given)
    if "file_size" in order:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_size"], order["file_size"]))
    for guard in order.get("remove", ()):
        guards.remove(guard)
    if {"kill_at", "trace", "stop_after"} & order.keys():
        deliver.SETTLED_WITHIN = float("inf")  # type: ignore[misc]  # the same steps however slow it is
        given = order.get("kill_at", 0), order.get("victim"), order.get("trace"), order.get("stop_after", ())
        Steps(*given).watch()
    playcall(order["arguments"])


def warm(arguments: list[str]) -> None:
    """Be a `playcall` command that succeeds, and go on; stdout is for answers."""
    with redirect_stdout(io.StringIO()):
        playcall(arguments, standalone_mode=False)
    assert len(os.listdir("/proc/self/task")) == 1, "a fork of a process with threads is no copy of it"
    gc.freeze()  # children do not touch, and so not copy, the pages of what is there


def answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def main() -> None:
    for line in sys.stdin:
        if line.startswith("wait "):
            _, status = os.waitpid(int(line.split()[1]), 0)
            answer(os.waitstatus_to_exitcode(status))
            continue
        order = json.loads(line)
        if "warm" in order:
            warm(order["warm"])
            answer(0)
            continue
        born = os.fork()
        if born == 0:
            child(order)
        answer(born)


if __name__ == "__main__":
    main()
