"""When plays are due, in a form that is equal for plays which are due at the same time."""

from __future__ import annotations

from collections.abc import Hashable

from ..playbook.model import MomentTrigger, Play, ScheduleTrigger, StateTrigger
from .ranges import Ranges, literal


def occasions(play: Play, ranges: Ranges) -> frozenset[Hashable]:
    """Each moment, the state or the slot of a play. Empty for follow-ups, and for moments by a table of
    params: nothing is known of their days."""
    match play.trigger:
        case MomentTrigger(moment=moment):
            count = ranges.subject(moment.date), moment.unit, moment.direction, ranges.subject(moment.offset)
            days = (literal(tree) for _, tree in moment.targets)
            return frozenset(("moment", count, day) for day in days if day is not None)
        case StateTrigger(when=when, hold=hold):
            limits = frozenset((one.subject, one.sort, one.values) for one in ranges.limits(when.tree))
            return frozenset({("state", limits, hold)})
        case ScheduleTrigger(cron=cron):
            return frozenset({("slot", cron)})
        case _:
            return frozenset()
