"""Each case of ``cases/*.yaml``, through checker and interpreter, and in bulk on DuckDB."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from lawkit.conformance import NAMES, Suite, load_suite, notation
from lawkit.database import bulk_values, executor, load, load_calendar
from lawkit.memory import MemoryFacts
from playcall.dsl.calendar import Calendar
from playcall.dsl.compiler import CompileWorld
from playcall.dsl.interpreter import World, evaluate
from playcall.dsl.types import Value

SUITES = {name: load_suite(name) for name in NAMES}
VALUES = [(name, text, given) for name, suite in SUITES.items() for text, given in suite.values]
REFUSALS = [(name, text, given) for name, suite in SUITES.items() for text, given in suite.refusals]


def calendar(suite: Suite) -> Calendar:
    return Calendar.around(suite.settings, suite.now.astimezone(ZoneInfo(suite.settings.timezone)).date())


def world(suite: Suite) -> World:
    facts = MemoryFacts(suite.schema, suite.tables)
    return World(suite.schema, suite.settings, suite.derived, suite.now, facts, calendar(suite), suite.past)


def plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """The given values, with dates that YAML has read as such in the cases' notation."""
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in given.items()}


def tell(values: Mapping[str, Value]) -> dict[str, tuple[str, Any]]:
    """Values with their types: 7 is not 7.0, and True is not 1."""
    return {key: (type(value).__name__, value) for key, value in values.items()}


@cache
def bulk(name: str) -> dict[str, dict[str, Value]]:
    """Every case's value for every account, out of one select."""
    suite = SUITES[name]
    execute = executor(duckdb.connect())
    load(execute, suite.schema, suite.tables)
    load_calendar(execute, calendar(suite))
    trees = {text: checked.tree for text, _ in suite.values if (checked := suite.check(text)[0]) is not None}
    derived = {place: checked.tree for place, checked in suite.derived.items()}
    names = {f"x{i}": tree for i, tree in enumerate(trees.values())}
    world = CompileWorld(suite.schema, suite.settings, derived, suite.now, past=suite.past)
    found = bulk_values(execute, "account", names, world)
    return {key: dict(zip(trees, row.values(), strict=True)) for key, row in found.items()}


@pytest.mark.parametrize(("name", "text", "given"), VALUES, ids=[text for _, text, _ in VALUES])
def test_value(name: str, text: str, given: dict[str, Any]) -> None:
    suite = SUITES[name]
    checked, found = suite.check(text)
    assert checked is not None, found
    records = {str(record["_key"]): record for record in suite.tables["account"]}
    interpreted = {
        key: notation(evaluate(checked.tree, records[key], world(suite), "account")) for key in given
    }
    assert tell(interpreted) == tell(plain(given)), "interpreter"
    assert tell({key: notation(bulk(name)[key][text]) for key in given}) == tell(plain(given)), "DuckDB"


@pytest.mark.parametrize(("name", "text", "given"), REFUSALS, ids=[text for _, text, _ in REFUSALS])
def test_refusal(name: str, text: str, given: dict[str, str]) -> None:
    checked, found = SUITES[name].check(text)
    assert checked is None
    said = {one.code: text[one.location.column - 1 : one.location.end_column - 1] for one in found}
    assert said == given
    assert len(found) == len(given)


def test_no_case_stands_twice() -> None:
    """And there are as many as were promised."""
    counts = Counter((name, text) for name, suite in SUITES.items() for text, _ in suite.cases)
    assert [case for case, count in counts.items() if count > 1] == []
    assert len(counts) >= 400
