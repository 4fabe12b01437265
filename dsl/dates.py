"""What the functions of dates and times do with present values, in Python.

A date beyond the years 1 to 9999 is missing. Whatever needs "today" takes it in the project's time zone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Protocol

from .types import Duration, Settings

MINUTES = {"min": 1, "h": 60}
_MONTHS = {"mo": 1, "y": 12}
_DAYS = {"d": 1, "w": 7}
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
LAST_DAY = date.max.toordinal()


class BusinessDays(Protocol):
    """A business-day calendar with a first and a last day; beyond them every answer is missing."""

    def count(self, day: date) -> int | None:
        """How many business days there are from the calendar's first day to this one, both included."""

    def add(self, day: date, number: int) -> date | None:
        """The ``number``-th business day strictly after (negative: before) the day; the day itself for 0."""


class Now(Protocol):
    """A world, as far as dates need one."""

    @property
    def settings(self) -> Settings: ...

    @property
    def today(self) -> date: ...

    @property
    def calendar(self) -> BusinessDays: ...

    def local_date(self, moment: datetime) -> date:
        """The date of a moment in the project's time zone."""


def from_ordinal(ordinal: int) -> date | None:
    """The day with this number (1 is 0001-01-01), or missing out of range."""
    return date.fromordinal(ordinal) if 1 <= ordinal <= LAST_DAY else None


def days_in_month(year: int, month: int) -> int:
    """How many days a month has."""
    if month == 12:
        return 31
    return (date(year, month + 1, 1) - date(year, month, 1)).days


def add_days(day: date, number: int) -> date | None:
    return from_ordinal(day.toordinal() + number)


def subtract_days(day: date, number: int) -> date | None:
    return from_ordinal(day.toordinal() - number)


def add_months(day: date, number: int) -> date | None:
    """The same day so many months on, clamped to the month's end."""
    index = day.year * 12 + day.month - 1 + number
    year, month = index // 12, index % 12 + 1
    if not 1 <= year <= 9999:
        return None
    return date(year, month, min(day.day, days_in_month(year, month)))


def shift_day(calendar: BusinessDays, day: date, duration: Duration, sign: int) -> date | None:
    """A date moved by a duration, on (sign 1) or back (−1); missing where it has no such date."""
    number = duration.amount * sign
    if duration.unit in _DAYS:
        return add_days(day, number * _DAYS[duration.unit])
    if duration.unit in _MONTHS:
        return add_months(day, number * _MONTHS[duration.unit])
    if duration.unit == "bd":
        return calendar.add(day, number)
    return None  # hours and minutes on a date: the checker refuses them


def add_to_date(world: Now, day: date, duration: Duration) -> date | None:
    return shift_day(world.calendar, day, duration, 1)


def subtract_from_date(world: Now, day: date, duration: Duration) -> date | None:
    return shift_day(world.calendar, day, duration, -1)


def _shift_moment(world: Now, moment: datetime, duration: Duration, sign: int) -> datetime | None:
    """Hours and minutes are elapsed time. For days and more the moment moves by as many whole days of 24
    hours as its local date does, so that clock changes neither skip nor repeat it."""
    if duration.unit in MINUTES:
        delta = sign * duration.amount * MINUTES[duration.unit]
    else:
        local = world.local_date(moment)
        shifted = shift_day(world.calendar, local, duration, sign)
        if shifted is None:
            return None
        delta = (shifted - local).days * 24 * 60
    try:
        return moment + timedelta(minutes=delta)
    except OverflowError:
        return None


def add_to_moment(world: Now, moment: datetime, duration: Duration) -> datetime | None:
    return _shift_moment(world, moment, duration, 1)


def subtract_from_moment(world: Now, moment: datetime, duration: Duration) -> datetime | None:
    return _shift_moment(world, moment, duration, -1)


def days_between(later: date, earlier: date) -> int:
    return (later - earlier).days


def days_until(world: Now, day: date) -> int:
    return (day - world.today).days


def days_since(world: Now, day: date) -> int:
    return (world.today - day).days


def months_until(world: Now, day: date) -> int:
    """The largest n with today + n months (clamped) on or before the day."""
    today = world.today
    number = (day.year - today.year) * 12 + day.month - today.month
    clamped = min(today.day, days_in_month(day.year, day.month))
    return number - (day.day < clamped)


def business_days_until(world: Now, day: date) -> int | None:
    """Business days in (today, day]; negative, those in (day, today], for a day that is past."""
    until, now = world.calendar.count(day), world.calendar.count(world.today)
    return None if until is None or now is None else until - now


def add_business_days(world: Now, day: date, number: int) -> date | None:
    return world.calendar.add(day, number)


def make_date(year: int, month: int, day: int) -> date | None:
    """The date of year, month and day, or missing where there is none."""
    if not (1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= days_in_month(year, month)):
        return None
    return date(year, month, day)


def fiscal_start(settings: Settings) -> tuple[int, int]:
    """(month, day) on which fiscal years begin; 29 February, which most years lack, means 1 March."""
    return (3, 1) if settings.fiscal_year == (2, 29) else settings.fiscal_year


def fiscal_year_end(world: Now, day: date) -> date | None:
    """The last day of the fiscal year that the day lies in."""
    start = fiscal_start(world.settings)
    year = day.year + ((day.month, day.day) >= start)
    if year > 9999:
        return date.max if start == (1, 1) else None
    return add_days(date(year, *start), -1)


def fiscal_quarter(world: Now, day: date) -> int:
    """1 to 4, counted from the fiscal year's first day."""
    month, first = fiscal_start(world.settings)
    return (day.month - month - (day.day < first)) % 12 // 3 + 1


def same_cycle_date(touch: str, cycle: date, tolerance: int) -> bool:
    """Whether a touch's cycle, kept as text, is the record's one, give or take some days of correction."""
    parts = _ISO_DATE.fullmatch(touch)
    earlier = make_date(*map(int, parts.groups())) if parts else None
    return earlier is not None and abs((cycle - earlier).days) <= tolerance


PARTS: Mapping[str, Callable[[date], int]] = {
    "year": lambda day: day.year,
    "month": lambda day: day.month,
    "quarter": lambda day: (day.month - 1) // 3 + 1,
    "weekday": lambda day: day.isoweekday(),
}
