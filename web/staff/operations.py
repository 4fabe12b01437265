"""Operations: what is held, runs and their verdicts, why a play fired, playbooks to read."""

from __future__ import annotations

from starlette.responses import Response

from ...engine.decide.verdicts import REASONS
from ...engine.service import browsing
from ...engine.service.handbook import in_words
from .console import Ask, whole
from .gate import MissingError


def show_approvals(ask: Ask) -> Response:
    """What waits for a person to decide."""
    return ask.page("approvals.html", {"waiting": browsing.waiting(ask.office)})


def show_held(ask: Ask) -> Response:
    """What is held of one play; with ``effect``, what approving it would do."""
    target = ask.part("target")
    book, play = ask.office.workspace.play(target)
    rows, after = browsing.held(ask.office, book.name, play.name, ask.query("after"))
    wanted = ask.query("effect") and rows and ask.person.may("ops")  # it reads all sources
    effect = browsing.effect(ask.office, target) if wanted else None
    return ask.page("held.html", {"target": target, "rows": rows, "after": after, "effect": effect})


def approve(ask: Ask) -> Response:
    """Release it."""
    browsing.approve(ask.office, ask.person, ask.part("target"))
    return ask.to("approvals", told="approved")


def reject(ask: Ask) -> Response:
    """Record it as done without acting."""
    browsing.reject(ask.office, ask.person, ask.part("target"))
    return ask.to("approvals", told="rejected")


def pause(ask: Ask) -> Response:
    """Hold what falls due of a playbook or play."""
    browsing.pause(ask.office, ask.person, ask.part("scope"))
    return ask.to("approvals", told="paused")


def resume(ask: Ask) -> Response:
    """End a pause."""
    browsing.resume(ask.office, ask.person, ask.part("scope"))
    return ask.to("approvals", told="resumed")


def review_answers(ask: Ask) -> Response:
    """Say whether answers that looked automated are a person's."""
    verdict = ask.posted("verdict")
    if verdict not in ("accepted", "rejected"):
        raise MissingError("Say whether a person answered.")
    browsing.review(ask.office, ask.person, ask.part("submission"), accepted=verdict == "accepted")
    return ask.to("approvals", told="reviewed")


def show_runs(ask: Ask) -> Response:
    """The runs, the last first."""
    rows, after = browsing.runs(ask.office, whole(ask.query("before")))
    return ask.page("runs.html", {"runs": rows, "after": after})


def show_run(ask: Ask) -> Response:
    """One run with what it decided."""
    verdict = ask.query("verdict")
    found = browsing.run(ask.office, ask.part("run"), verdict, ask.query("after"))
    if found is None:
        raise MissingError("There is no such run.")
    run, decisions, after = found
    values = {"run": run, "decisions": decisions, "after": after, "verdict": verdict, "reasons": REASONS}
    return ask.page("run.html", values)


def show_reasons(ask: Ask) -> Response:
    """Why a play did what it did for a record."""
    play, record = ask.query("play"), ask.query("record")
    if not play or not record:
        names = [f"{book.name}.{name}" for book in ask.office.workspace.playbooks for name in book.plays]
        return ask.page("explain_form.html", {"plays": names})
    found = browsing.reasons(ask.office, play, record)
    return ask.page("explain.html", {"found": found, "reasons": REASONS})


def show_playbooks(ask: Ask) -> Response:
    """The playbooks of the project."""
    return ask.page("playbooks.html", {"books": ask.office.workspace.playbooks})


def show_playbook(ask: Ask) -> Response:
    """One, to read."""
    name = ask.part("playbook")
    book = next((one for one in ask.office.workspace.playbooks if one.name == name), None)
    if book is None:
        raise MissingError("The project has no such playbook.")
    return ask.page("playbook.html", {"book": in_words(book)})
