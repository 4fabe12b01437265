"""Money in quotes: exact decimals, rounded once, half away from zero, to what the currency has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache

from ...dsl.literals import MONEY_PLACES
from ...dsl.types import Money
from ...dsl.values import money_text

# Digits of intermediate results: amounts have 21, quantities 19, shares of a period 12. A quotient that is
# not exact is so far from a tie that rounding it once more changes nothing.
_DIGITS = 80


@contextmanager
def exact() -> Iterator[None]:
    """Arithmetic that loses nothing of a quote's figures."""
    with localcontext() as context:
        context.prec = _DIGITS
        yield


@lru_cache(maxsize=256)
def unit_of(currency: str) -> Decimal:
    """The smallest amount of a currency in prices (CLDR): 1 for JPY, 0.01 for USD."""
    from babel.numbers import get_currency_precision

    return Decimal(1).scaleb(-get_currency_precision(currency))


def rounded(amount: Decimal, step: Decimal) -> Decimal:
    """The multiple of ``step`` nearest to an amount; halves go away from zero."""
    return (amount / step).quantize(Decimal(1), ROUND_HALF_UP) * step


def decimal_of(number: float) -> Decimal:
    """A number as money meets it (SPEC 4): through its shortest decimal, six places, half away from zero."""
    return Decimal(repr(number)).quantize(Decimal(1).scaleb(-MONEY_PLACES), ROUND_HALF_UP)


def figure(number: Decimal) -> str:
    """A quantity or share in plain digits."""
    text = f"{number.normalize():f}"
    return "0" if text == "-0" else text


def percent_text(share: Decimal) -> str:
    """``0.03`` as ``3%``."""
    return f"{figure(share * 100)}%"


def amount_text(amount: Decimal, currency: str) -> str:
    """``462000 JPY``, ``12.50 USD``."""
    return money_text(Money(amount, currency))
