"""What is counted of a simulation, and how it is written."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from playcall.engine.simulate.statistics import statistics
from playcall.engine.simulate.tables import csv_bytes, safe_cell
from playcall.engine.simulate.tally import Fate, Tally, Went

FIRST = date(2026, 3, 1)


def went(day: int, play: str = "ask", to: str = "a@x.test", type_: str = "email") -> Went:
    address = to if type_ == "email" else None
    return Went(FIRST + timedelta(days=day), "book", play, type_, "contract", "C1", "A1", to, address)


def test_messages_to_a_contact_in_any_seven_days() -> None:
    tally = Tally(went=[went(0), went(6), went(7), went(8), went(30), went(3, to="b@x.test")])
    found = statistics(tally).contacts
    assert (found["count"], found["messages"], found["most"], found["week"]) == (2, 6, 5, 3)
    assert found["spread"] == [{"messages": 1, "count": 1}, {"messages": 5, "count": 1}]


def test_a_collision_is_two_plays_on_one_day() -> None:
    tally = Tally(went=[went(0), went(0), went(1), went(1, "remind"), went(1, "call", "kato", "task")])
    found = statistics(tally).collisions
    assert found["count"] == 1
    assert found["pairs"] == [{"plays": ["book.ask", "book.remind"], "count": 1}]


def test_what_met_a_cap_is_followed_to_its_end() -> None:
    fates = {
        "1": Fate("book", "ask", "fired", ""),
        "2": Fate("book", "ask", "expired", "capped"),
        "3": Fate("book", "ask", "capped", "contact"),
        "4": Fate("book", "ask", "fired", ""),
    }
    tally = Tally(fates=fates, caps=dict.fromkeys("123", "contact"))
    [found] = statistics(tally).caps
    counts = [found[name] for name in ("occurrences", "fired", "expired", "waiting")]
    assert counts == [3, 1, 1, 1]


def test_a_day_without_anything_is_there_too() -> None:
    tally = Tally(days=[FIRST, FIRST + timedelta(days=1)], went=[went(1)])
    assert [one["messages"] for one in statistics(tally).days] == [0, 1]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "＝1", "  =1"])
def test_a_formula_becomes_text(cell: str) -> None:
    assert safe_cell(cell) == f"'{cell}"


def test_what_is_no_formula_stays() -> None:
    assert csv_bytes(["a"], [["x=1"], ["株式会社"]]) == "a\r\nx=1\r\n株式会社\r\n".encode("utf-8-sig")
