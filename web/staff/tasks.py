"""The worklist, and one task of it."""

from __future__ import annotations

from typing import Final, cast, get_args

from starlette.responses import Response

from ...engine.ledger.worklist import Shown
from ...engine.service import mailing, worklist
from ...engine.service.worklist import Whose
from .console import Ask, whole
from .gate import MissingError
from .tables import csv_response

MOST_ROWS: Final = 10_000  # of a table to take away
_COLUMNS: Final = (
    "id",
    "title",
    "priority",
    "due",
    "assignee",
    "account",
    "entity",
    "record",
    "playbook",
    "play",
    "opened_on",
)


def start(ask: Ask) -> Response:
    """The first page that somebody sees."""
    return ask.to("tasks")


def show_tasks(ask: Ask) -> Response:
    """A page of the worklist: mine, my team's or everybody's."""
    whose, shown = _choice(ask)
    page = worklist.worklist_page(ask.office, ask.person, whose, shown, ask.query("after"))
    values = {
        "page": page,
        "views": [("mine", "Mine"), ("team", "My team's"), ("all", "All")],
        "states": [("open", "Open"), ("snoozed", "Put off")],
        "first": not ask.query("after"),
    }
    return ask.page("tasks.html", values)


def export_tasks(ask: Ask) -> Response:
    """The same as a table to take away."""
    whose, shown = _choice(ask)
    page = worklist.worklist_page(ask.office, ask.person, whose, shown, size=MOST_ROWS)
    return csv_response("tasks", _COLUMNS, ([task[name] for name in _COLUMNS] for task in page.tasks))


def _choice(ask: Ask) -> tuple[Whose, Shown]:
    whose, shown = ask.query("whose") or "mine", ask.query("shown") or "open"
    if whose not in get_args(Whose) or shown not in get_args(Shown):
        raise MissingError("There is no such worklist.")
    return cast(Whose, whose), cast(Shown, shown)


def show_task(ask: Ask) -> Response:
    """One task: what it is about, its checklist, its messages, what happened to it."""
    page = worklist.task_page(ask.office, ask.person, ask.part("task"))
    if page is None:
        raise MissingError("There is no such task.")
    return ask.page("task.html", {"page": page, "task": page.task})


def close_task(ask: Ask) -> Response:
    """Done, with what came of it."""
    task = ask.part("task")
    worklist.close(ask.office, ask.person, task, ask.posted("outcome"), ask.posted("note"))
    return ask.to("tasks", task, told="closed")


def snooze_task(ask: Ask) -> Response:
    """Put off until a day, for a reason."""
    task = ask.part("task")
    worklist.snooze(ask.office, ask.person, task, ask.posted("until"), ask.posted("reason"))
    return ask.to("tasks", task, told="snoozed")


def reassign_task(ask: Ask) -> Response:
    """Hand over to a colleague."""
    task, shift = ask.part("task"), ask.posted("shift") == "yes"
    worklist.reassign(ask.office, ask.person, task, ask.posted("to"), shift=shift)
    return ask.to("tasks", task, told="reassigned")


def show_handover(ask: Ask) -> Response:
    """Whose tasks may go to whom, all at once."""
    return ask.page("handover.html", {"page": worklist.handover(ask.office, ask.person)})


def hand_over(ask: Ask) -> Response:
    """All open tasks of one person to another."""
    shift = ask.posted("shift") == "yes"
    worklist.hand_over(ask.office, ask.person, ask.posted("from"), ask.posted("to"), shift=shift)
    return ask.to("handover", told="handed_over")


def check_task(ask: Ask) -> Response:
    """Exactly these items are done."""
    task = ask.part("task")
    ticked = {whole(one) for one in ask.form.get("item", [])}
    worklist.check(ask.office, ask.person, task, ticked)
    return ask.to("tasks", task, told="checked")


def show_mail(ask: Ask) -> Response:
    """A prepared message, to be edited."""
    found = mailing.prepared(ask.office, ask.person, ask.part("task"), _number(ask))
    return ask.page("mail.html", {"mail": found, "task": found.task})


def send_mail(ask: Ask) -> Response:
    """Into the outbox, as it was edited."""
    task = ask.part("task")
    subject, text = ask.posted("subject"), ask.posted("text")
    mailing.send(ask.office, ask.person, task, _number(ask), subject, text)
    return ask.to("tasks", task, told="mailed")


def _number(ask: Ask) -> int:
    return whole(ask.part("number")) or 0
