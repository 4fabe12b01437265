"""A new ledger on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from playcall.engine.ledger.database import Ledger, open_ledger


@pytest.fixture(scope="session")
def made_once(postgres_databases: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a new ledger in PostgreSQL, to be copied: making one takes ten times as long."""
    url = postgres_databases.create()
    open_ledger(url, tmp_path_factory.mktemp("ledger")).close()
    yield url
    postgres_databases.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database; for a test that has a ``ledger``, of the ledger."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ledger.db'}"
        return
    databases = request.getfixturevalue("postgres_databases")
    like = [request.getfixturevalue("made_once")] if "ledger" in request.fixturenames else []
    made = databases.create(*like)
    yield made
    databases.drop(made)


@pytest.fixture
def ledger(url: str, tmp_path: Path) -> Iterator[Ledger]:
    """A new ledger."""
    opened = open_ledger(url, tmp_path)
    yield opened
    opened.close()
