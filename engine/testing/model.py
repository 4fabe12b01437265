"""A test of a playbook as read: the facts day by day, when it runs, and what is to come of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from ...dsl.frozen import frozen
from ...dsl.source import Location
from ...dsl.types import Value
from ..document import Node
from ..facts.model import Status
from ..forms.survey import Survey
from ..playbook.model import Playbook

# The fields of one record that a test gives; the others take defaults (``values.completed``).
Given = Mapping[str, Value]
RecordId = tuple[str, str]  # (entity, key)


@frozen
class Change:
    """From a day on, fields of a record have other values (``given`` None: the record is gone)."""

    on: date
    record: RecordId
    given: Given | None


@frozen
class Outage:
    """On a day, a source is bad in the way that ``status`` says."""

    on: date
    source: str
    status: Status


@frozen
class Completion:
    """On a day, after the run, a person closes the open task of a play for a record."""

    on: date
    play: str
    record: str
    location: Location


@frozen
class Answered:
    """On a day, before the run, somebody answers a survey about a record. ``posted``: the answers as its page
    posts them; ``by``: an address (None: of whoever was asked last)."""

    on: date
    survey: Survey
    record: str
    posted: Mapping[str, tuple[str, ...]]
    by: str | None
    location: Location


@frozen
class Expectation:
    """One thing that is to happen: on which day (None: any), and what is said of it, by key."""

    on: date | None
    wants: Mapping[str, object]
    location: Location


@frozen
class PlaybookTest:
    """One test. ``start`` is the day from which on the plays have been running (None: the first run is their
    first deployment); ``params`` those that it overrides, ``variant`` the playbook with them."""

    name: str
    playbook: str
    params: Mapping[str, Node]
    variant: Playbook | None
    start: date | None
    days: tuple[date, ...]
    records: Mapping[RecordId, Given]
    changes: tuple[Change, ...]
    outages: tuple[Outage, ...]
    completions: tuple[Completion, ...]
    answers: tuple[Answered, ...]
    expect: tuple[Expectation, ...]
    nothing_else: bool
    location: Location

    @property
    def file(self) -> str:
        return self.location.file
