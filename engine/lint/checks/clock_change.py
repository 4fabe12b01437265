"""W304: a time of the day that does not exist on the day when clocks go forward."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from ....dsl.diagnostics import Diagnostic
from ....dsl.source import Location
from ...document import Entries, Node
from ...playbook.cron import cron_values
from ...playbook.loader import Loaded
from ...playbook.model import ScheduleTrigger

# Clocks change by rules that repeat every year; two years show those of either half of the globe.
_FIRST, _DAYS = date(2026, 1, 1), 730


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """The times of ``schedule`` and ``every``, in the project's time zone. What names every hour is meant to
    follow the clock."""
    if loaded.project is None:
        return
    zone = loaded.project.settings.timezone
    for cron, place in _crons(loaded):
        for day, begin, end in _gaps(zone):
            lost = _lost(cron, day, begin, end)
            if lost:
                message = (
                    f"on {day} there is no {lost} in {zone}: clocks go from {begin:%H:%M} to {end:%H:%M}"
                )
                yield Diagnostic(place, "W304", message, "choose a time outside of that hour")
                break


def _crons(loaded: Loaded) -> Iterator[tuple[str, Location]]:
    for name, playbook in loaded.playbooks.items():
        values = loaded.written[name].merged.values
        if "schedule" in values:
            yield playbook.schedule, values["schedule"].location
        plays: Node | None = values.get("plays")
        for play in playbook.plays.values():
            node = plays.values.get(play.name) if isinstance(plays, Entries) else None
            if isinstance(play.trigger, ScheduleTrigger) and isinstance(node, Entries):
                yield play.trigger.cron, node.values["every"].location


def _lost(cron: str, day: date, begin: time, end: time) -> str:
    """The first time of a cron expression that the clock leaves out on a day."""
    if cron.split()[1].startswith("*"):
        return ""
    minutes, hours, days, months, weekdays = cron_values(cron)
    by_day, by_weekday = day.day in days, day.isoweekday() % 7 in weekdays
    is_either = not cron.split()[2].startswith("*") and not cron.split()[4].startswith("*")
    if day.month not in months or not (by_day or by_weekday if is_either else by_day and by_weekday):
        return ""
    times = (time(hour, minute) for hour in sorted(hours) for minute in sorted(minutes))
    return next((f"{one:%H:%M}" for one in times if begin <= one < end), "")


@cache
def _gaps(zone: str) -> tuple[tuple[date, time, time], ...]:
    """The days on which clocks go forward, with the first time that is not there and the first that is."""
    place, found = ZoneInfo(zone), []
    for number in range(_DAYS):
        day = _FIRST + timedelta(days=number)
        before = datetime.combine(day, time.min, place).utcoffset()
        after = datetime.combine(day + timedelta(days=1), time.min, place).utcoffset()
        if before is not None and after is not None and after > before:
            begin = next(moment for moment in _minutes(day) if _is_left_out(moment, place))
            found.append((day, begin.time(), (begin + (after - before)).time()))
    return tuple(found)


def _minutes(day: date) -> Iterator[datetime]:
    midnight = datetime.combine(day, time.min)
    return (midnight + timedelta(minutes=minute) for minute in range(24 * 60))


def _is_left_out(moment: datetime, zone: ZoneInfo) -> bool:
    """Such a time, read with the old offset, comes out as another one."""
    utc = moment.replace(tzinfo=zone).astimezone(ZoneInfo("UTC"))
    return utc.astimezone(zone).replace(tzinfo=None) != moment
