"""What operators and functions of numbers, money, text and truth do with present values, in Python.

These are the reference. A result that the language has no value for (an overflow, a division by zero) is
None. Limits are those of the bulk engine's types, so that both say "missing" in the same places: an int has
64 bits, a money amount is decimal(38, 6) and its intermediate products fit 128 bits.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol

from .types import Money, Settings, Value

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
MICRO = 10**6  # money is counted in millionths
MONEY_LIMIT = 10**38  # of millionths: decimal(38, 6)
WIDE_LIMIT = 2**127  # of intermediate products: 128-bit integers
RATE_SCALE = 10**12  # exchange rates have twelve places


class HasSettings(Protocol):
    """A world, as far as ``convert`` needs one."""

    @property
    def settings(self) -> Settings: ...


def int64(x: int) -> int | None:
    """The integer, or missing where it does not fit 64 bits."""
    return x if INT_MIN <= x <= INT_MAX else None


def finite(x: float) -> float | None:
    """The number, or missing where it is infinite or not a number."""
    return x if math.isfinite(x) else None


def add_int(a: int, b: int) -> int | None:
    return int64(a + b)


def subtract_int(a: int, b: int) -> int | None:
    return int64(a - b)


def multiply_int(a: int, b: int) -> int | None:
    return int64(a * b)


def negate_int(a: int) -> int | None:
    return int64(-a)


def abs_int(a: int) -> int | None:
    return int64(abs(a))


def modulo_int(a: int, n: int) -> int | None:
    """The remainder with the divisor's sign."""
    return a % n if n else None


def add_number(a: float, b: float) -> float | None:
    return finite(a + b)


def subtract_number(a: float, b: float) -> float | None:
    return finite(a - b)


def multiply_number(a: float, b: float) -> float | None:
    return finite(a * b)


def divide_number(a: float, b: float) -> float | None:
    return finite(a / b) if b else None


def modulo_number(a: float, n: float) -> float | None:
    """``a - n * floor(a / n)``: what every engine can compute with the same bits."""
    if not n or not math.isfinite(a / n):
        return None
    return finite(a - n * float(math.floor(a / n)))


def floor(x: float) -> int | None:
    return int64(math.floor(x))


def ceil(x: float) -> int | None:
    return int64(math.ceil(x))


def round_away(x: float) -> int | None:
    """To the nearest integer, half away from zero."""
    whole = math.floor(abs(x))
    whole += abs(x) - whole >= 0.5
    return int64(-whole if x < 0 else whole)


# -- money: amounts are counted in millionths ---------------------------------------------------------------


def micros(amount: Decimal) -> int:
    """The amount in millionths; places after the sixth, which facts do not have, are cut."""
    numerator, denominator = amount.as_integer_ratio()
    return abs(numerator) * MICRO // denominator * (-1 if numerator < 0 else 1)


def money_of(count: int, currency: str) -> Money | None:
    """So many millionths; missing beyond decimal(38, 6)."""
    if abs(count) >= MONEY_LIMIT:
        return None
    sign, digits = (1 if count < 0 else 0), tuple(map(int, str(abs(count))))
    return Money(Decimal((sign, digits, -6)), currency)


def number_micros(x: float) -> int | None:
    """A number as millionths, half away from zero, computed as IEEE double times 10⁶."""
    scaled = x * 1e6
    if not math.isfinite(scaled) or abs(scaled) >= 1e38:
        return None
    whole = math.floor(abs(scaled))
    whole += abs(scaled) - whole >= 0.5
    return -whole if scaled < 0 else whole


def _rounded_product(product: int, unit: int, currency: str) -> Money | None:
    """A product that counts more than millionths, rounded to them; missing where decimal(38) overflows."""
    if abs(product) >= MONEY_LIMIT:
        return None
    return money_of((abs(product) + unit // 2) // unit * (-1 if product < 0 else 1), currency)


def divide_away(a: int, b: int) -> int | None:
    """a / b to the nearest integer, half away from zero, within 128-bit intermediates."""
    doubled, divisor = 2 * abs(a) + abs(b), 2 * abs(b)
    if doubled >= WIDE_LIMIT or divisor >= WIDE_LIMIT:
        return None
    return doubled // divisor * (1 if (a < 0) == (b < 0) else -1)


def add_money(a: Money, b: Money) -> Money | None:
    if a.currency != b.currency:
        return None
    return money_of(micros(a.amount) + micros(b.amount), a.currency)


def subtract_money(a: Money, b: Money) -> Money | None:
    if a.currency != b.currency:
        return None
    return money_of(micros(a.amount) - micros(b.amount), a.currency)


def multiply_money(m: Money, x: float) -> Money | None:
    factor = number_micros(x)
    if factor is None:
        return None
    product = micros(m.amount) * factor
    return _rounded_product(product, MICRO, m.currency)


def divide_money(m: Money, x: float) -> Money | None:
    divisor = number_micros(x)
    if not divisor:
        return None
    widened = micros(m.amount) * MICRO
    rounded = divide_away(widened, divisor)
    return None if rounded is None else money_of(rounded, m.currency)


def money_ratio(a: Money, b: Money) -> float | None:
    if a.currency != b.currency or not b.amount:
        return None
    return finite(float(a.amount) / float(b.amount))


def negate_money(m: Money) -> Money | None:
    return money_of(-micros(m.amount), m.currency)


def abs_money(m: Money) -> Money | None:
    return money_of(abs(micros(m.amount)), m.currency)


def _round_micros(count: int) -> int:
    return (abs(count) + MICRO // 2) // MICRO * MICRO * (-1 if count < 0 else 1)


def _floor_micros(count: int) -> int:
    return count // MICRO * MICRO


def _ceil_micros(count: int) -> int:
    return -(-count // MICRO) * MICRO


def _whole_money(round_count: Callable[[int], int]) -> Callable[[Money], Money | None]:
    return lambda m: money_of(round_count(micros(m.amount)), m.currency)


# By name: of a number, giving an int; of money, giving whole units of its currency.
ROUNDINGS: Mapping[str, tuple[Callable[[float], int | None], Callable[[Money], Money | None]]] = {
    "round": (round_away, _whole_money(_round_micros)),
    "floor": (floor, _whole_money(_floor_micros)),
    "ceil": (ceil, _whole_money(_ceil_micros)),
}


def exchange_factor(settings: Settings, source: str, target: str) -> int | None:
    """What one unit of ``source`` is worth in ``target``, in 10⁻¹², half away; None without a rate."""
    rates = {**settings.rates, settings.currency: Decimal(1)}
    if source == target:
        return RATE_SCALE
    if source not in rates or not rates.get(target):
        return None
    top, bottom = rates[source].as_integer_ratio(), rates[target].as_integer_ratio()
    a, b = top[0] * bottom[1] * RATE_SCALE, top[1] * bottom[0]
    return (2 * abs(a) + abs(b)) // (2 * abs(b)) * (1 if (a < 0) == (b < 0) else -1)


def convert(world: HasSettings, m: Money, target: str) -> Money | None:
    """The amount in another currency by the project's rates, to six places, half away from zero."""
    factor = exchange_factor(world.settings, m.currency, target)
    if factor is None:
        return None
    product = micros(m.amount) * factor
    return _rounded_product(product, RATE_SCALE, target)


def _extreme_money(pick: Callable[..., Any]) -> Callable[..., Money | None]:
    def extreme(*values: Money) -> Money | None:
        if len({m.currency for m in values}) > 1:
            return None
        return Money(pick(m.amount for m in values), values[0].currency)

    return extreme


EXTREMES: Mapping[str, Callable[..., Any]] = {"min": min, "max": max}
MONEY_EXTREMES = {name: _extreme_money(pick) for name, pick in EXTREMES.items()}


# -- comparison, choice, logic ----------------------------------------------------------------------------

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compare_money(compare: Callable[[Any, Any], bool]) -> Callable[[Money, Money], bool | None]:
    """A comparison of amounts, missing between two currencies."""
    return lambda a, b: compare(a.amount, b.amount) if a.currency == b.currency else None


def is_same(a: Value, b: Value) -> bool:
    """Equality that is never unknown: missing is the same as missing; two currencies are not the same."""
    return a == b


def is_not_same(a: Value, b: Value) -> bool:
    return a != b


def contained(x: Value, items: Sequence[Value]) -> bool | None:
    """``x in items`` as a chain of ``or``: unknown if it is not found and an item, or x, is missing.

    Money of another currency is an unknown comparison here too.
    """
    if x is None:
        return None
    unknown = False
    for item in items:
        if item is None or (isinstance(x, Money) and isinstance(item, Money) and x.currency != item.currency):
            unknown = True
        elif item == x:
            return True
    return None if unknown else False


def not_contained(x: Value, items: Sequence[Value]) -> bool | None:
    return negate(contained(x, items))


def negate(x: bool | None) -> bool | None:
    return None if x is None else not x


def kleene_and(a: bool | None, b: bool | None) -> bool | None:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def kleene_or(a: bool | None, b: bool | None) -> bool | None:
    if a is True or b is True:
        return True
    return None if a is None or b is None else False


def choose(condition: bool | None, then: Value, otherwise: Value) -> Value:
    if condition is None:
        return None
    return then if condition else otherwise


def default(x: Value, otherwise: Value) -> Value:
    return otherwise if x is None else x


# -- text ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _pattern(text: str) -> Any:
    """The compiled RE2 pattern, or None where it is not one."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except re2.error:
        return None


def is_pattern(text: str) -> bool:
    """Whether a text is a regular expression of RE2 (for the checker)."""
    return _pattern(text) is not None


def matches(text: str, pattern: str) -> bool | None:
    compiled = _pattern(pattern)
    return None if compiled is None else compiled.search(text) is not None


TEXT_TESTS: Mapping[str, Callable[[str, str], bool | None]] = {
    "contains": lambda text, part: part in text,
    "starts with": lambda text, part: text.startswith(part),
    "matches": matches,
}


def negated(test: Callable[[str, str], bool | None]) -> Callable[[str, str], bool | None]:
    """The opposite test; missing stays missing."""
    return lambda text, part: negate(test(text, part))


def lower(text: str) -> str:
    """Each code point to its lower case, one to one (no final sigma, no locale)."""
    return "".join("i" if c == "İ" else c.lower() for c in text)


def upper(text: str) -> str:
    """Each code point to its upper case, one to one; what has only a longer one stays."""
    return "".join(map(_upper, text))


def _upper(c: str) -> str:
    """Greek letters with a subscript iota have their single capital as title case."""
    if c == "ß":
        return "ẞ"
    return next((mapped for mapped in (c.upper(), c.title()) if len(mapped) == 1), c)
