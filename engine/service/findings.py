"""What a run leaves besides its touches: leads that it found, quotes that it offers, items of the feed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from ...dsl.types import Money
from ..catalog.project import FEED
from ..decide.model import Commit, Offer, TouchRow
from ..decide.quoted import NO_QUOTE
from ..ledger import feed, opportunities, quotes, write
from ..ledger.errors import LedgerError
from ..ledger.opportunities import OpportunityRow
from ..ledger.quotes import QuoteSubject, Revision
from ..ledger.tasks import Act
from ..ledger.values import from_json

OUTDATED: Final = f"{NO_QUOTE}it was accepted or changed meanwhile"  # the reason of a touch


def write_findings(connection: Connection, commit: Commit) -> None:
    """Writes the leads that a run found, the quotes that it offers or whose last day is over, and what the
    product is to show."""
    found = [_opportunity(touch) for touch in commit.touches if touch.type == "opportunity"]
    if found:
        opportunities.add(connection, found)
    act = Act(f"run {commit.run.id}", commit.run.as_of, commit.run.day)
    going = [touch for touch in commit.touches if touch.state in write.WAITING]
    in_product = [touch for touch in going if touch.channel == FEED]
    if in_product:
        feed.add(connection, in_product)
    if commit.cancels:
        feed.withdraw(connection, commit.cancels, act)
    _write_offers(connection, going, act)
    quotes.expire(connection, act)


def _write_offers(connection: Connection, going: Sequence[TouchRow], act: Act) -> None:
    """The revisions that messages carry. A message does not go where nothing that it offers stands."""
    offers = {offer.id: offer for touch in going for offer in touch.offers}
    gone = {one for one, offer in offers.items() if not _offered(connection, offer, act)}
    if gone:
        outdated = [one for one in going if one.offers and all(of.id in gone for of in one.offers)]
        write.cancel_touches(connection, [(one.id, OUTDATED) for one in outdated], actor=act.actor, at=act.at)


def _offered(connection: Connection, offer: Offer, act: Act) -> bool:
    """Whether the revision is there, and goes to the customer: a customer who accepts the quote, or staff who
    change it, between the decision and here are first."""
    try:
        _offer(connection, offer, act)
    except LedgerError:
        return False
    return True


def _offer(connection: Connection, offer: Offer, act: Act) -> None:
    total = offer.total
    revision = Revision(offer.content, total.amount, total.currency, offer.valid_until, offer.reason)
    if offer.based_on == 0:
        about = (offer.pricebook, offer.entity, offer.record, offer.cycle, offer.account)
        quotes.draft(connection, QuoteSubject(*about), revision, act)
    elif offer.based_on != offer.revision:
        quotes.revise(connection, offer.id, offer.based_on, revision, act)
    quotes.send(connection, offer.id, offer.revision, act)


def _opportunity(touch: TouchRow) -> OpportunityRow:
    value = from_json(touch.context["value"])
    return OpportunityRow(
        id=touch.id,
        playbook=touch.playbook,
        play=touch.play,
        entity=touch.entity,
        record=touch.record,
        cycle=touch.cycle,
        account=touch.account,
        title=str(touch.context["title"]),
        assignee=touch.recipient,
        amount=value.amount if isinstance(value, Money) else None,
        currency=value.currency if isinstance(value, Money) else None,
        opened_on=touch.fired_on,
    )
