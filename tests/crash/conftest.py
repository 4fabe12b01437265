"""Offices with a ledger on each database, and the process that runs their commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crashkit import Firm, Nursery, Office, asking, moved_in

Opened = Callable[..., Office]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Firm:
    return asking(tmp_path_factory.mktemp("firm") / "acme")


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, firm: Firm, nursery: Nursery, tmp_path: Path) -> Iterator[Opened]:
    """Makes an office with a new ledger, in place of the one before; of another firm if one is given."""
    databases = request.getfixturevalue("postgres_databases") if request.param == "postgresql" else None
    made: list[str] = []

    def make(of: Firm = firm) -> Office:
        office = moved_in(of, tmp_path / "acme", nursery)
        if databases:
            drop()
            made.append(databases.create())
            office.ledger = made[-1]
        return office

    def drop() -> None:
        while made:
            databases.drop(made.pop())

    yield make
    drop()
