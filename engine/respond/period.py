"""What share of its price a shorter or longer period costs."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from ...dsl.frozen import frozen
from ...dsl.types import Duration
from ..forms.spans import shifted

MAX_YEARS = 50


@frozen
class Share:
    """A number of whole price periods, exactly. ``text`` says how it was counted."""

    periods: Fraction
    text: str


def share_of(start: date, end: date, anchor: date, per: Duration) -> Share:
    """How many price periods lie from ``start`` to the day before ``end``.

    Periods are laid out from ``anchor`` both ways (the same day of later months, the month's last where it
    has none). A part of one counts by its days; so with one anchor, the shares of consecutive stretches add
    up to that of the whole. ``ValueError``: ``end`` is not after ``start``, or more than 50 years
    are concerned.
    """
    if end <= start:
        raise ValueError(f"the period ends on {end}, and begins on {start}")
    if (end - min(start, anchor)).days > MAX_YEARS * 366 or (anchor - start).days > MAX_YEARS * 366:
        raise ValueError(f"the period from {start} to {end} is longer than {MAX_YEARS} years")
    months = per.amount * (12 if per.unit == "y" else 1)
    index = ((start.year - anchor.year) * 12 + start.month - anchor.month) // months - 1
    total, whole, parts = Fraction(0), 0, []
    while (first := shifted(anchor, index * months)) < end:
        after = shifted(anchor, (index + 1) * months)
        days = (min(end, after) - max(start, first)).days
        length = (after - first).days
        if days == length:
            whole += 1
        elif days > 0:
            parts.append(f"{days}/{length}")
        total += Fraction(max(days, 0), length)
        index += 1
    return Share(total, " + ".join([*([str(whole)] if whole else []), *parts]))
