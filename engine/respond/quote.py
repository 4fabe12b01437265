"""A quote as computed: lines that add up, and how each came about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from ...dsl.frozen import frozen

LineKind = Literal["unit", "flat", "percent", "adjust", "minimum", "round", "tax"]
Texts = Mapping[str, str]  # by language; "" is for every language


@frozen
class QuoteLine:
    """One line. ``amount`` is what is charged for it, rounded; ``how`` the steps that lead to it, in figures
    that read alike in every language; ``reason`` why it is there (adjustments, and what staff changed)."""

    kind: LineKind
    name: str
    label: Texts
    amount: Decimal
    how: tuple[str, ...]
    quantity: Decimal | None = None
    reason: Texts | None = None


@frozen
class Quote:
    """A quote. The amounts of ``lines``, tax last, add up to ``total``; ``net`` is the total without tax.

    ``starts`` and ``ends`` are the first and the last day that it is for. ``approval``: why a person has to
    approve it before it is sent; empty: nobody has to. ``round_to`` and ``tax_rate`` are kept for changes.
    """

    pricebook: str
    currency: str
    title: Texts
    quantity: Decimal | None
    starts: date | None
    ends: date | None
    lines: tuple[QuoteLine, ...]
    net: Decimal
    tax: Decimal
    total: Decimal
    approval: str
    round_to: Decimal
    tax_rate: Decimal | None


@frozen
class NoQuote:
    """Why no quote can be made. ``unknown`` are the expressions that had no value, as written."""

    reason: str
    unknown: tuple[str, ...] = ()
