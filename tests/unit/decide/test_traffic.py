"""Room in rolling windows, beside a recount of every window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playcall.engine.decide.traffic import first_room, fits

START = datetime(2026, 3, 1, tzinfo=UTC)
HOURS = st.integers(0, 60)


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def fullest(times: list[datetime], window: timedelta) -> int:
    """How many fall into the fullest window, each counted anew."""
    return max((sum(first <= one < first + window for one in times) for first in times), default=0)


@given(st.lists(HOURS, max_size=12), HOURS, st.integers(1, 4), st.integers(1, 30))
def test_there_is_room_where_no_window_gets_too_full(
    hours: list[int], new: int, count: int, window: int
) -> None:
    times, span = sorted(map(at, hours)), timedelta(hours=window)
    around = [one for one in times if abs(one - at(new)) < span]
    if fullest(times, span) > count:
        return  # the past may have broken a cap that is new
    assert fits(times, at(new), count, span) == (fullest([*around, at(new)], span) <= count)


@given(st.lists(HOURS, max_size=12), HOURS, st.integers(1, 4), st.integers(1, 30))
def test_the_first_room_is_the_first(hours: list[int], new: int, count: int, window: int) -> None:
    times, span = sorted(map(at, hours)), timedelta(hours=window)
    found = first_room(times, at(new), count, span)
    assert fits(times, found, count, span)
    hour = new
    while at(hour) < found:
        assert not fits(times, at(hour), count, span)
        hour += 1


@pytest.mark.parametrize(("hour", "room"), [(23, False), (24, True), (25, True)])
def test_a_window_ends_before_its_end(hour: int, room: bool) -> None:
    assert fits([at(0)], at(hour), 1, timedelta(hours=24)) is room
