"""Pause and resume: a play, a playbook, or all (``*``)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, select

from . import tables
from .errors import LedgerError
from .events import Event, record
from .tasks import Act


def scopes_over(playbook: str, play: str) -> frozenset[str]:
    """The pauses that hold a play, whichever of them there are."""
    return frozenset({"*", playbook, f"{playbook}.{play}"})


def is_over(row: Any) -> ColumnElement[bool]:
    """That a pause holds the play that a row (of columns ``playbook`` and ``play``) is of."""
    return tables.pause.c.scope.in_(("*", row.playbook, row.playbook + "." + row.play))


def pause(connection: Connection, scope: str, act: Act) -> None:
    """What the scope decides is held, and what it has queued is not sent, until ``resume``. Raises
    ``LedgerError`` if it is paused already."""
    known = tables.pause.c
    found = connection.execute(select(known.since, known.actor).where(known.scope == scope)).first()
    if found:
        raise LedgerError(f"{_named(scope)} is paused already, since {found.since:%Y-%m-%d} by {found.actor}")
    connection.execute(tables.pause.insert().values(scope=scope, since=act.at, actor=act.actor))
    record(connection, [Event(act.at, act.actor, "play.paused", scope)])


def resume(connection: Connection, scope: str, act: Act) -> None:
    """End a pause. What was held then waits for ``approve``. Raises ``LedgerError`` if there is none."""
    known = tables.pause.c
    ended = connection.execute(delete(tables.pause).where(known.scope == scope).returning(known.scope))
    if ended.first() is None:
        raise LedgerError(f"there is no pause of {_named(scope)}; `playcall status` shows what is paused")
    record(connection, [Event(act.at, act.actor, "play.resumed", scope)])


def _named(scope: str) -> str:
    return "everything" if scope == "*" else scope
