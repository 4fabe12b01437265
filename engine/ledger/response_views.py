"""The ledger's built-in entities as facts; here those of what customers did: ``answer``, ``quote``,
``opportunity`` and ``reply``.

Each select has ``_key`` and the fields of ``catalog.builtin``, one row a record, for ``read.fill``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache, lru_cache
from typing import Any, Final

from sqlalchemy import Select, and_, case, select

from .answers import counting
from .quotes import EXPIRED, SENT
from .response_tables import answer, opportunity, quote, quote_acceptance, quote_revision, reply
from .views import task_facts, touch_facts


@cache
def answer_facts() -> Select[Any]:
    """The answers as they stand, one row a question: older versions and what is kept apart are not among
    them."""
    known = counting()
    key = (known.c.id + "/" + answer.c.question).label("_key")
    shared = [known.c[name] for name in ("survey", "record", "entity", "cycle", "account")]
    own = [answer.c[name] for name in ("question", "value", "number", "amount", "currency", "date")]
    more = [
        (answer.c.position == 0).label("first"),
        answer.c.name,
        known.c.respondent.label("contact"),
        known.c.number.label("version"),
        known.c.at.label("answered_at"),
        known.c.day.label("answered_on"),
    ]
    joined = answer.join(known, known.c.id == answer.c.submission)
    return select(key, key.label("id"), *shared, *own, *more).select_from(joined)


@lru_cache(maxsize=8)
def quote_facts(today: date) -> Select[Any]:
    """The quotes with their current revision. One whose last day is over is expired, though nobody said so
    yet."""
    names = (
        "id",
        "pricebook",
        "record",
        "entity",
        "cycle",
        "account",
        "revision",
        "made_at",
        "made_on",
    )
    current = (quote_revision.c.quote == quote.c.id) & (quote_revision.c.number == quote.c.revision)
    joined = quote.join(quote_revision, current).outerjoin(
        quote_acceptance, quote_acceptance.c.quote == quote.c.id
    )
    over = and_(quote.c.state == SENT, quote_revision.c.valid_until < today)
    return select(
        quote.c.id.label("_key"),
        *(quote.c[name] for name in names),
        case((over, EXPIRED), else_=quote.c.state).label("state"),
        quote.c.sent_on,
        *(quote_revision.c[name] for name in ("total", "currency", "valid_until")),
        quote_acceptance.c.day.label("accepted_on"),
        quote_acceptance.c.name.label("accepted_by"),
    ).select_from(joined)


@cache
def opportunity_facts() -> Select[Any]:
    """The opportunities with their stage."""
    names = ("id", "playbook", "play", "record", "entity", "cycle", "account", "title", "assignee", "stage")
    more = ("currency", "opened_on", "changed_on", "meeting_on", "closed_on")
    return select(
        opportunity.c.id.label("_key"),
        *(opportunity.c[name] for name in names),
        opportunity.c.amount.label("value"),
        *(opportunity.c[name] for name in more),
    )


@cache
def reply_facts() -> Select[Any]:
    """The replies of people and of machines."""
    names = ("touch", "record", "entity", "cycle", "account", "contact", "automatic")
    return select(
        reply.c.message_id.label("_key"),
        reply.c.message_id.label("id"),
        *(reply.c[name] for name in names),
        reply.c.at.label("replied_at"),
        reply.c.day.label("replied_on"),
    )


# The select of each entity as it stands on a day, made when it is asked for.
BUILT_IN: Final[Mapping[str, Callable[[date], Select[Any]]]] = {
    "touch": lambda _: touch_facts(),
    "task": task_facts,
    "answer": lambda _: answer_facts(),
    "quote": quote_facts,
    "opportunity": lambda _: opportunity_facts(),
    "reply": lambda _: reply_facts(),
}
