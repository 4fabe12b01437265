"""Two implementations, one meaning: the interpreter and a real PostgreSQL agree on random expressions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from lawkit.database import Execute, load_calendar
from lawkit.law import CALENDAR, search, trial_of


@pytest.fixture
def execute(postgres_url: str) -> Iterator[Execute]:
    psycopg = pytest.importorskip("psycopg", reason="needs psycopg")
    url = postgres_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:

        def run(statement: str, rows: Sequence[Sequence[Any]] | None) -> list[tuple[Any, ...]]:
            if rows is not None:
                cursor.executemany(statement.replace("?", "%s"), rows)
                return []
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

        load_calendar(run, CALENDAR)
        yield run


@pytest.mark.slow
def test_interpreter_and_postgresql_agree(execute: Execute) -> None:
    for seed in range(25):
        fault = search(trial_of(seed, execute, "postgres"), seed, count=4, depth=3)
        # PostgreSQL fails a statement on the overflow of a double, where the language says missing.
        assert fault is None or "flow" in str(fault.bulk), str(fault)
