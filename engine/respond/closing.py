"""What ends every quote, computed or changed by staff: the minimum, rounding, tax, and the sums."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from ...dsl.frozen import frozen
from ..forms.wording import ALL
from .figures import amount_text, percent_text, rounded, unit_of
from .quote import QuoteLine

_MINIMUM = {ALL: "Minimum", "ja": "最低料金"}
_ROUNDING = {ALL: "Rounding", "ja": "端数調整"}
_TAX = {ALL: "Tax", "ja": "消費税"}
CLOSING = frozenset({"minimum", "round", "tax"})  # the kinds of these lines


class QuoteError(Exception):
    """A figure that a quote needs is not there or means nothing; the text says which. ``unknown``: the
    expressions that had no value."""

    def __init__(self, reason: str, *unknown: str) -> None:
        super().__init__(reason)
        self.unknown = unknown


@frozen
class Terms:
    """What holds for the whole quote. ``round_to``: what the amount before tax is a multiple of; ``tax_rate``
    None: no tax is shown."""

    currency: str
    round_to: Decimal
    tax_rate: Decimal | None


def settle(amount: Decimal, how: str, currency: str) -> tuple[Decimal, tuple[str, ...]]:
    """What is charged for an exact amount, and the steps to it: where rounding changed it, that is one."""
    charged = rounded(amount, unit_of(currency))
    if charged == amount:
        return charged, (how,)
    shown = amount_text(amount.quantize(Decimal("0.000001")), currency)
    return charged, (how, f"{shown} → {amount_text(charged, currency)}")


def closed(lines: Sequence[QuoteLine], terms: Terms, minimum: Decimal | None) -> tuple[QuoteLine, ...]:
    """The lines with those that close a quote. Raises ``QuoteError``: more is taken off than there is."""
    found = [*lines, *_up_to(minimum, sum_of(lines), terms.currency)]
    if sum_of(found) < 0:
        short = amount_text(sum_of(found), terms.currency)
        raise QuoteError(f"more is taken off than there is: {short} before tax")
    found += _rounding(sum_of(found), terms)
    found += _tax(sum_of(found), terms)
    return tuple(found)


def _up_to(minimum: Decimal | None, so_far: Decimal, currency: str) -> list[QuoteLine]:
    if minimum is None or so_far >= minimum:
        return []
    how = f"{amount_text(minimum, currency)} − {amount_text(so_far, currency)}"
    charged, steps = settle(minimum - so_far, how, currency)
    return [QuoteLine("minimum", "minimum", _MINIMUM, charged, steps)]


def _rounding(so_far: Decimal, terms: Terms) -> list[QuoteLine]:
    to = rounded(so_far, terms.round_to)
    if to == so_far:
        return []
    how = f"{amount_text(so_far, terms.currency)} → {amount_text(to, terms.currency)}"
    return [QuoteLine("round", "round", _ROUNDING, to - so_far, (how,))]


def _tax(net: Decimal, terms: Terms) -> list[QuoteLine]:
    if terms.tax_rate is None:
        return []
    how = f"{percent_text(terms.tax_rate)} × {amount_text(net, terms.currency)}"
    charged, steps = settle(net * terms.tax_rate, how, terms.currency)
    return [QuoteLine("tax", "tax", _TAX, charged, steps)]


def sum_of(lines: Iterable[QuoteLine]) -> Decimal:
    """What the lines come to."""
    return sum((line.amount for line in lines), Decimal(0))


def tax_of(lines: Iterable[QuoteLine]) -> Decimal:
    """The tax among them."""
    return sum_of(line for line in lines if line.kind == "tax")
