"""A quote as a message says it: the names that its template reads, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from ...dsl.types import Money
from ..forms.wording import choose
from .quote import Quote, QuoteLine, Texts


def statement(
    quote: Quote, revision: int, valid_until: date | None, locale: str, default: str
) -> Mapping[str, object]:
    """The values of a message's context. ``default`` is the project's locale."""

    def said(texts: Texts) -> str:
        return choose(texts, locale, default) if texts else ""

    def line(one: QuoteLine) -> Mapping[str, object]:
        return {
            "label": said(one.label),
            "quantity": _figure(one.quantity),
            "amount": Money(one.amount, quote.currency),
            "how": "; ".join(one.how),
            "reason": said(one.reason) if one.reason else None,
        }

    return {
        "quote.title": said(quote.title),
        "quote.revision": revision,
        "quote.quantity": _figure(quote.quantity),
        "quote.starts": quote.starts,
        "quote.ends": quote.ends,
        "quote.valid_until": valid_until,
        "quote.net": Money(quote.net, quote.currency),
        "quote.tax": Money(quote.tax, quote.currency),
        "quote.total": Money(quote.total, quote.currency),
        "quote.lines": tuple(map(line, quote.lines)),
    }


def _figure(number: Decimal | None) -> int | float | None:
    """A quantity as templates write numbers."""
    if number is None:
        return None
    return int(number) if number == int(number) else float(number)
