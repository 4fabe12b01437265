"""A quote on its page: what it says, whether it can be accepted, and its acceptance."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from ...dsl.frozen import frozen
from ..forms.pricebook import PriceBook
from ..forms.spans import last_day
from ..ledger import links, quotes
from ..ledger.errors import LedgerError
from ..ledger.links import LinkRow
from ..ledger.quotes import Acceptance, QuoteSubject, Revision
from ..ledger.tasks import Act
from .content import from_content, to_content
from .desk import AcceptedQuote, Desk, Invited, Visit, checked_nonce, new_link, opened, page_nonce, use_nonce
from .links import LinkRefusedError
from .parse import MAX_NAME, printable
from .quote import Quote

LINK_OPEN: Final = timedelta(days=400)  # a renewal, and the time to look it up afterwards
Standing = Literal["open", "replaced", "withdrawn", "expired", "accepted"]
Missing = Literal["name", "tick"]


@frozen
class QuotePage:
    """What the page of a link shows: the revision that was sent with it. ``standing``: whether it can be
    accepted (``open``), or why not: ``replaced`` by a newer revision, or the quote as a whole is something
    else."""

    quote: Quote
    revision: int
    valid_until: date | None
    standing: Standing
    locale: str
    nonce: str


@frozen
class Accepts:
    """What a customer posts to accept: their name as typed, whether the box was ticked, and its words."""

    name: str
    ticked: bool
    terms: str


def revision_of(quote: Quote, book: PriceBook, made_on: date, reason: str = "") -> Revision:
    """What the ledger keeps of a quote that is made, or changed, on a day."""
    until = last_day(made_on, book.valid_for) if book.valid_for else None
    return Revision(to_content(quote), quote.total, quote.currency, until, reason)


def offer(
    desk: Desk,
    connection: Connection,
    subject: QuoteSubject,
    invited: Invited,
    now: datetime,
    expires_at: datetime,
) -> str:
    """Writes down a link to the quote's current revision. Gives its token."""
    context = {"quote": subject.id, "revision": quotes.show(connection, subject.id)["revision"]}
    row, token = new_link("quote", subject.pricebook, invited, now, expires_at, context, desk.keys)
    links.add(connection, [row])
    return token


def quote_page(desk: Desk, token: str, now: datetime) -> QuotePage:
    """The page of a link. Nothing changes. Raises ``LinkRefusedError``."""
    with desk.ledger.reading() as connection:
        link = opened(desk, connection, "quote", token, now)
        current, sent = _revision(connection, link)
    return QuotePage(
        quote=from_content(sent["content"]),
        revision=sent["number"],
        valid_until=sent["valid_until"],
        standing=_standing(current, sent, _today(desk, now)),
        locale=link.locale,
        nonce=page_nonce(desk, link, now),
    )


def accept_quote(desk: Desk, token: str, nonce: str, accepts: Accepts, visit: Visit) -> Missing | Standing:
    """Accepts the revision that the link was sent with. Gives ``accepted``; or what is missing in the post,
    or what became of the quote: then nothing was done. Raises ``LinkRefusedError``."""
    name = unicodedata.normalize("NFC", accepts.name).strip()
    if not name or len(name) > MAX_NAME or not printable(name):
        return "name"
    if not accepts.ticked:
        return "tick"
    with desk.ledger.writing() as connection:
        link = opened(desk, connection, "quote", token, visit.now)
        genuine = checked_nonce(desk, link, nonce, visit.now)
        current, sent = _revision(connection, link)
        today = _today(desk, visit.now)
        standing = _standing(current, sent, today)
        if standing != "open":
            return standing
        use_nonce(connection, genuine, visit.now)
        given = Acceptance(sent["number"], name, accepts.terms, link.id, visit.source(desk.keys))
        act = Act(link.recipient, visit.now, today)
        quotes.accept(connection, current["id"], given, act)
        desk.accepted(connection, AcceptedQuote(link, sent, given, act))
        return "accepted"


def _revision(connection: Connection, link: LinkRow) -> tuple[dict[str, Any], dict[str, Any]]:
    """The quote as it stands, and the revision that the link was sent with."""
    of, number = str(link.context.get("quote")), link.context.get("revision")
    try:
        current = quotes.show(connection, of)
    except LedgerError:
        raise LinkRefusedError("unknown") from None
    sent = next((row for row in quotes.revisions(connection, of) if row["number"] == number), None)
    if sent is None:
        raise LinkRefusedError("unknown")
    return current, sent


def _standing(current: dict[str, Any], sent: dict[str, Any], today: date) -> Standing:
    if current["state"] in (quotes.ACCEPTED, quotes.WITHDRAWN):
        return "accepted" if current["state"] == quotes.ACCEPTED else "withdrawn"
    if current["revision"] != sent["number"]:
        return "replaced"
    over = sent["valid_until"] is not None and sent["valid_until"] < today
    if over or current["state"] == quotes.EXPIRED:
        return "expired"
    return "open" if current["state"] == quotes.SENT else "withdrawn"


def _today(desk: Desk, now: datetime) -> date:
    return now.astimezone(ZoneInfo(desk.settings.timezone)).date()
