"""What ``sum avg min max`` give for the present values of the records that count (at least one)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from .operations import EXTREMES, MONEY_EXTREMES, divide_away, finite, int64, micros, money_of
from .types import Kind, Money, Settings, Type, Value

NUMBER_PLACES = 9  # numbers are summed as decimals of so many places: in any order, the same sum
NUMBER_SCALE = 10**NUMBER_PLACES
SUM_LIMIT = 10**29  # scaled: a sum with a larger input is missing, so that 10⁹ of them fit decimal(38)


def zero(type_: Type, settings: Settings) -> Value:
    """The sum of nothing; of money without a currency of its own, in the project's."""
    if type_.kind is Kind.MONEY:
        return Money(Decimal(0), type_.currency or settings.currency)
    return 0 if type_.kind is Kind.INT else 0.0


def scaled(x: float) -> int | None:
    """A number in 10⁻⁹, half away from zero, computed as IEEE double times 10⁹; None over the limit."""
    product = x * 1e9
    if not abs(product) < SUM_LIMIT:
        return None
    whole = int(abs(product))
    whole += abs(product) - whole >= 0.5
    return -whole if product < 0 else whole


def _total(values: Sequence[Any]) -> int | None:
    """The sum in the unit in which values of this kind are counted exactly."""
    if isinstance(values[0], int):
        return int64(sum(values))
    if isinstance(values[0], float):
        counts = [scaled(value) for value in values]
    else:
        counts = [_limited(micros(value.amount)) for value in values]
        if len({value.currency for value in values}) > 1:
            return None
    return None if None in counts else sum(count for count in counts if count is not None)


def _limited(count: int) -> int | None:
    return count if abs(count) < SUM_LIMIT else None


def add_up(values: Sequence[Any]) -> Value:
    """The exact sum; missing on overflow and over two currencies."""
    total = _total(values)
    if total is None or isinstance(values[0], int):
        return total
    if isinstance(values[0], float):
        return finite(total / NUMBER_SCALE)
    return money_of(total, values[0].currency)


def average(values: Sequence[Any]) -> Value:
    """The sum divided by how many there are: money to six places, half away; else a number."""
    total = _total(values)
    if total is None:
        return None
    if isinstance(values[0], Money):
        count = divide_away(total, len(values))
        return None if count is None else money_of(count, values[0].currency)
    return (float(total) if isinstance(values[0], int) else total / NUMBER_SCALE) / float(len(values))


def _extreme(name: str) -> Callable[[Sequence[Any]], Value]:
    def pick(values: Sequence[Any]) -> Value:
        extreme: Value = (MONEY_EXTREMES if isinstance(values[0], Money) else EXTREMES)[name](
            *values, values[0]
        )
        return extreme

    return pick


AGGREGATES: Mapping[str, Callable[[Sequence[Any]], Value]] = {
    "sum": add_up,
    "avg": average,
    "min": _extreme("min"),
    "max": _extreme("max"),
}
