"""What the decisions ask of whoever makes quotes, and what they get."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...dsl.frozen import frozen
from ..evaluate.gather import RecordFacts
from ..playbook.model import Offered
from .model import Candidate, Offer
from .verdicts import Verdict


@frozen
class Wanted:
    """A quote that a message is to offer for a record."""

    offered: Offered
    candidate: Candidate
    facts: RecordFacts


@frozen
class NoOffer:
    """Why there is nothing to offer, as a verdict, and what exactly stands in the way."""

    verdict: Verdict
    reason: str
    detail: str


Offers = Callable[[Sequence[Wanted]], Sequence[Offer | NoOffer]]


def no_offers(wanted: Sequence[Wanted]) -> Sequence[Offer | NoOffer]:
    """For decisions among which there are no quotes."""
    assert not wanted, "somebody has to make quotes"
    return ()
