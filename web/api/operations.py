"""Operations: what is held, runs and why, playbooks, reports."""

from __future__ import annotations

from ...engine.service import browsing, reporting
from ...engine.service.handbook import in_words
from .call import Call
from .problems import missing


def list_approvals(call: Call) -> object:
    """The plays of which something is held, with how much and why."""
    return browsing.waiting(call.office).held


def list_held(call: Call) -> object:
    """A page of what is held of one play, PLAYBOOK.PLAY."""
    book, play = call.office.workspace.play(call.parts["target"])
    return call.page(*browsing.held(call.office, book.name, play.name, call.after))


def get_effect(call: Call) -> object:
    """What approving would do now; all sources are read for it, and nothing is kept."""
    return browsing.effect(call.office, call.parts["target"])


def approve(call: Call) -> None:
    """Release what is held of a play: it is judged again, now."""
    browsing.approve(call.office, call.person, call.parts["target"])


def reject(call: Call) -> None:
    """Record what is held of a play as done without acting."""
    browsing.reject(call.office, call.person, call.parts["target"])


def list_pauses(call: Call) -> object:
    """What is paused, since when and by whom."""
    return browsing.waiting(call.office).pauses


def pause(call: Call) -> None:
    """Hold what falls due of a playbook, a play, or `all`."""
    browsing.pause(call.office, call.person, call.parts["scope"])


def resume(call: Call) -> None:
    """End a pause."""
    browsing.resume(call.office, call.person, call.parts["scope"])


def list_runs(call: Call) -> object:
    """A page of the runs with their summaries, the last first."""
    return call.page(*browsing.runs(call.office, _number(call.after)))


def _number(after: str) -> int | None:
    """The number of the run that a page begins after. Raises ``RefusedError``."""
    if not after:
        return None
    if not (after.isascii() and after.isdecimal() and len(after) < 10):
        raise missing("page of the runs")
    return int(after)


def get_run(call: Call) -> object:
    """One run."""
    found = browsing.run(call.office, call.parts["run"], "", "")
    if found is None:
        raise missing("run")
    return found[0]


def list_decisions(call: Call) -> object:
    """A page of what a run decided, with its reasons."""
    found = browsing.run(call.office, call.parts["run"], call.query["verdict"], call.after)
    if found is None:
        raise missing("run")
    return call.page(found[1], found[2])


def explain(call: Call) -> object:
    """Why a play did what it did for a record: its verdicts, and its expressions over the last facts."""
    return browsing.reasons(call.office, call.query["play"], call.query["record"])


def list_playbooks(call: Call) -> object:
    """The playbooks of the project."""
    books = call.office.workspace.playbooks
    return [(book.name, book.describe, book.owner, book.entity, list(book.plays)) for book in books]


def get_playbook(call: Call) -> object:
    """One playbook in words: when each play is due, on which conditions, and what it does."""
    return in_words(call.office.workspace.playbook(call.parts["playbook"]))


def list_reports(call: Call) -> object:
    """The reports of the project."""
    return [(one.name, one.describe, one.entity) for one in call.office.workspace.reports.values()]


def get_report(call: Call) -> object:
    """The figures of a report over the facts as they are now; its sources are read for it."""
    found = reporting.report(call.office.workspace, call.parts["report"])
    return {**found, "entity": found["for"]}
