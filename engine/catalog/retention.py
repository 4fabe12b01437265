"""How long playcall keeps what it has written: ``retention`` of playcall.yaml."""

from __future__ import annotations

from datetime import date
from typing import Final

from ...dsl.calendar import Calendar
from ...dsl.dates import shift_day
from ...dsl.frozen import frozen
from ...dsl.types import Duration
from ..shape import Fields, read_fields, shape

RETENTION: Final = shape("`retention`", "snapshots messages")
LEAST_DAYS: Final = 30  # loads are compared with those before them, and mail comes back for days
_UNITS: Final = {"d": 1, "w": 7, "mo": 30, "y": 365}


@frozen
class Retention:
    """``snapshots``: facts, and what runs rested on; ``messages``: the bytes of messages that are done. None:
    kept for ever."""

    snapshots: Duration | None = None
    messages: Duration | None = None


def read_retention(fields: Fields) -> Retention:
    """The configured retention; without one everything is kept."""
    node = fields.get("retention")
    retention = read_fields(node, RETENTION, fields.findings) if node is not None else None
    if retention is None:
        return Retention()
    return Retention(_read(retention, "snapshots"), _read(retention, "messages"))


def _read(fields: Fields, key: str) -> Duration | None:
    duration = fields.duration(key, tuple(_UNITS))
    if duration is None or days_of(duration) >= LEAST_DAYS:
        return duration
    message = f"`{key}` is at least {LEAST_DAYS}d, not `{duration}`"
    fields.findings.add("E107", fields.location(key), message, "loads are compared with those before them")
    return None


def days_of(duration: Duration) -> int:
    """About how many days a duration has; five business days are a week."""
    if duration.unit == "bd":
        return duration.amount * 7 // 5
    return duration.amount * _UNITS.get(duration.unit, 0)


def cutoff(duration: Duration, today: date, calendar: Calendar) -> date:
    """The first day that is kept."""
    return shift_day(calendar, today, duration, -1) or date.min
