"""What a person decides: tasks, pauses, touches whose fate is unknown. Every act is an event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from ...dsl.diagnostics import PlaycallError
from ..ledger import database, delivery, pauses, read, tasks, write
from ..ledger.tasks import Act
from . import entered
from .workspace import Workspace

ALL = "*"


@contextmanager
def acting(workspace: Workspace, actor: str) -> Iterator[tuple[Connection, Act]]:
    """The ledger, to write an act of a person of this moment."""
    now = workspace.clock.now()
    today = now.astimezone(ZoneInfo(workspace.project.settings.timezone)).date()
    with workspace.ledger() as ledger, ledger.writing() as connection:
        yield connection, Act(actor, now, today)


def done(workspace: Workspace, task: str, note: str, actor: str, outcome: str = "") -> None:
    """Close a task as done, with what came of it."""
    with acting(workspace, actor) as (connection, act):
        tasks.require_outcome(connection, task, act, outcome)
        tasks.done(connection, task, act, outcome=outcome or None, note=note or None)


def snooze(workspace: Workspace, task: str, until: str, actor: str) -> None:
    """Hide a task until a day (ISO)."""
    day = entered.day(until)
    with acting(workspace, actor) as (connection, act):
        tasks.snooze(connection, task, act, day)


def reassign(workspace: Workspace, task: str, user: str, actor: str) -> None:
    """Give a task to somebody else. People who stand in playcall.yaml are checked."""
    users = workspace.project.users
    if users and not workspace.catalog.entities["user"].tables and user not in users:
        raise PlaycallError(f"there is no user `{user}`; playcall.yaml has {', '.join(sorted(users))}")
    with acting(workspace, actor) as (connection, act):
        tasks.reassign(connection, task, act, user)


def pause(workspace: Workspace, scope: str, actor: str) -> None:
    """Hold what falls due of a play, a playbook or ``all``. Raises ``PlaycallError``."""
    place = _scope(workspace, scope)
    with acting(workspace, actor) as (connection, act):
        pauses.pause(connection, place, act)


def resume(workspace: Workspace, scope: str, actor: str) -> list[str]:
    """End a pause. Gives the wider ones that go on. Raises ``PlaycallError`` if there is none."""
    with acting(workspace, actor) as (connection, act):
        pauses.resume(connection, ALL if scope == "all" else scope, act)
        wider = {ALL: "all", scope.partition(".")[0]: scope.partition(".")[0]}
        return [name for one, name in wider.items() if one in read.pauses(connection)]


def _scope(workspace: Workspace, scope: str) -> str:
    if scope == "all":
        return ALL
    if "." not in scope:
        return workspace.playbook(scope).name
    book, play = workspace.play(scope)
    return f"{book.name}.{play.name}"


def settle(workspace: Workspace, touch: str, outcome: str, actor: str) -> None:
    """Say what became of a touch: ``sent``, ``failed`` or ``requeue``."""
    decision = cast(Literal["sent", "failed", "requeue"], outcome)
    with acting(workspace, actor) as (connection, act):
        delivery.settle_by_hand(connection, touch, decision, actor=actor, now=act.at, on=act.today)


def cancel(workspace: Workspace, touches: Sequence[str], actor: str) -> dict[str, str]:
    """Cancel touches that still wait. Gives those that did not, with their state. Raises ``PlaycallError`` if
    one of them is not there: then none is cancelled."""
    with acting(workspace, actor) as (connection, act):
        states = read.touch_states(connection, touches)
        for touch in touches:
            if touch not in states:
                raise PlaycallError(
                    f"there is no touch `{touch}`; `playcall touches` lists them. Nothing was cancelled"
                )
        chosen = [(touch, f"by {actor}") for touch in touches]
        write.cancel_touches(connection, chosen, actor=actor, at=act.at)
        return {touch: state for touch, (state, _) in states.items() if state not in write.WAITING}


def upgrade(workspace: Workspace) -> None:
    """Bring the ledger to this version's tables."""
    database.upgrade(workspace.project.ledger_url, workspace.project.root)
