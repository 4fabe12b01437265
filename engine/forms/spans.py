"""Days and moments that lie a written span ahead."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta

from ...dsl.types import Duration


def shifted(day: date, months: int) -> date:
    """The same day of a later (negative: earlier) month, clamped to that month's end."""
    at = day.year * 12 + day.month - 1 + months
    year, month = divmod(at, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def last_day(first: date, span: Duration) -> date:
    """The day that lies a span in days, weeks, months or years after another."""
    if span.unit in ("mo", "y"):
        return shifted(first, span.amount * (12 if span.unit == "y" else 1))
    return first + timedelta(days=span.amount * (7 if span.unit == "w" else 1))


def closes_at(span: Duration, now: datetime) -> datetime:
    """When what is open for a span from now on ends."""
    return datetime.combine(last_day(now.date(), span), now.timetz())
