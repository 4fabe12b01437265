"""A quote as plain JSON, as the ledger keeps its revisions, and back: amounts and days are text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from .quote import Quote, QuoteLine


def to_content(quote: Quote) -> dict[str, object]:
    """Everything that the quote says."""
    return {
        "pricebook": quote.pricebook,
        "currency": quote.currency,
        "title": dict(quote.title),
        "quantity": _text(quote.quantity),
        "starts": quote.starts.isoformat() if quote.starts else None,
        "ends": quote.ends.isoformat() if quote.ends else None,
        "lines": [_line(line) for line in quote.lines],
        "net": _text(quote.net),
        "tax": _text(quote.tax),
        "total": _text(quote.total),
        "approval": quote.approval,
        "round_to": _text(quote.round_to),
        "tax_rate": _text(quote.tax_rate),
    }


def from_content(content: Mapping[str, Any]) -> Quote:
    """The quote that ``to_content`` was given."""
    return Quote(
        pricebook=content["pricebook"],
        currency=content["currency"],
        title=content["title"],
        quantity=_number(content["quantity"]),
        starts=_day(content["starts"]),
        ends=_day(content["ends"]),
        lines=tuple(_read_line(line) for line in content["lines"]),
        net=Decimal(content["net"]),
        tax=Decimal(content["tax"]),
        total=Decimal(content["total"]),
        approval=content["approval"],
        round_to=Decimal(content["round_to"]),
        tax_rate=_number(content["tax_rate"]),
    )


def _line(line: QuoteLine) -> dict[str, object]:
    return {
        "kind": line.kind,
        "name": line.name,
        "label": dict(line.label),
        "amount": _text(line.amount),
        "how": list(line.how),
        "quantity": _text(line.quantity),
        "reason": dict(line.reason) if line.reason is not None else None,
    }


def _read_line(line: Mapping[str, Any]) -> QuoteLine:
    return QuoteLine(
        kind=line["kind"],
        name=line["name"],
        label=line["label"],
        amount=Decimal(line["amount"]),
        how=tuple(line["how"]),
        quantity=_number(line["quantity"]),
        reason=line["reason"],
    )


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
