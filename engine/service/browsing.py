"""What staff looks at of operations: what is held and what approving would do, runs and their verdicts, why
a play did what it did for a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from ...dsl.frozen import frozen
from ...dsl.trace import trace
from ..ledger import answers, browsing, views
from ..ledger.rows import Row
from ..playbook.model import Play, Playbook
from . import acting, running
from .access import Person
from .explaining import node_json, trigger_json
from .office import Office
from .planning import action_json
from .renaming import renames

PAGE: Final = 100
MOST_SHOWN: Final = 20  # actions of an effect


@frozen
class Waiting:
    """What waits for a person: plays with what is held of them, answers that look automated, pauses."""

    held: Sequence[Row]
    answers: Sequence[Row]
    pauses: Sequence[Row]


@frozen
class Effect:
    """What approving would come to: how many occurrences of each verdict, and the first actions."""

    verdicts: Mapping[str, int]
    messages: int
    actions: Sequence[Row]


@frozen
class Reasons:
    """Why a play did what it did for a record: its history, and its expressions over the last facts
    (``trigger`` and ``conditions``, as the JSON of `explain`). ``conditions`` are with the key that each
    stands under; None where the facts have no such record."""

    target: str
    entity: str
    record: str
    history: Sequence[Row]
    trigger: Mapping[str, Any] | None
    conditions: Sequence[tuple[str, Mapping[str, Any]]]
    loaded_on: date | None


# ---------------------------------------------------------------------------------- approvals


def waiting(office: Office) -> Waiting:
    """All that waits for a person to decide."""
    with office.ledger.reading() as connection:
        held = views.held(connection)
        return Waiting(held, answers.quarantined(connection), browsing.pauses(connection))


def held(office: Office, playbook: str, play: str, after: str) -> tuple[Sequence[Row], str]:
    """A page of what is held of a play, and where the next one begins."""
    with office.ledger.reading() as connection:
        rows = browsing.held(connection, playbook, play, after, PAGE + 1)
    return rows[:PAGE], str(rows[PAGE - 1]["id"]) if len(rows) > PAGE else ""


def effect(office: Office, target: str) -> Effect:
    """What approving would do now, over the sources as they are. Raises ``PlaycallError``."""
    decision = running.would_approve(office.workspace, office.ledger, target)
    actions = [{**action_json(touch), "record": touch.record} for touch in decision.decided.touches]
    verdicts = {name: count for name, count in decision.decided.counts().items() if count}
    return Effect(verdicts, len(actions), actions[:MOST_SHOWN])


def approve(office: Office, person: Person, target: str) -> None:
    """Release what is held of a play. Raises ``PlaycallError``."""
    running.approve(office.workspace, target, person.actor)


def reject(office: Office, person: Person, target: str) -> None:
    """Record what is held of a play as done without acting. Raises ``PlaycallError``."""
    running.reject(office.workspace, target, person.actor)


def pause(office: Office, person: Person, scope: str) -> None:
    """Hold what falls due of a play, a playbook or ``all``. Raises ``PlaycallError``."""
    acting.pause(office.workspace, scope, person.actor)


def resume(office: Office, person: Person, scope: str) -> None:
    """End a pause. Raises ``PlaycallError``."""
    acting.resume(office.workspace, "all" if scope == acting.ALL else scope, person.actor)


def review(office: Office, person: Person, submission: str, *, accepted: bool) -> None:
    """Say whether answers that looked automated are a person's. Raises ``LedgerError``."""
    with office.acting(person) as (connection, act):
        answers.review(connection, submission, "accepted" if accepted else "rejected", act)


# ---------------------------------------------------------------------------------- runs


def runs(office: Office, before: int | None) -> tuple[Sequence[Row], int | None]:
    """A page of runs, the last first, and where the next one begins."""
    with office.ledger.reading() as connection:
        rows = browsing.runs(connection, before, PAGE + 1)
    return rows[:PAGE], int(rows[PAGE - 1]["number"]) if len(rows) > PAGE else None


def run(office: Office, run_id: str, verdict: str, after: str) -> tuple[Row, Sequence[Row], str] | None:
    """A run, a page of its decisions, and where the next one begins; None where there is no such run."""
    with office.ledger.reading() as connection:
        found = browsing.run(connection, run_id)
        if found is None:
            return None
        rows = browsing.decisions(connection, run_id, verdict, after, PAGE + 1)
    return found, rows[:PAGE], str(rows[PAGE - 1]["id"]) if len(rows) > PAGE else ""


def reasons(office: Office, target: str, record: str) -> Reasons:
    """Why ``PLAYBOOK.PLAY`` did what it did for a record, also under a name that it had. Raises
    ``PlaycallError``."""
    book, play, names = _called(office, target)
    target = f"{book.name}.{play.name}"
    with office.ledger.reading() as connection:
        history = browsing.history(connection, names, record, PAGE)
        with office.latest.looking(connection, office.now(), office.today()) as view:
            found = view.store.record(book.entity, record)
            if found is None:
                return Reasons(target, book.entity, record, history, None, (), None)
            keys = {"where": book.where, "stop": book.stop, "if": play.condition, "unless": play.unless}
            conditions = tuple(
                (key, node_json(trace(checked, found, view.world)))
                for key, checked in keys.items()
                if checked is not None
            )
            trigger = trigger_json(play, found, view.world)
            loaded_on = view.world.local_date(view.snapshot.as_of)
    return Reasons(target, book.entity, record, history, trigger, conditions, loaded_on)


def _called(office: Office, target: str) -> tuple[Playbook, Play, list[tuple[str, str]]]:
    """The play of a name that it has or had, and every name (playbook, play) that its rows may have: the
    ledger's go over to a new one with the next run, and a page may be looked at before it, or stay open over
    it. Raises ``PlaycallError``."""
    books = office.workspace.playbooks
    moved = renames(books)
    if not any(target == f"{book.name}.{play}" for book in books for play in book.plays):
        found = (f"{book}.{play}" for *old, book, play in moved if target == ".".join(old))
        target = next(found, target)
    book, play = office.workspace.play(target)
    own = (book.name, play.name)
    return book, play, [own, *((old[0], old[1]) for *old, now, now_play in moved if (now, now_play) == own)]
