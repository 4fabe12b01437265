"""W303: a playbook, or one of its slots, that comes more often than its data can change."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from ....dsl.diagnostics import Diagnostic
from ....dsl.source import Location
from ...document import Entries
from ...playbook.cron import cron_values
from ...playbook.loader import Loaded
from ...playbook.model import Playbook, ScheduleTrigger
from ...playbook.sources import Sources

_DAY = timedelta(days=1)
# `fresh` is how old data may be at most, and leaves room for a late load or a weekend: daily data has up to
# 96 hours. Less than a quarter of it between two runs is more often than any such load.
_ROOM = 4


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """Several runs or slots a day over sources of which even the freshest may be much older than that."""
    for playbook in loaded.playbooks.values():
        for what, cron, place in _written(loaded, playbook):
            gap = _gap(cron)
            fresh = _freshest(loaded, playbook) if gap < _DAY else None
            if fresh is not None and gap * _ROOM <= fresh:
                message = f"{what} every {_hours(gap)}, and its data may be {_hours(fresh)} old"
                help_text = "run it as often as the data is loaded, or say how fresh the data is"
                yield Diagnostic(place, "W303", message, help_text)


def _written(loaded: Loaded, playbook: Playbook) -> Iterator[tuple[str, str, Location]]:
    """The cron expressions of a playbook, where they are written: the schedule, and each `every`."""
    keys = loaded.written[playbook.name].merged.values
    if "schedule" in keys:
        yield "the playbook runs", playbook.schedule, keys["schedule"].location
    plays = keys.get("plays")
    for name, play in playbook.plays.items():
        own = plays.values.get(name) if isinstance(plays, Entries) else None
        if isinstance(play.trigger, ScheduleTrigger) and isinstance(own, Entries):
            yield f"`{name}` is due", play.trigger.cron, own.values["every"].location


def _gap(cron: str) -> timedelta:
    """The least time between two runs of one day; a day where there is one."""
    minutes, hours, *_ = cron_values(cron)
    times = sorted(hour * 60 + minute for hour in hours for minute in minutes)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return timedelta(minutes=min(gaps)) if gaps else _DAY


def _freshest(loaded: Loaded, playbook: Playbook) -> timedelta | None:
    """The least age that a source of the playbook promises; None where one promises nothing."""
    if loaded.catalog is None or loaded.project is None:
        return None
    sources = Sources(loaded.catalog, playbook.entity)
    sources.add((playbook.where, playbook.stop, playbook.plays))
    known = loaded.project.sources
    promised = [known[name].fresh_within for name in sources.found if name in known]
    ages = [age for age in promised if age is not None]
    return min(ages) if ages and len(ages) == len(promised) else None


def _hours(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
