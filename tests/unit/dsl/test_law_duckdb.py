"""Two implementations, one meaning: the interpreter and DuckDB agree on random expressions and records."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lawkit.database import Execute, executor, load_calendar
from lawkit.law import CALENDAR, search, trial_of


@pytest.fixture(scope="module")
def execute() -> Iterator[Execute]:
    connection = duckdb.connect(config={"threads": 1})
    run = executor(connection)
    load_calendar(run, CALENDAR)
    yield run
    connection.close()


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(records=st.integers(0, 2**32), expressions=st.integers(0, 2**32))
def test_interpreter_and_bulk_engine_agree(execute: Execute, records: int, expressions: int) -> None:
    trial = trial_of(records, execute)
    fault = search(trial, expressions, count=5, depth=3)
    assert fault is None, str(fault)


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(records=st.integers(0, 2**32), expressions=st.integers(0, 2**32))
def test_they_agree_on_what_was(execute: Execute, records: int, expressions: int) -> None:
    """Over the facts of earlier days, in which records come and go."""
    trial = trial_of(records, execute, past=True)
    fault = search(trial, expressions, count=3, depth=3)
    assert fault is None, str(fault)
