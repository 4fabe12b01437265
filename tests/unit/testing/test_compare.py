"""Expectations against events: one to one, as many as possible."""

from __future__ import annotations

from datetime import date

import pytest

from playcall.dsl.source import Location
from playcall.engine.testing.compare import assign, compare, written
from playcall.engine.testing.model import Expectation, PlaybookTest
from playcall.engine.testing.outcome import Event

DAY = date(2026, 3, 2)
PLACE = Location("tests/t.yaml", 3, 1, 3, 2)


def action(**said: object) -> Event:
    return Event(DAY, True, {"play": "ask", "record": ("C1",), "verdict": "fired", "state": "sent", **said})


def occurrence(**said: object) -> Event:
    return Event(DAY, False, {"play": "ask", "record": ("C1",), "verdict": "fired", "reason": "", **said})


def disagreements(
    wants: list[dict[str, object]], events: list[Event], nothing_else: bool = False
) -> list[str]:
    expect = tuple(Expectation(DAY, one, PLACE) for one in wants)
    test = PlaybookTest("t", "p", {}, None, None, (DAY,), {}, (), (), (), (), expect, nothing_else, PLACE)
    return [one.message for one in compare(test, events)]


UNMET = "expected, and did not happen"
UNWRITTEN = "the message could not be written"


@pytest.mark.parametrize(
    ("wants", "events", "messages"),
    [
        ([{"play": "ask"}], [action()], []),
        ([{"play": "ask"}], [occurrence()], [UNMET]),
        ([{"play": "ask", "verdict": "fired"}], [occurrence()], []),
        ([{"play": "ask", "verdict": "fired"}], [action()], [UNMET]),
        ([{"play": "ask", "verdict": "fired", "to": "a@b.test"}], [action(to="A@b.test")], []),
        ([{"play": "ask"}, {"play": "ask"}], [action()], ["expected once more than it happened"]),
        ([{"play": "ask"}, {"play": "ask", "to": "a"}], [action(to="a"), action(to="b")], []),
        ([{"record": "C2"}], [action(record=("C1", "C2"))], []),
        (
            [{"play": "ask"}],
            [action(state="failed", reason="no subject")],
            [UNMET, f"{UNWRITTEN}: no subject"],
        ),
        ([{"play": "ask", "state": "failed"}], [action(state="failed")], []),
        ([{"play": "ask"}], [action(state="cleared")], [UNMET]),
        ([{"play": "ask", "state": "cleared"}], [action(state="cleared")], []),
        ([{"body_contains": ("a", "b")}], [action(body_contains="b and a")], []),
        ([{"cc": ("a@b.test", "c@d.test")}], [action(cc=("c@d.test", "a@b.test"))], []),
        ([{"assignee": "kato"}], [action()], [UNMET]),
    ],
)
def test_what_meets_what(wants: list[dict[str, object]], events: list[Event], messages: list[str]) -> None:
    assert disagreements(wants, events) == messages


def test_nothing_else_is_about_what_goes() -> None:
    events = [action(to="a"), action(to="b"), action(state="cleared"), occurrence(verdict="declined")]
    assert disagreements([{"to": "a"}], events, nothing_else=True) == [
        "happened, though `nothing_else` is said"
    ]


def test_as_many_as_possible_are_met() -> None:
    # The first two would take each other's only choice.
    assert assign([[0, 1], [0], [1, 2]]) == {1: 0, 0: 1, 2: 2}
    assert len(assign([[0], [0], [0]])) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("ask", "ask"),
        ("no", '"no"'),
        ("2026-03-01", '"2026-03-01"'),
        ("a: b", '"a: b"'),
        ("a, b", '"a, b"'),
        (["a", "b c"], "[a, b c]"),
        (DAY, "2026-03-02"),
        (3, "3"),
    ],
)
def test_events_are_written_as_yaml(value: object, text: str) -> None:
    assert written({"x": value}) == f"{{x: {text}}}"
