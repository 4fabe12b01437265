"""Each case of ``meaning.yaml``, through checker and interpreter, and in bulk on DuckDB."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lawkit.conformance import Suite, load_suite, notation
from lawkit.database import bulk_values, executor, load, load_calendar
from lawkit.memory import MemoryFacts
from playcall.dsl.calendar import Calendar
from playcall.dsl.compiler import CompileWorld
from playcall.dsl.interpreter import World, evaluate
from playcall.dsl.types import Value

SUITE = load_suite(Path(__file__).with_name("meaning.yaml"))
VALUES = [(text, expected) for text, expected in SUITE.cases if isinstance(expected, dict)]
REFUSALS = [(text, code) for text, code in SUITE.cases if isinstance(code, str)]


def world(suite: Suite) -> World:
    facts = MemoryFacts(suite.schema, suite.tables)
    calendar = Calendar.around(suite.settings, date(2026, 3, 31))
    return World(suite.schema, suite.settings, suite.derived, suite.now, facts, calendar)


def given(expected: dict[str, Any]) -> dict[str, Any]:
    """The expected values, with dates that YAML has read as such in the cases' notation."""
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in expected.items()}


def tell(values: dict[str, Value]) -> dict[str, tuple[str, Any]]:
    """Values with their types: 7 is not 7.0, and True is not 1."""
    return {key: (type(value).__name__, value) for key, value in values.items()}


@pytest.fixture(scope="module")
def bulk() -> dict[str, dict[str, Value]]:
    """Every case's value for every account, out of one select."""
    connection = duckdb.connect()
    execute = executor(connection)
    load(execute, SUITE.schema, SUITE.tables)
    load_calendar(execute, Calendar.around(SUITE.settings, date(2026, 3, 31)))
    trees = {text: checked.tree for text, _ in VALUES if (checked := SUITE.check(text)[0]) is not None}
    derived = {place: checked.tree for place, checked in SUITE.derived.items()}
    names = {f"x{i}": tree for i, tree in enumerate(trees.values())}
    compile_world = CompileWorld(SUITE.schema, SUITE.settings, derived, SUITE.now)
    found = bulk_values(execute, "account", names, compile_world)
    return {key: dict(zip(trees, row.values(), strict=True)) for key, row in found.items()}


@pytest.mark.parametrize(("text", "expected"), VALUES, ids=[text for text, _ in VALUES])
def test_value(text: str, expected: dict[str, Any], bulk: dict[str, dict[str, Value]]) -> None:
    checked, codes = SUITE.check(text)
    assert checked is not None, codes
    records = {str(record["_key"]): record for record in SUITE.tables["account"]}
    interpreted = {
        key: notation(evaluate(checked.tree, records[key], world(SUITE), "account")) for key in expected
    }
    assert tell(interpreted) == tell(given(expected)), "interpreter"
    assert tell({key: notation(bulk[key][text]) for key in expected}) == tell(given(expected)), "DuckDB"


@pytest.mark.parametrize(("text", "code"), REFUSALS, ids=[text for text, _ in REFUSALS])
def test_refusal(text: str, code: str) -> None:
    checked, codes = SUITE.check(text)
    assert checked is None
    assert codes == [code]
