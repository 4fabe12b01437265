"""Replies in the ledger: who wrote back to which message."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from ...dsl.frozen import frozen
from .response_tables import reply


@frozen
class ReplyRow:
    """One reply, known by its Message-ID. ``automatic``: an out-of-office note or the like. ``touch`` None:
    it is not known which message it answers."""

    message_id: str
    touch: str | None
    entity: str | None
    record: str | None
    cycle: str | None
    account: str | None
    contact: str
    automatic: bool
    at: datetime
    day: date


def add(connection: Connection, row: ReplyRow) -> bool:
    """Keep a reply; whether it was new. A mailbox that is read twice gives no reply twice."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = {one.name: getattr(row, one.name) for one in fields(ReplyRow)}
    statement = dialect.insert(reply).values(**values).on_conflict_do_nothing()
    return connection.execute(statement.returning(reply.c.message_id)).first() is not None
