"""Quiet hours beside a search minute by minute, over clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playcall.engine.catalog.contact_rules import QuietHours
from playcall.engine.decide.quiet import next_good_hour

NIGHT = QuietHours(time(19), time(8), weekends=False, holidays=False)
NOON = QuietHours(time(12), time(13, 30), weekends=False, holidays=False)
WEEKEND = QuietHours(time(19), time(8), weekends=True, holidays=True)
ZONES = ("Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
# Around both clock changes of Berlin in 2026, and the days of others near them.
MOMENTS = st.datetimes(datetime(2026, 3, 6), datetime(2026, 4, 7)) | st.datetimes(
    datetime(2026, 10, 2), datetime(2026, 11, 3)
)


def is_quiet(at: datetime, quiet: QuietHours, zone: ZoneInfo) -> bool:
    local = at.astimezone(zone)
    if quiet.weekends and local.weekday() >= 5:
        return True
    if quiet.start < quiet.end:
        return quiet.start <= local.time() < quiet.end
    return local.time() >= quiet.start or local.time() < quiet.end


@given(MOMENTS, st.sampled_from(ZONES), st.sampled_from([NIGHT, NOON, WEEKEND]))
@settings(deadline=None, max_examples=200)
def test_it_is_the_first_moment_that_is_not_quiet(moment: datetime, name: str, quiet: QuietHours) -> None:
    now, zone = moment.replace(tzinfo=UTC, second=0, microsecond=0), ZoneInfo(name)
    expected = now
    while is_quiet(expected, quiet, zone):
        expected += timedelta(minutes=1)
    assert next_good_hour(now, quiet, name, "") == expected


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        # 02:30 does not exist on 29 March: 03:30 is meant.
        ("Europe/Berlin", "2026-03-29T00:10", "2026-03-29T01:30"),
        # 02:30 is there twice on 25 October: the first.
        ("Europe/Berlin", "2026-10-24T22:10", "2026-10-25T00:30"),
    ],
)
def test_an_end_that_a_clock_change_meets(zone: str, now: str, expected: str) -> None:
    quiet = QuietHours(time(22), time(2, 30), weekends=False, holidays=False)
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert next_good_hour(at, quiet, zone, "") == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "expected"),
    [("", "2026-12-25T07:00"), ("DE", "2026-12-28T07:00"), ("JP", "2026-12-25T07:00")],
)
def test_holidays_are_those_of_the_country(country: str, expected: str) -> None:
    """Friday, 25 December 2026; in Germany the 26th is one too, a Saturday."""
    at = datetime(2026, 12, 24, 20, tzinfo=UTC)
    found = next_good_hour(at, WEEKEND, "Europe/Berlin", country)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)
