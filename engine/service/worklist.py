"""The worklist of the staff: what waits for whom, and what a person does with a task."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Literal

from sqlalchemy import Connection

from ...dsl.diagnostics import AbsentError, PlaycallError
from ...dsl.frozen import frozen
from ..ledger import events, tasks, worklist
from ..ledger.errors import LedgerError
from ..ledger.worklist import Shown, Where
from ..ledger.write import OPEN_TASK
from . import entered, mailing
from .access import ForbiddenError, Person
from .office import Office
from .people import Colleague, colleagues, team_of

Whose = Literal["mine", "team", "all"]
PAGE: Final = 50
MOST_WORDS: Final = 2000  # characters of a reason or a note


@frozen
class Worklist:
    """A page of it. ``after`` leads to the next one; empty on the last."""

    whose: Whose
    shown: Shown
    tasks: Sequence[Mapping[str, Any]]
    after: str

    def to_json(self) -> dict[str, object]:
        listed = [{name: one[name] for name in one if name != "place"} for one in self.tasks]
        return {"whose": self.whose, "shown": self.shown, "tasks": listed, "after": self.after}


@frozen
class TaskPage:
    """One task: what it says, what happened to it, and whether this person may act on it, and send its
    messages."""

    task: Mapping[str, Any]
    history: Sequence[events.Event]
    colleagues: Mapping[str, Colleague]
    mails: Sequence[str]  # what became of each message
    may_act: bool
    may_send: bool


@frozen
class Handover:
    """Whose open tasks somebody may hand over, with how many there are, and to whom."""

    held: Mapping[str, int]
    colleagues: Mapping[str, Colleague]


def worklist_page(
    office: Office,
    person: Person,
    whose: Whose,
    shown: Shown = "open",
    after: str = "",
    size: int = PAGE,
    only: Mapping[str, str] = worklist.ALL,
) -> Worklist:
    """A page of somebody's worklist, ``only`` of tasks with such values (by column). Raises ``AbsentError``
    for an ``after`` that is none."""
    start = _where(after)
    with office.ledger.reading() as connection:
        people = _assignees(office, connection, person, whose)
        found = worklist.page(connection, office.today(), people, shown, start, size + 1, only)
    last = found[size - 1] if len(found) > size else None
    return Worklist(whose, shown, found[:size], _after(last) if last else "")


def _assignees(
    office: Office, connection: Connection, person: Person, whose: Whose
) -> Collection[str] | None:
    if whose == "all":
        return None
    return {person.name} if whose == "mine" else team_of(person.name, colleagues(office, connection))


def _after(task: Mapping[str, Any]) -> str:
    written = json.dumps([task["place"], task["id"]], separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def _where(after: str) -> Where | None:
    if not after:
        return None
    try:
        place, task = map(str, json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4))))
    except (ValueError, TypeError, RecursionError, binascii.Error):
        place, task = "\0", ""
    if "\0" in f"{place}{task}":
        raise AbsentError("this is no page of the worklist; begin at its first one")
    return Where(place, task)


# ---------------------------------------------------------------------------------- one task


def task_page(office: Office, person: Person, task_id: str) -> TaskPage | None:
    """A task with all about it; None where there is none."""
    with office.ledger.reading() as connection:
        try:
            task = tasks.show(connection, task_id, office.today())
        except LedgerError:
            return None
        everybody = colleagues(office, connection)
        history = events.events(connection, task_id)
        mails = mailing.states(connection, task)
    open_ = task["state"] in OPEN_TASK
    may_act = open_ and _may_act(person, task, everybody)
    may_send = open_ and task["assignee"] == person.name and person.may("csm")
    return TaskPage(task, history, everybody, mails, may_act, may_send)


def _may_act(person: Person, task: Mapping[str, Any], everybody: Mapping[str, Colleague]) -> bool:
    """A CSM acts on their own tasks and on those of their team; operations on all."""
    if person.may("ops"):
        return True
    return person.may("csm") and task["assignee"] in team_of(person.name, everybody)


def close(office: Office, person: Person, task_id: str, outcome: str, note: str) -> None:
    """Close a task as done, with what came of it. Raises ``PlaycallError``."""
    _mine(office, person, task_id)
    words = entered.words(note, MOST_WORDS)
    with office.acting(person) as (connection, act):
        tasks.require_outcome(connection, task_id, act, outcome)
        tasks.done(connection, task_id, act, outcome=outcome or None, note=words or None)


def snooze(office: Office, person: Person, task_id: str, until: str, reason: str) -> None:
    """Hide a task until a day (ISO), for a reason. Raises ``PlaycallError``."""
    _mine(office, person, task_id)
    words = entered.words(reason, MOST_WORDS, "say why the task is put off")
    day = entered.day(until)
    with office.acting(person) as (connection, act):
        tasks.snooze(connection, task_id, act, day, words)


def reassign(office: Office, person: Person, task_id: str, to: str, *, shift: bool) -> None:
    """Give a task to a colleague. ``shift``: they have as many days as the first had. Raises
    ``PlaycallError``."""
    _mine(office, person, task_id)
    with office.ledger.reading() as connection:
        known = colleagues(office, connection)
    if to not in known:
        raise PlaycallError(f"there is no colleague `{to}`")
    with office.acting(person) as (connection, act):
        tasks.reassign(connection, task_id, act, to, shift=shift)


def handover(office: Office, person: Person) -> Handover:
    """What this person may hand over at once: of everybody, or of their own team."""
    with office.ledger.reading() as connection:
        everybody = colleagues(office, connection)
        whose = None if person.may("ops") else team_of(person.name, everybody)
        return Handover(worklist.held(connection, whose), everybody)


def hand_over(office: Office, person: Person, holder: str, to: str, *, shift: bool) -> int:
    """Give all open tasks of somebody to a colleague, who has as many days as the first had with ``shift``.
    Gives how many. Raises ``PlaycallError``."""
    found = handover(office, person)
    if holder not in found.held:
        if not person.may("ops") and holder not in team_of(person.name, found.colleagues):
            raise ForbiddenError("these tasks are somebody else's, and not of your team")
        raise PlaycallError(f"`{holder}` has no open task")
    if to not in found.colleagues or to == holder:
        raise PlaycallError(f"there is no other colleague `{to}`")
    with office.acting(person) as (connection, act):
        return tasks.reassign_all(connection, holder, act, to, shift=shift)


def check(office: Office, person: Person, task_id: str, ticked: Collection[int | None]) -> None:
    """Have exactly these items of the checklist ticked (counted from 1). Raises ``PlaycallError``."""
    task = _mine(office, person, task_id)
    with office.acting(person) as (connection, act):
        for number, item in enumerate(task["checklist"], start=1):
            if item["done"] != (number in ticked):
                tasks.check(connection, task_id, act, number, ticked=number in ticked)


def _mine(office: Office, person: Person, task_id: str) -> Mapping[str, Any]:
    """A task that the person may act on. Raises ``PlaycallError``."""
    with office.ledger.reading() as connection:
        task = tasks.show(connection, task_id, office.today())
        if not _may_act(person, task, colleagues(office, connection)):
            raise ForbiddenError("this task is somebody else's, and not of your team")
    return task
