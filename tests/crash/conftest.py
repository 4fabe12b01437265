"""Offices with a ledger on each database, and the process that runs their commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crashkit import DAY, Estate, Firm, Nursery, Office, asking, judged

Opened = Callable[..., Office]


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(
    request: pytest.FixtureRequest, nursery: Nursery, tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """What makes databases on PostgreSQL; None for SQLite. A day was compiled for it."""
    found = request.getfixturevalue("postgres_databases") if request.param == "postgresql" else None
    estate = Estate(nursery, found, tmp_path_factory.mktemp("warm") / "acme")
    office = estate.new(asking(tmp_path_factory.mktemp("warm") / "acme"))
    with judged(office.log, {}) as port:
        office.use(port)
        for command in (["run", "--as-of", DAY], ["deliver"]):
            nursery.warm("--project", str(office.company.root), *command)
    estate.close()
    return found


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Firm:
    return asking(tmp_path_factory.mktemp("firm") / "acme")


@pytest.fixture
def opened(databases: Any, firm: Firm, nursery: Nursery, tmp_path: Path) -> Iterator[Opened]:
    """Makes an office with a new ledger, in place of the one before; of another firm if one is given."""
    estate = Estate(nursery, databases, tmp_path / "acme")
    yield lambda of=firm: estate.new(of)
    estate.close()
