"""Price books as checked: the lines of a quote, what is added and taken off, and how it is rounded and taxed.

Every figure is an expression about the record: what a price book says is evaluated for one record, and the
quote is computed from those values (``engine.respond.quoting``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from ...dsl.frozen import frozen
from ...dsl.source import Location
from ...dsl.typed import Checked
from ...dsl.types import Duration
from .late import Late
from .wording import Wording

# What `approve` may read besides the record: the amount to pay, and that before tax.
TOTALS = ("total", "net")


@frozen
class Tier:
    """A price for quantities from ``start`` on; ``end`` is the last one it holds for (None: the next tier's
    start less one, or no end)."""

    start: int
    end: int | None
    price: Checked


@frozen
class PerUnit:
    """A price a unit. ``graduated``: each unit costs what its own tier says; otherwise (volume) all cost what
    the tier of the whole quantity says. ``quantity``: this line's own, else the price book's."""

    tiers: tuple[Tier, ...]
    graduated: bool
    quantity: Checked | None


@frozen
class Flat:
    """One amount."""

    amount: Checked


@frozen
class PercentOf:
    """A share of other lines, as they stand in the quote."""

    percent: Checked
    of: tuple[str, ...]


@frozen
class Line:
    """One line. ``once``: it is charged in full however long the period is."""

    name: str
    label: Wording
    price: PerUnit | Flat | PercentOf
    condition: Checked | None
    once: bool
    location: Location


@frozen
class Adjustment:
    """What is added (or, negative, taken off) after the lines: ``percent`` of what stands so far, or
    ``amount``. Exactly one of the two is set."""

    name: str
    label: Wording
    percent: Checked | None
    amount: Checked | None
    reason: Wording
    condition: Checked | None


@frozen
class Period:
    """What the quote is for: from ``start`` to the day before ``end``. Prices are for ``per``, counted from
    ``anchor`` (None: ``start``); a shorter or longer period costs its share, by days."""

    start: Checked
    end: Checked
    anchor: Checked | None
    per: Duration


@frozen
class PriceBook:
    """How a quote for a record of ``entity`` is made. ``round_to``: what the amount before tax is rounded to
    (None: the currency's own unit). No line is, over others, a share of itself. ``export``: the channels to
    which an accepted quote goes."""

    name: str
    entity: str
    currency: str
    title: Wording
    quantity: Checked | None
    period: Period | None
    lines: Mapping[str, Line]
    adjust: tuple[Adjustment, ...]
    minimum: Checked | None
    round_to: Decimal | None
    tax: Checked | None
    approve: Late | None
    valid_for: Duration | None
    location: Location
    export: tuple[str, ...] = ()

    def reads(self) -> Iterator[Checked]:
        """Every expression that the record decides."""
        period = self.period
        yield from self.title.reads()
        yield from _there(self.quantity, self.minimum, self.tax)
        yield from _there(period.start, period.end, period.anchor) if period else ()
        for line in self.lines.values():
            yield from line.label.reads()
            yield from _there(line.condition)
            yield from _of_price(line.price)
        for one in self.adjust:
            yield from (*one.label.reads(), *one.reason.reads())
            yield from _there(one.condition, one.percent, one.amount)
        yield from self.approve.known if self.approve else ()


def _of_price(price: PerUnit | Flat | PercentOf) -> Iterator[Checked]:
    match price:
        case PerUnit(tiers, _, quantity):
            yield from (tier.price for tier in tiers)
            yield from _there(quantity)
        case Flat(amount):
            yield amount
        case PercentOf(percent):
            yield percent


def _there(*parts: Checked | None) -> tuple[Checked, ...]:
    return tuple(part for part in parts if part is not None)
