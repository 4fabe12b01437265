"""The trace: every sub-expression with its value, and the fields that left one unknown."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from lawkit.conformance import load_suite
from lawkit.memory import MemoryFacts
from playcall.dsl.calendar import Calendar
from playcall.dsl.interpreter import Node, World, trace
from playcall.dsl.operations import lower, upper

SUITE = load_suite("logic")
FACTS = MemoryFacts(SUITE.schema, SUITE.tables)
CALENDAR = Calendar.around(SUITE.settings, date(2026, 3, 31))
WORLD = World(SUITE.schema, SUITE.settings, SUITE.derived, SUITE.now, FACTS, CALENDAR)
RECORDS = {str(record["_key"]): record for record in SUITE.tables["account"]}


def traced(text: str, key: str = "full") -> Node:
    checked, found = SUITE.check(text)
    assert checked is not None, found
    return trace(checked, RECORDS[key], WORLD)


def texts(node: Node) -> list[tuple[str, object]]:
    return [(part.text, part.value) for part in node.parts]


UNKNOWN = [
    ("nps > 5", "empty", ("nps",)),
    ("nps > 5 and active", "empty", ("nps", "active")),
    ("parent.nps > 5", "full", ("parent.nps",)),
    ("parent.nps > 5", "lost", ("parent",)),
    ("parent.parent.nps > 5", "full", ("parent.parent",)),
    ("nps / 0 > 1", "full", ("nps / 0",)),
    ("1 if active else nps", "empty", ("active",)),
    ("default(nps, big)", "empty", ("nps", "big")),
    ("worst > 2", "empty", ("max(orders.number)",)),
    ("count(orders where units > outer.nps)", "empty", ("nps",)),
    ("avg(orders.weight)", "empty", ("avg(orders.weight)",)),
    ("count(parent.orders)", "lost", ("parent",)),
]


@pytest.mark.parametrize(("text", "key", "because"), UNKNOWN)
def test_an_unknown_value_names_what_was_missing(text: str, key: str, because: tuple[str, ...]) -> None:
    node = traced(text, key)
    assert node.value is None
    assert node.unknown_because == because


def test_parts_are_the_operands_as_they_were_written() -> None:
    node = traced('nps > 5 and active and name contains "x"')
    assert node.text == 'nps > 5 and active and name contains "x"'
    assert texts(node) == [("nps > 5", True), ("active", True), ('name contains "x"', False)]
    assert texts(node.parts[0]) == [("nps", 7)]


def test_only_the_branch_that_was_taken_is_shown() -> None:
    assert texts(traced("nps if active else big")) == [("active", True), ("nps", 7)]
    assert texts(traced("nps if active else big", "empty")) == [("active", None)]


def test_a_derived_field_shows_its_own_expression() -> None:
    node = traced("late + 1")
    assert texts(node) == [("late", 1)]
    assert texts(node.parts[0]) == [("count(orders where shipped is missing)", 1)]


def test_an_aggregate_says_how_many_counted_and_what_was_left_out() -> None:
    node = traced('count(orders where state == "open" and units < outer.nps)')
    assert texts(node) == [
        ("outer.nps", 7),
        ("orders that count", 1),
        ("orders left out for want of orders.state", 1),
    ]


def test_types_are_told_in_the_language_s_words() -> None:
    assert traced("fee * 2").type == "money (JPY)"
    assert traced("days_until(since)").type == "countdown (days)"


@pytest.mark.parametrize(
    ("given", "lowered", "raised"),
    [
        ("ß", "ß", "ẞ"),
        ("İ", "i", "İ"),
        ("Σς", "σς", "ΣΣ"),
        ("ŉ", "ŉ", "ŉ"),
        ("ᾀ", "ᾀ", "ᾈ"),
        ("é😀", "é😀", "É😀"),
    ],
)
def test_case_is_mapped_code_point_by_code_point(given: str, lowered: str, raised: str) -> None:
    assert (lower(given), upper(given)) == (lowered, raised)


def test_the_calendar_knows_its_range() -> None:
    assert (CALENDAR.first, CALENDAR.last) == (date(2016, 1, 1), date(2036, 12, 31))
    assert CALENDAR.count(date(2015, 12, 31)) is None
    assert CALENDAR.add(date(2036, 12, 30), 2) is None
    assert CALENDAR.add(date(2026, 5, 2), 1) == date(2026, 5, 7)  # Golden Week
    assert CALENDAR.add(date(2026, 5, 7), -1) == date(2026, 5, 1)


def test_today_is_the_project_s_date() -> None:
    assert datetime(2026, 3, 30, 16, 30, tzinfo=UTC) == SUITE.now
    assert WORLD.today == date(2026, 3, 31)
