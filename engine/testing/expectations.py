"""What a test may expect of a run: one table of keys, each with how it is read and how it is compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from ...dsl.frozen import frozen
from ..decide.verdicts import REASONS
from ..document import Node
from ..playbook.model import Playbook
from ..shape import (
    Findings,
    as_list,
    read_fields,
    read_integer,
    read_text,
    shape,
    suggestion,
)
from .model import Expectation
from .values import read_date

ACTIONS: Final = ("email", "survey", "quote", "task", "plan", "opportunity", "webhook")
STATES: Final = ("sent", "failed", "queued", "open", "cancelled", "cleared")
WENT: Final = ("sent", "queued", "open")  # the states of what goes out; the others must be asked for


@frozen
class Known:
    """What expectations of one test may name. ``plays``: as written, also those that have mistakes."""

    playbook: Playbook
    plays: tuple[str, ...]
    records: frozenset[str]
    days: tuple[date, ...]


Read = Callable[[Node, str, Known, Findings], object]
Compare = Callable[[object, object], bool]


@frozen
class Key:
    """One key: how its value is read, how it is compared with what happened, and whether it is said of an
    action (what somebody gets) rather than of the occurrence."""

    read: Read
    matches: Compare
    of_action: bool = False


def _text(node: Node, what: str, known: Known, findings: Findings) -> object:
    return read_text(node, findings, f"`{what}`")


def _texts(node: Node, what: str, known: Known, findings: Findings) -> object:
    found = [read_text(item, findings, f"`{what}`") for item in as_list(node)]
    return tuple(text for text in found if text is not None)


def _number(node: Node, what: str, known: Known, findings: Findings) -> object:
    return read_integer(node, findings, f"`{what}`")


def _day(node: Node, what: str, known: Known, findings: Findings) -> object:
    return read_date(node, f"`{what}`", findings)


def _one_of(choices: Callable[[Known], tuple[str, ...]], code: str) -> Read:
    def read(node: Node, what: str, known: Known, findings: Findings) -> object:
        value = read_text(node, findings, f"`{what}`")
        listed = choices(known)
        if value is not None and value not in listed:
            help_text = suggestion(value, listed) or f"there are: {', '.join(listed) or 'none'}"
            findings.add(code, node.location, f"there is no {what} `{value}`", help_text)
        return value

    return read


def _equal(wanted: object, got: object) -> bool:
    return wanted == got


def _same_address(wanted: object, got: object) -> bool:
    return str(wanted).casefold() == str(got).casefold()


def _among(wanted: object, got: object) -> bool:
    """``got`` are several, of which one is wanted."""
    return isinstance(got, tuple) and wanted in got


def _contains_all(wanted: object, got: object) -> bool:
    return isinstance(wanted, tuple) and isinstance(got, str) and all(text in got for text in wanted)


def _copies(wanted: object, got: object) -> bool:
    listed = wanted if isinstance(wanted, tuple) else ()
    return isinstance(got, tuple) and sorted(map(str.casefold, listed)) == sorted(map(str.casefold, got))


_REASONS: Final = tuple(sorted({reason for reasons in REASONS.values() for reason in reasons if reason}))

KEYS: Final[Mapping[str, Key]] = {
    "play": Key(_one_of(lambda known: known.plays, "E504"), _equal),
    "record": Key(_one_of(lambda known: tuple(sorted(known.records)), "E504"), _among),
    "verdict": Key(_one_of(lambda known: tuple(REASONS), "E107"), _equal),
    "reason": Key(_one_of(lambda known: _REASONS, "E107"), _equal),
    "due": Key(_day, _equal),
    "late_days": Key(_number, _equal),
    "action": Key(_one_of(lambda known: ACTIONS, "E107"), _equal, True),
    "to": Key(_text, _same_address, True),
    "cc": Key(_texts, _copies, True),
    "from": Key(_text, _same_address, True),
    "assignee": Key(_text, _equal, True),
    "template": Key(_text, _equal, True),
    "locale": Key(_text, _equal, True),
    "channel": Key(_text, _equal, True),
    "subject": Key(_text, _equal, True),
    "body_contains": Key(_texts, _contains_all, True),
    "title": Key(_text, _equal, True),
    "priority": Key(_text, _equal, True),
    "task_due": Key(_day, _equal, True),
    "state": Key(_one_of(lambda known: STATES, "E107"), _equal, True),
}
_SHAPE = shape("an expectation", " ".join(("on", *KEYS)))


def read_expectation(node: Node, known: Known, findings: Findings) -> Expectation | None:
    """One item of `expect`; None, reported, where it is no mapping or says nothing."""
    fields = read_fields(node, _SHAPE, findings)
    if fields is None:
        return None
    at = fields.get("on")
    on = read_date(at, "`on`", findings) if at is not None else None
    if at is not None and on is not None and on not in known.days:
        message = f"the test does not run on {on}, so nothing can be expected of that day"
        findings.add("E505", at.location, message, "add the day to `run_on`, or correct it")
    wants = {
        name: key.read(fields.node.values[name], name, known, findings)
        for name, key in KEYS.items()
        if name in fields
    }
    if not wants:
        findings.add("E505", node.location, "the expectation says nothing", "say which play, at the least")
    return Expectation(on, wants, node.location)


def is_of_action(expectation: Expectation) -> bool:
    """Whether it is about something that somebody gets; otherwise about what an occurrence came to."""
    judged = "verdict" in expectation.wants or "reason" in expectation.wants
    return not judged or any(KEYS[name].of_action for name in expectation.wants)
