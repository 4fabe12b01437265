"""What the ledger says now must be what was decided, and what happened, last. Nothing is kept for it: who
gets a message is part of its id, which the trail names; verdicts, states and suppressions follow from events.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, and_, func, or_, select

from ...dsl.frozen import frozen
from ..decide.ids import identifiers
from ..decide.model import PREPARED
from . import tables
from .pseudonyms import DOMAIN

_OVER: Final = ("sent", "failed", "unknown")  # what no message becomes, or ceases to be, without an event
_CLOSED: Final = ("done", "cleared", "cancelled")  # likewise, of tasks
_SUPPRESSED, _LIFTED = "contact.suppressed", "contact.lifted"
_AT_ONCE: Final = 10_000  # rows

_event, _touch, _task = tables.event.c, tables.touch.c, tables.task.c


@frozen
class Differing:
    """A row that says something else than the trail."""

    problem: str
    event: int | None = None
    run: str | None = None


def differing(connection: Connection, emptied: frozenset[int]) -> Differing | None:
    """The first row that is not as it should be. ``emptied``: events that erasures have emptied."""
    return (
        _verdict(connection)
        or _state(connection)
        or _recipient(connection)
        or _task_state(connection)
        or _assignee(connection)
        or _suppression(connection, emptied)
    )


def _verdict(connection: Connection) -> Differing | None:
    """An occurrence that does not say what was decided of it last."""
    stands, made = tables.occurrence.c, tables.decision.c
    same = and_(made.occurrence == stands.id, made.run == stands.run)
    same = and_(same, made.verdict == stands.verdict, made.reason == stands.reason)
    differs = select(stands.id, stands.run).where(~select(made.run).where(same).exists())
    row = connection.execute(differs.order_by(stands.id).limit(1)).first()
    return row and Differing(f"occurrence {row.id} does not say what the run decided", run=row.run)


def _state(connection: Connection) -> Differing | None:
    """A message whose state is not what its last event says; in between it may wait, or be on its way."""
    told = _event.kind.in_([f"touch.{state}" for state in (*_OVER, "queued")])
    last = select(_event.subject, func.max(_event.id).label("id")).where(told).group_by(_event.subject)
    newest = last.subquery()
    states = (
        select(_touch.id, _touch.state, _event.kind, _event.id.label("event"))
        .join_from(tables.touch, newest, newest.c.subject == _touch.id, isouter=True)
        .join(tables.event, _event.id == newest.c.id, isouter=True)
    )
    kind = func.coalesce(_event.kind, "touch.queued")
    differs = and_(kind != "touch." + _touch.state, or_(kind != "touch.queued", _touch.state.in_(_OVER)))
    row = connection.execute(states.where(differs).order_by(_touch.id).limit(1)).first()
    return row and _unlike("touch", row)


def _recipient(connection: Connection) -> Differing | None:
    """A touch that a run decided whose id was not made of its occurrence, action and recipient. Erased people
    have another name than at the time."""
    columns = (_touch.id, _touch.occurrence, _touch.action, _touch.recipient)
    decided = select(*columns).where(_touch.action.between(0, PREPARED - 1))
    rows = iter(connection.execute(decided.where(~_touch.recipient.contains(DOMAIN)).order_by(_touch.id)))
    while some := list(islice(rows, _AT_ONCE)):
        made = identifiers((row.occurrence, str(row.action), row.recipient.casefold()) for row in some)
        for row, of in zip(some, made, strict=True):
            if row.id != of:
                return Differing(f"touch {row.id} was not decided for {row.recipient}")
    return None


def _task_state(connection: Connection) -> Differing | None:
    """A task that is closed, or is not, and no event says so."""
    told = _event.kind.in_([f"task.{state}" for state in _CLOSED])
    states = select(_task.id, _task.state, _event.kind, _event.id.label("event")).join_from(
        tables.task, tables.event, and_(_event.subject == _task.id, told), isouter=True
    )
    kind = func.coalesce(_event.kind, "")
    differs = or_(and_(kind != "", kind != "task." + _task.state), and_(kind == "", _task.state.in_(_CLOSED)))
    row = connection.execute(states.where(differs).order_by(_task.id).limit(1)).first()
    return row and _unlike("task", row)


def _unlike(what: str, row: Any) -> Differing:
    happened = row.kind or "nothing"
    return Differing(f"{what} {row.id} is {row.state}, and its last event is {happened}", event=row.event)


def _assignee(connection: Connection) -> Differing | None:
    """A task of another person than it was opened for, or handed to last."""
    told = _event.kind == "task.reassigned"
    last = select(_event.subject, func.max(_event.id).label("id")).where(told).group_by(_event.subject)
    newest = last.subquery()
    holders = (
        select(_task.id, _task.assignee, _touch.recipient, _event.data, _event.id.label("event"))
        .join_from(tables.task, tables.touch, _touch.id == _task.id)
        .join(newest, newest.c.subject == _task.id, isouter=True)
        .join(tables.event, _event.id == newest.c.id, isouter=True)
        .where(or_(_event.id.is_not(None), _task.assignee != _touch.recipient))
    )
    for row in connection.execute(holders.order_by(_task.id)):
        held = row.data["to"] if row.data else row.recipient
        if row.assignee != held and DOMAIN not in row.assignee:
            return Differing(f"task {row.id} is {row.assignee}'s, and was given to {held}", event=row.event)
    return None


def _suppression(connection: Connection, emptied: frozenset[int]) -> Differing | None:
    """A suppression that nobody has lifted and that is not there, or one that is lifted without an event."""
    there = tables.suppression.c
    standing = select(there.address, there.reason, there.scope).where(there.lifted_at.is_(None))
    kept = {tuple(row) for row in connection.execute(standing)}
    for place, event in _in_force(connection, emptied):
        if place not in kept:
            address, reason, _ = place
            return Differing(f"the suppression of {address} ({reason}) is gone", event=event)
    return None


def _in_force(connection: Connection, emptied: frozenset[int]) -> Iterator[tuple[tuple[str, str, str], int]]:
    """(address, reason, scope) of the suppressions that events say are in force, with the last event."""
    told = select(_event.id, _event.kind, _event.subject, _event.data)
    told = told.where(_event.kind.in_((_SUPPRESSED, _LIFTED))).order_by(_event.id)
    found: dict[tuple[str, str, str], int] = {}
    for row in connection.execute(told):
        if row.id in emptied:
            continue
        place = (row.subject, row.data["reason"], row.data["scope"])
        if row.kind == _SUPPRESSED:
            found[place] = row.id
        else:
            found.pop(place, None)
    yield from sorted(found.items(), key=lambda one: one[1])
