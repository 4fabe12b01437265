"""What happened, in order: every act of a person and every change of a touch's or task's state."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from ...dsl.frozen import frozen
from . import tables
from .bulk import insert
from .columns import encoded_json


@frozen
class Event:
    """One thing that happened. ``subject`` is a touch's or task's id, or a scope; ``kind`` is
    ``touch.…``, ``task.…`` or ``play.…``."""

    at: datetime
    actor: str
    kind: str
    subject: str
    data: Mapping[str, object] = field(default_factory=dict)


def record(connection: Connection, happened: Sequence[Event]) -> None:
    """Add events."""
    rows = [
        (*told, digest(*told[:-1], encoded_json(told[-1])))
        for told in ((event.at, event.actor, event.kind, event.subject, event.data) for event in happened)
    ]
    insert(connection, tables.event, ("at", "actor", "kind", "subject", "data", "digest"), rows)


def digest(at: datetime, actor: str, kind: str, subject: str, data: str) -> str:
    """SHA-256 of what an event says; ``data`` is its JSON text as the ledger has it."""
    told = encoded_json((at.astimezone(UTC).isoformat(), actor, kind, subject, data))
    return hashlib.sha256(told.encode()).hexdigest()


def last_event(connection: Connection) -> int:
    """The number of the last event; 0 where nothing has happened yet."""
    number: int = connection.execute(select(func.coalesce(func.max(tables.event.c.id), 0))).scalar_one()
    return number


def events_since(connection: Connection, number: int) -> list[Event]:
    """What happened after the event of that number, oldest first."""
    event = tables.event.c
    columns = (event.at, event.actor, event.kind, event.subject, event.data)
    found = connection.execute(select(*columns).where(event.id > number).order_by(event.id))
    return [Event(*row) for row in found]


def events(connection: Connection, subject: str) -> list[Event]:
    """What happened to a touch, a task or a scope, oldest first."""
    event = tables.event.c
    found = connection.execute(
        select(event.at, event.actor, event.kind, event.subject, event.data)
        .where(event.subject == subject)
        .order_by(event.id)
    )
    return [Event(*row) for row in found]
