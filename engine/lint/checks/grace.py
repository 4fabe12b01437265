"""E303: a grace that reaches the play's next moment, or past the date that it counts to."""

from collections.abc import Iterator
from itertools import pairwise

from ....dsl.diagnostics import Diagnostic
from ....dsl.source import Location
from ....dsl.types import Duration
from ...document import Entries
from ...playbook.loader import Loaded
from ...playbook.model import MomentTrigger, Play
from ..leads import Lead, leads
from ..ranges import Ranges, ranges_of

DAYS = {"d": 1, "w": 7, "bd": 1, "mo": 28, "y": 365}


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """Graces as written; the default is never reported. Where the moments come from tables of params, every
    row is looked at, and the first that does not fit is told."""
    ranges = ranges_of(loaded)
    for playbook in loaded.playbooks.values() if ranges is not None else ():
        plays = loaded.written[playbook.name].merged.values.get("plays")
        for play in playbook.plays.values():
            node = plays.values.get(play.name) if isinstance(plays, Entries) else None
            key = node.keys.get("grace") if isinstance(node, Entries) else None
            if key is not None and ranges is not None:
                yield from _grace(play, key.location, ranges)


def _grace(play: Play, place: Location, ranges: Ranges) -> Iterator[Diagnostic]:
    if not isinstance(play.trigger, MomentTrigger) or play.grace is None:
        return
    moment = play.trigger.moment
    for lead in leads([tree for _, tree in moment.targets], ranges):
        found = _of_row(play.grace, lead, moment.direction == "until")
        if found is not None:
            yield Diagnostic(place, "E303", *found)
            return


def _of_row(grace: Duration, lead: Lead, is_until: bool) -> tuple[str, str] | None:
    """What is wrong with a grace, and what would fit."""
    days, targets = grace.amount * DAYS[grace.unit], sorted(lead.days)
    gaps = [later - earlier for earlier, later in pairwise(targets)]
    if gaps and days >= min(gaps):
        later = f"{_count(min(gaps))} later{lead.where}"
        message = f"the grace of {grace} reaches the play's next moment, {later}"
        return message, f"at most {min(gaps) - 1}d"
    if is_until and targets and 0 <= targets[0] < days:
        message = f"the grace of {grace} ends after the date itself, {_count(targets[0])} later{lead.where}"
        return message, f"nothing acts after that date: at most {targets[0]}d"
    return None


def _count(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"
