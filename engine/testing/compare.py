"""Expected against got: each expectation is met by one event of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from ..shape import yaml_type
from .expectations import KEYS, WENT, is_of_action
from .model import Expectation, PlaybookTest
from .outcome import Disagreement, Event

_MOST_SHOWN = 5
_PLAIN = re.compile(r"\w[\w .@/+-]*\w|\w")  # what YAML reads as that text, without quotes, wherever it stands


def compare(test: PlaybookTest, events: Sequence[Event]) -> list[Disagreement]:
    """Where a test and what happened disagree, in order of the file."""
    options = [
        [number for number, event in enumerate(events) if meets(event, wanted)] for wanted in test.expect
    ]
    owner = assign(options)
    met = set(owner.values())
    found = [
        _unmet(test, wanted, events, bool(options[number]))
        for number, wanted in enumerate(test.expect)
        if number not in met
    ]
    if test.nothing_else:
        found += [
            _surplus(test, event) for number, event in enumerate(events) if _is_surplus(number, event, owner)
        ]
    return [*found, *_broken(test, events, owner)]


def assign(options: Sequence[Sequence[int]]) -> dict[int, int]:
    """Which event belongs to which expectation, so that as many as possible have one (augmenting paths)."""
    owner: dict[int, int] = {}

    def place(wanted: int, tried: set[int]) -> bool:
        for event in options[wanted]:
            if event not in tried:
                tried.add(event)
                if event not in owner or place(owner[event], tried):
                    owner[event] = wanted
                    return True
        return False

    for wanted in range(len(options)):
        place(wanted, set())
    return owner


def meets(event: Event, wanted: Expectation) -> bool:
    """Whether an event is what is expected."""
    if event.is_action != is_of_action(wanted) or wanted.on not in (None, event.on):
        return False
    if event.is_action and "state" not in wanted.wants and event.said.get("state") not in WENT:
        return False
    return all(_agrees(event, wanted, name) for name in wanted.wants)


def _is_surplus(number: int, event: Event, owner: Mapping[int, int]) -> bool:
    return number not in owner and event.is_action and event.said.get("state") in WENT


def _unmet(test: PlaybookTest, wanted: Expectation, events: Sequence[Event], taken: bool) -> Disagreement:
    near = sorted(
        (event for event in events if _is_near(event, wanted)),
        key=lambda event: (event.is_action != is_of_action(wanted), -_shared(event, wanted)),
    )
    message = "expected once more than it happened" if taken else "expected, and did not happen"
    record = wanted.wants.get("record")
    play = wanted.wants.get("play") or (near[0].said["play"] if near else None)
    place = None
    if isinstance(play, str):
        on = wanted.on or (near[0].on if near else test.days[-1])
        place = (play, record if isinstance(record, str) else "", on)
    got = [said(event, "body_contains" in wanted.wants) for event in near[:_MOST_SHOWN]]
    differs = [name for name in wanted.wants if not _agrees(near[0], wanted, name)] if near else ()
    return Disagreement(message, expected(wanted), got, wanted.location.line, place, differs=tuple(differs))


def _is_near(event: Event, wanted: Expectation) -> bool:
    if wanted.on not in (None, event.on) or event.said.get("state") in ("cancelled", "cleared"):
        return False
    play, record = wanted.wants.get("play"), wanted.wants.get("record")
    records = event.said.get("record")
    return play in (None, event.said["play"]) and (
        record is None or (isinstance(records, tuple) and record in records)
    )


def _shared(event: Event, wanted: Expectation) -> int:
    return sum(_agrees(event, wanted, name) for name in wanted.wants)


def _agrees(event: Event, wanted: Expectation, name: str) -> bool:
    return name in event.said and KEYS[name].matches(wanted.wants[name], event.said[name])


def _surplus(test: PlaybookTest, event: Event) -> Disagreement:
    return Disagreement(
        "happened, though `nothing_else` is said", None, [said(event)], test.location.line, _place(event)
    )


def _broken(test: PlaybookTest, events: Sequence[Event], owner: Mapping[int, int]) -> Iterator[Disagreement]:
    """Messages that could not be written, where the test does not expect just that."""
    for number, event in enumerate(events):
        if event.said.get("state") == "failed" and number not in owner:
            message = f"the message could not be written: {event.said.get('reason', '')}"
            yield Disagreement(message, None, [said(event)], test.location.line, _place(event))


def _place(event: Event) -> tuple[str, str, date]:
    records = event.said["record"]
    return str(event.said["play"]), str(records[0]) if isinstance(records, tuple) else "", event.on


def expected(wanted: Expectation) -> dict[str, object]:
    """An expectation as the file has it."""
    on = {} if wanted.on is None else {"on": wanted.on}
    return {**on, **{name: _plain(value) for name, value in wanted.wants.items()}}


def said(event: Event, with_body: bool = False) -> dict[str, object]:
    """An event in the words of an expectation; what says nothing, and a body not asked for, left out."""
    hidden = () if with_body else ("body_contains",)
    told = {
        name: _plain(value)
        for name, value in event.said.items()
        if name not in hidden and value not in (None, "", ())
    }
    return {"on": event.on, **told}


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return value[0] if len(value) == 1 else list(value)
    return value


def written(said_: Mapping[str, object]) -> str:
    """An expectation or event as a line of YAML that a test could hold."""
    return "{" + ", ".join(f"{name}: {_yaml(value)}" for name, value in said_.items()) + "}"


def _yaml(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_yaml, value))}]"
    if not isinstance(value, str):
        return str(value)
    return (
        value if _PLAIN.fullmatch(value) and not yaml_type(value) else json.dumps(value, ensure_ascii=False)
    )
