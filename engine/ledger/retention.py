"""What of the ledger goes after a time: the bytes of messages that are done. Who got what and when stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select, update

from ...dsl.frozen import frozen
from . import tables
from .events import Event, record

PRUNED: Final = "retention.prune"
_SUBJECT: Final = "retention"
_DONE: Final = ("sent", "failed", "cancelled", "expired")  # what is `unknown` waits for a person
_BATCH: Final = 5_000


@frozen
class Messages:
    """Messages whose bytes are, or are to be, removed."""

    count: int
    bytes: int


def _old(before: datetime) -> Any:
    """The messages of touches that are done, written before a moment, that still have their bytes."""
    message, touch = tables.message.c, tables.touch.c
    done = select(touch.id).where(touch.id == message.touch, touch.state.in_(_DONE)).exists()
    return (message.created_at < before) & (func.length(message.bytes) > 0) & done


def old_messages(connection: Connection, before: datetime) -> Messages:
    """How many messages there are whose bytes may go, and how many bytes."""
    size = func.coalesce(func.sum(func.length(tables.message.c.bytes)), 0)
    count, total = connection.execute(select(func.count(), size).where(_old(before))).one()
    return Messages(int(count), int(total))


def empty_messages(connection: Connection, before: datetime) -> int:
    """Remove the bytes of some of these messages; gives of how many, 0 when there are no more. A transaction
    of its own each, so that nobody waits long."""
    chosen = select(tables.message.c.touch).where(_old(before)).limit(_BATCH)
    ids = list(connection.execute(chosen).scalars())
    if ids:
        gone = update(tables.message).where(tables.message.c.touch.in_(ids))
        connection.execute(gone.values(bytes=b"", headers={}))
    return len(ids)


def note_pruned(connection: Connection, at: datetime, actor: str, counts: Mapping[str, int]) -> None:
    """Put into the trail what was removed."""
    record(connection, [Event(at, actor, PRUNED, _SUBJECT, counts)])


def last_pruned(connection: Connection) -> dict[str, Any] | None:
    """When something was removed last, and what."""
    event = tables.event.c
    newest = select(event.at, event.data).where(event.subject == _SUBJECT, event.kind == PRUNED)
    row = connection.execute(newest.order_by(event.id.desc()).limit(1)).first()
    return None if row is None else {"at": row.at, **row.data}


def known_runs(connection: Connection) -> frozenset[str]:
    """Every run that was committed."""
    return frozenset(connection.execute(select(tables.run.c.id)).scalars())


def old_runs(connection: Connection, before: date) -> list[str]:
    """The runs of days before that one, except the last of all, and those that decided what is still open."""
    run, occurrence, made = tables.run.c, tables.occurrence.c, tables.decision.c
    newest = select(func.max(run.number)).scalar_subquery()
    open_ = select(made.run).join(tables.occurrence, occurrence.id == made.occurrence)
    open_ = open_.where(occurrence.open.is_(True))
    old = select(run.id).where(run.day < before, run.number < newest, run.id.not_in(open_))
    return list(connection.execute(old.order_by(run.number)).scalars())
