"""Slots of a schedule: by local date and time, so that clock changes neither repeat nor lose one."""

from datetime import date, datetime

import pytest

from playcall.engine.evaluate.schedules import slots


@pytest.mark.parametrize(
    ("cron", "first", "last", "expected"),
    [
        ("0 9 1 */3 *", date(2026, 1, 1), date(2026, 12, 31), ["01-01", "04-01", "07-01", "10-01"]),
        ("30 2 * * *", date(2026, 10, 24), date(2026, 10, 26), ["10-24", "10-25", "10-26"]),  # CET returns
        ("30 2 * * *", date(2026, 3, 28), date(2026, 3, 30), ["03-28", "03-29", "03-30"]),  # CEST begins
        ("0 8 29 2 *", date(2026, 1, 1), date(2028, 12, 31), ["02-29"]),
        ("0 8 * * 1", date(2026, 3, 3), date(2026, 3, 8), []),
        ("0 0 * * *", date(2026, 3, 3), date(2026, 3, 3), ["03-03"]),  # midnight belongs to its day
    ],
)
def test_slots_fall_on_their_local_days(cron, first, last, expected):
    assert [slot.strftime("%m-%d") for slot in slots(cron, first, last)] == expected


def test_a_slot_carries_its_local_time():
    assert slots("15 8 * * *", date(2026, 3, 3), date(2026, 3, 3)) == [datetime(2026, 3, 3, 8, 15)]
