"""What staff changes in a quote: each change has a reason, and becomes part of the next revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from ...dsl.frozen import frozen
from ..forms.wording import ALL
from .closing import CLOSING, QuoteError, Terms, closed, sum_of, tax_of
from .figures import amount_text, exact, rounded, unit_of
from .quote import Quote, QuoteLine


@frozen
class SetAmount:
    """A line comes to another amount."""

    line: str
    amount: Decimal
    reason: str


@frozen
class RemoveLine:
    """A line goes. The revision's reason says why."""

    line: str


@frozen
class AddLine:
    """A line is added, or (negative) something taken off."""

    label: str
    amount: Decimal
    reason: str


Amendment = SetAmount | RemoveLine | AddLine


def amended(quote: Quote, amendments: Sequence[Amendment]) -> Quote:
    """The quote with changes, closed anew: rounding and tax follow, and no minimum is added (a person has
    decided). Shares of changed lines stay as they are. Nobody has to approve what staff has set. Raises
    ``QuoteError`` for a line that is not there, and where more is taken off than there is."""
    lines = [line for line in quote.lines if line.kind not in CLOSING or line.kind == "minimum"]
    terms = Terms(quote.currency, quote.round_to, quote.tax_rate)
    with exact():
        for amendment in amendments:
            lines = _applied(lines, amendment, quote.currency)
        found = closed(lines, terms, None)
    tax = tax_of(found)
    total = sum_of(found)
    return replace(quote, lines=found, net=total - tax, tax=tax, total=total, approval="")


def _applied(lines: Sequence[QuoteLine], amendment: Amendment, currency: str) -> list[QuoteLine]:
    match amendment:
        case AddLine(label, amount, reason):
            charged = _whole(amount, currency)
            how = (amount_text(charged, currency),)
            name = f"added-{sum(line.name.startswith('added-') for line in lines) + 1}"
            return [*lines, QuoteLine("adjust", name, {ALL: label}, charged, how, reason={ALL: reason})]
        case RemoveLine(name):
            _require(lines, name)
            return [line for line in lines if line.name != name]
        case SetAmount(name, amount, reason):
            _require(lines, name)
            charged = _whole(amount, currency)
            return [_set(line, charged, reason, currency) if line.name == name else line for line in lines]


def _set(line: QuoteLine, amount: Decimal, reason: str, currency: str) -> QuoteLine:
    step = f"{amount_text(line.amount, currency)} → {amount_text(amount, currency)}"
    return replace(line, amount=amount, how=(*line.how, step), reason={ALL: reason})


def _whole(amount: Decimal, currency: str) -> Decimal:
    """An amount as staff typed it: one that the currency does not have is refused, not rounded."""
    if rounded(amount, unit_of(currency)) != amount:
        smallest = amount_text(unit_of(currency), currency)
        raise QuoteError(f"{amount:f} {currency} is no whole multiple of {smallest}")
    return amount.quantize(unit_of(currency))


def _require(lines: Sequence[QuoteLine], name: str) -> None:
    if not any(line.name == name for line in lines):
        known = ", ".join(line.name for line in lines)
        raise QuoteError(f"the quote has no line `{name}` that can be changed; there are: {known}")
