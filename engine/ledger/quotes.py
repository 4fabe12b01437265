"""Quotes in the ledger: revisions that never change, and a state that one act at a time moves on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, exists, select, update

from ...dsl.frozen import frozen
from ..catalog.builtin import QUOTE_STATES
from ..chunks import chunks
from ..decide.model import identifier
from .bulk import insert
from .errors import AbsentRowError, LedgerError
from .events import Event, record
from .response_tables import quote, quote_acceptance, quote_revision
from .tasks import Act

DRAFT, SENT, WITHDRAWN, ACCEPTED, EXPIRED = QUOTE_STATES
_OPEN: Final = (DRAFT, SENT, WITHDRAWN, EXPIRED)  # a revision may still be added


@frozen
class QuoteSubject:
    """What a quote is for: there is one for each price book, record and cycle."""

    pricebook: str
    entity: str
    record: str
    cycle: str | None
    account: str | None

    @property
    def id(self) -> str:
        cycle = "" if self.cycle is None else f"={self.cycle}"
        return identifier("quote", self.pricebook, self.entity, self.record, cycle)


@frozen
class Revision:
    """What one revision says. ``content`` is plain JSON; ``reason`` why it was made."""

    content: Mapping[str, object]
    total: Decimal
    currency: str
    valid_until: date | None
    reason: str = ""


@frozen
class Acceptance:
    """Somebody takes a quote at a price. ``name`` as typed, ``terms`` as ticked, ``source`` a hash of the
    network address."""

    revision: int
    name: str
    terms: str
    link: str | None = None
    source: str = ""


def draft(connection: Connection, subject: QuoteSubject, revision: Revision, act: Act) -> str:
    """A new quote with its first revision. Gives its id. One that is there already fails the transaction."""
    row = {
        "id": subject.id,
        "pricebook": subject.pricebook,
        "entity": subject.entity,
        "record": subject.record,
        "cycle": subject.cycle,
        "account": subject.account,
        "state": DRAFT,
        "revision": 1,
        "made_at": act.at,
        "made_on": act.today,
    }
    insert(connection, quote, tuple(row), [tuple(row.values())])
    _add_revision(connection, subject.id, 1, revision, act, "")
    _tell(connection, act, "drafted", subject.id, {"revision": 1})
    return subject.id


def revise(connection: Connection, quote_id: str, based_on: int, revision: Revision, act: Act) -> int:
    """Another revision in place of ``based_on``, to be sent again. Gives its number. Raises ``LedgerError``
    if the quote was accepted, or somebody else has revised it meanwhile."""
    number = based_on + 1
    change = {"revision": number, "state": DRAFT, "sent_on": None}
    _move(connection, quote_id, _OPEN, based_on, change)
    before = revisions(connection, quote_id)[-1]["hash"]
    _add_revision(connection, quote_id, number, revision, act, before)
    _tell(connection, act, "revised", quote_id, {"revision": number, "reason": revision.reason})
    return number


def send(connection: Connection, quote_id: str, revision: int, act: Act) -> None:
    """The revision goes to the customer; from now on it can be accepted. Sent again, it stays sent."""
    state = show(connection, quote_id)["state"]
    sent = {"state": SENT} if state == SENT else {"state": SENT, "sent_on": act.today}
    _move(connection, quote_id, (DRAFT, SENT), revision, sent)
    _tell(connection, act, "sent", quote_id, {"revision": revision})


def withdraw(connection: Connection, quote_id: str, revision: int, act: Act, reason: str) -> None:
    """The customer can no longer accept the quote, until another revision is sent."""
    _move(connection, quote_id, (DRAFT, SENT), revision, {"state": WITHDRAWN})
    _tell(connection, act, "withdrawn", quote_id, {"revision": revision, "reason": reason})


# Built once: every run asks it, and so does every day of a test.
_EXPIRE = (
    update(quote)
    .where(
        quote.c.state == SENT,
        exists().where(
            quote_revision.c.quote == quote.c.id,
            quote_revision.c.number == quote.c.revision,
            quote_revision.c.valid_until < bindparam("today"),
        ),
    )
    .values(state=EXPIRED)
    .returning(quote.c.id)
)


def expire(connection: Connection, act: Act) -> int:
    """End every sent quote whose validity is over. Gives how many."""
    ended = sorted(connection.execute(_EXPIRE, {"today": act.today}).scalars())
    record(connection, [Event(act.at, act.actor, "quote.expired", one) for one in ended])
    return len(ended)


def accept(connection: Connection, quote_id: str, given: Acceptance, act: Act) -> None:
    """Somebody accepts the revision that they saw, once. Raises ``LedgerError`` with what stands in the
    way: it was accepted or withdrawn, is not valid any more, or there is a newer revision."""
    shown = show(connection, quote_id)
    if shown["valid_until"] is not None and shown["valid_until"] < act.today:
        raise LedgerError(f"the quote was valid until {shown['valid_until']}")
    _move(connection, quote_id, (SENT,), given.revision, {"state": ACCEPTED})
    row = {
        "quote": quote_id,
        "revision": given.revision,
        "link": given.link,
        "name": given.name,
        "terms": given.terms,
        "actor": act.actor,
        "source": given.source,
        "at": act.at,
        "day": act.today,
    }
    insert(connection, quote_acceptance, tuple(row), [tuple(row.values())])
    _tell(connection, act, "accepted", quote_id, {"revision": given.revision, "name": given.name})


def show(connection: Connection, quote_id: str) -> dict[str, Any]:
    """A quote with its current revision. Raises ``LedgerError`` if there is none."""
    found = connection.execute(_with_current().where(quote.c.id == quote_id)).mappings().first()
    if found is None:
        raise AbsentRowError(f"there is no quote `{quote_id}`")
    return dict(found)


def of_records(connection: Connection, records: Collection[str]) -> list[dict[str, Any]]:
    """The quotes for records of any entity, each with its current revision, the oldest first."""
    found: list[dict[str, Any]] = []
    for some in chunks(sorted(records)):
        rows = connection.execute(_with_current().where(quote.c.record.in_(some)))
        found += (dict(row) for row in rows.mappings())
    return sorted(found, key=lambda row: (row["made_at"], row["id"]))


def _with_current() -> Select[Any]:
    """Quotes, each with its current revision."""
    joined = quote.join(
        quote_revision,
        (quote_revision.c.quote == quote.c.id) & (quote_revision.c.number == quote.c.revision),
    )
    names = ("content", "total", "currency", "valid_until", "reason", "hash")
    return select(quote, *(quote_revision.c[name] for name in names)).select_from(joined)


def revisions(connection: Connection, quote_id: str) -> list[dict[str, Any]]:
    """Every revision of a quote, the oldest first."""
    known = quote_revision.c
    rows = connection.execute(select(quote_revision).where(known.quote == quote_id).order_by(known.number))
    return [dict(row) for row in rows.mappings()]


def acceptance(connection: Connection, quote_id: str) -> dict[str, Any] | None:
    """Who accepted a quote, when, and in which words."""
    rows = connection.execute(select(quote_acceptance).where(quote_acceptance.c.quote == quote_id)).mappings()
    found = rows.first()
    return dict(found) if found else None


def broken_chain(connection: Connection, quote_id: str) -> int | None:
    """The first revision that is not as it was written, or is missing; None if all are."""
    previous = ""
    for expected, row in enumerate(revisions(connection, quote_id), start=1):
        if row["number"] != expected or row["previous"] != previous or row["hash"] != _hash(row):
            return expected
        previous = row["hash"]
    return None


def _add_revision(
    connection: Connection, quote_id: str, number: int, revision: Revision, act: Act, previous: str
) -> None:
    row: dict[str, Any] = {
        "quote": quote_id,
        "number": number,
        "content": revision.content,
        "total": revision.total,
        "currency": revision.currency,
        "valid_until": revision.valid_until,
        "reason": revision.reason,
        "actor": act.actor,
        "made_at": act.at,
        "previous": previous,
    }
    row["hash"] = _hash(row)
    insert(connection, quote_revision, tuple(row), [tuple(row.values())])


def _hash(row: Mapping[str, Any]) -> str:
    """SHA-256 over what a revision says and the one before it, in one spelling."""
    parts = [
        row["quote"],
        row["number"],
        row["content"],
        f"{row['total']:f}",
        row["currency"],
        row["valid_until"].isoformat() if row["valid_until"] else None,
        row["reason"],
        row["actor"],
        row["made_at"].isoformat(),
        row["previous"],
    ]
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _move(
    connection: Connection,
    quote_id: str,
    states: Collection[str],
    revision: int,
    change: Mapping[str, object],
) -> None:
    """Compare and set: of several at once, one succeeds."""
    statement = (
        update(quote)
        .where(quote.c.id == quote_id, quote.c.state.in_(states), quote.c.revision == revision)
        .values(**change)
        .returning(quote.c.id)
    )
    if connection.execute(statement).first() is None:
        raise _refusal(show(connection, quote_id), revision)


def _refusal(shown: Mapping[str, Any], revision: int) -> LedgerError:
    current = shown["revision"]
    if shown["state"] != ACCEPTED and current != revision:
        return LedgerError(f"revision {revision} of the quote has been replaced by revision {current}")
    return LedgerError(f"the quote is {shown['state']}")


def _tell(connection: Connection, act: Act, kind: str, quote_id: str, told: Mapping[str, object]) -> None:
    record(connection, [Event(act.at, act.actor, f"quote.{kind}", quote_id, told)])
