"""Business days: every day but weekends and the public holidays of one country.

The calendar covers the ten calendar years before and after a day at hand (``Calendar.around``); what
lies outside is missing, in the interpreter and in the bulk engine alike. The days come from the
``holidays`` package, which also knows weekends other than Saturday and Sunday and working Saturdays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from .frozen import frozen
from .types import Settings

YEARS_AROUND = 10


@frozen
class Calendar:
    """The business days of a country (code of the ``holidays`` package; "": no holidays) in a range."""

    country: str
    first: date
    last: date

    @classmethod
    def around(cls, settings: Settings, today: date) -> Calendar:
        """The project's calendar over the years around a day."""
        first = date(max(1, today.year - YEARS_AROUND), 1, 1)
        return cls(settings.holidays, first, date(min(9999, today.year + YEARS_AROUND), 12, 31))

    def count(self, day: date) -> int | None:
        """How many business days lie between the first day of the range and this one, both included."""
        if not self.first <= day <= self.last:
            return None
        return _counts(self.country, self.first, self.last)[(day - self.first).days]

    def add(self, day: date, number: int) -> date | None:
        """The ``number``-th business day strictly after (negative: before) the day; the day itself for 0."""
        if number == 0:
            return day
        count = self.count(day)
        if count is None:
            return None
        days = _business_days(self.country, self.first, self.last)
        is_business_day = count > 0 and days[count - 1] == day
        position = count + number - (1 if number > 0 or is_business_day else 0)
        return days[position] if 0 <= position < len(days) else None

    def rows(self) -> Iterator[tuple[date, int, int | None]]:
        """The table ``_calendar``: each day, its count, and on a business day the count again (so that the
        n-th business day can be looked up)."""
        before = 0
        for offset, count in enumerate(_counts(self.country, self.first, self.last)):
            day = date.fromordinal(self.first.toordinal() + offset)
            yield day, count, count if count > before else None
            before = count


@lru_cache(maxsize=8)
def _counts(country: str, first: date, last: date) -> tuple[int, ...]:
    business = set(_business_days(country, first, last))
    counts, total = [], 0
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        total += date.fromordinal(ordinal) in business
        counts.append(total)
    return tuple(counts)


@lru_cache(maxsize=8)
def _business_days(country: str, first: date, last: date) -> tuple[date, ...]:
    days = (date.fromordinal(ordinal) for ordinal in range(first.toordinal(), last.toordinal() + 1))
    if not country:
        return tuple(day for day in days if day.isoweekday() <= 5)
    import holidays

    known = holidays.country_holidays(country, years=range(first.year, last.year + 1))
    return tuple(day for day in days if known.is_working_day(day))
