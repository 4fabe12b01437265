"""Quiet hours: a message that would go at night, on a weekend or a holiday goes at the next good hour, by the
recipient's own clock and calendar."""

from __future__ import annotations

from collections.abc import Container
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from ..catalog.contact_rules import QuietHours

_MOST_DAYS: Final = 30  # nowhere are there so many days off in a row
_SATURDAY_AND_SUNDAY: Final = frozenset({5, 6})


@lru_cache(maxsize=100_000)
def next_good_hour(now: datetime, quiet: QuietHours, timezone: str, country: str) -> datetime:
    """``now``, or the first moment after it that is not quiet, in UTC. Of wall times that a clock change
    skips, those after it are meant; of times that it repeats, the first."""
    zone = ZoneInfo(timezone)
    local = now.astimezone(zone)
    for _ in range(_MOST_DAYS):
        if _is_off(local.date(), quiet, country):
            local = _at(local.date() + timedelta(days=1), zone, quiet, first=True)
        elif (until := _quiet_until(local, quiet)) is not None:
            local = _at(until, zone, quiet, first=False)
        else:
            break
    return max(now, local.astimezone(UTC))


def _quiet_until(local: datetime, quiet: QuietHours) -> date | None:
    """The day on whose ``end`` the quiet hours at this time are over; None where it is not quiet."""
    time = local.time()
    over_midnight = quiet.end < quiet.start
    if over_midnight and time >= quiet.start:
        return local.date() + timedelta(days=1)
    if time < quiet.end and (over_midnight or time >= quiet.start):
        return local.date()
    return None


def _at(day: date, zone: ZoneInfo, quiet: QuietHours, *, first: bool) -> datetime:
    """A day's ``end`` of quiet hours; with ``first``, its midnight where no quiet hours lie before."""
    midnight = first and quiet.start < quiet.end
    wall = datetime.combine(day, datetime.min.time() if midnight else quiet.end, zone)
    return wall.astimezone(UTC).astimezone(zone)


def _is_off(day: date, quiet: QuietHours, country: str) -> bool:
    if not (quiet.weekends or quiet.holidays):
        return False
    weekend, holidays = _days_off(country, day.year)
    return (quiet.weekends and day.weekday() in weekend) or (quiet.holidays and day in holidays)


@lru_cache(maxsize=1_000)
def _days_off(country: str, year: int) -> tuple[Container[int], Container[date]]:
    """The weekdays (Monday 0) that are weekend in a country, and its public holidays."""
    if not country:
        return _SATURDAY_AND_SUNDAY, frozenset()
    import holidays

    known = holidays.country_holidays(country, years=year)
    return frozenset(known.weekend), frozenset(known)


@lru_cache(maxsize=10_000)
def is_timezone(name: str) -> bool:
    """Whether a text is an IANA time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


@lru_cache(maxsize=10_000)
def is_country(code: str) -> bool:
    """Whether the holidays of a country are known."""
    import holidays

    return code in holidays.list_supported_countries()
