"""``--as-of``: what moment a run stands at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from ...dsl.diagnostics import PlaycallError
from ..evaluate.model import Moment
from ..evaluate.schedules import slots
from ..playbook.model import Playbook
from ..ports import FIRST_DAY, LAST_DAY


def moment_of(as_of: str | None, now: datetime, timezone: str, playbooks: Iterable[Playbook]) -> Moment:
    """The moment of a run: now, or ``as_of``, an ISO date (that day at the playbooks' schedule, the latest
    of them) or date and time (local unless it has an offset). Raises ``PlaycallError`` for anything else."""
    zone = ZoneInfo(timezone)
    if as_of is None:
        return Moment(now, now.astimezone(zone).date())
    try:
        day = date.fromisoformat(as_of)
    except ValueError:
        return _at(as_of, zone)
    _check(as_of, day)
    local = datetime.combine(day, scheduled_time(day, playbooks), tzinfo=zone)
    return Moment(local.astimezone(UTC), day)


def is_day(as_of: str) -> bool:
    """Whether ``--as-of`` names a day, without a time."""
    try:
        date.fromisoformat(as_of)
    except ValueError:
        return False
    return True


def _at(as_of: str, zone: ZoneInfo) -> Moment:
    try:
        moment = datetime.fromisoformat(as_of)
    except ValueError:
        raise PlaycallError(
            f"--as-of {as_of!r} is not a date: write it as 2026-03-01 or 2026-03-01T08:00"
        ) from None
    _check(as_of, moment.date())
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return Moment(aware.astimezone(UTC), aware.astimezone(zone).date())


def _check(as_of: str, day: date) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise PlaycallError(f"--as-of {as_of!r} does not lie between {FIRST_DAY} and {LAST_DAY}")


def scheduled_time(day: date, playbooks: Iterable[Playbook]) -> time:
    """The local time of day by which every playbook's schedule has come on that day; 08:00 if none does."""
    times = [
        slot.time() for cron in {book.schedule for book in playbooks} for slot in slots(cron, day, day)[:1]
    ]
    return max(times, default=time(8, 0))
