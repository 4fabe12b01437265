"""What the ledger holds of one account: messages, answers, quotes, opportunities. Each is one statement that
an index on the account answers."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import Connection, select, true

from . import tables
from .response_tables import answer, opportunity, quote, submission
from .response_views import quote_facts
from .rows import Row, rows_of

_TOUCH: Final = (
    *("id", "playbook", "play", "entity", "record", "type", "template", "recipient", "recipient_name"),
    *("state", "reason", "fired_on", "send_at", "sent_at", "topic"),
)


def messages_to(connection: Connection, account: str, size: int) -> list[Row]:
    """The last messages to the account's people, the newest first."""
    touch = tables.touch.c
    statement = (
        select(*(touch[name] for name in _TOUCH))
        .where(touch.account == account, touch.customer == true())
        .order_by(touch.fired_on.desc(), touch.id)
    )
    return rows_of(connection, statement.limit(size))


def answers_of(connection: Connection, account: str, size: int) -> list[Row]:
    """What the account's people answered, the newest first, with what is kept apart (``quarantine``) and
    older versions."""
    known = submission.c
    named = (
        known.survey,
        known.entity,
        known.record,
        known.respondent,
        known.number,
        known.quarantine,
        known.at,
    )
    statement = (
        select(*named, answer.c.question, answer.c.value, answer.c.name)
        .select_from(submission.join(answer, answer.c.submission == known.id))
        .where(known.account == account)
        .order_by(known.at.desc(), known.id, answer.c.position)
    )
    return rows_of(connection, statement.limit(size))


def quotes_of(connection: Connection, account: str, today: date, size: int) -> list[Row]:
    """The account's quotes, the newest first."""
    statement = quote_facts(today).where(quote.c.account == account)
    statement = statement.order_by(quote.c.made_at.desc(), quote.c.id)
    return rows_of(connection, statement.limit(size))


def opportunities_of(connection: Connection, account: str, size: int) -> list[Row]:
    """The leads that were found with the account, the open ones first."""
    known = opportunity.c
    statement = (
        select(opportunity)
        .where(known.account == account)
        .order_by(known.closed_on.desc().nulls_first(), known.opened_on.desc(), known.id)
    )
    return rows_of(connection, statement.limit(size))
