"""W301: a follow-up that comes after the date which its moment counts to."""

from collections.abc import Iterator, Sequence

from ....dsl.diagnostics import Diagnostic
from ...playbook.loader import Loaded
from ...playbook.model import FollowUpTrigger, MomentTrigger, Play, Playbook
from ..leads import leads
from ..ranges import Ranges, ranges_of
from ..whole import Whole
from .grace import DAYS


def gather(loaded: Loaded) -> tuple[Diagnostic, ...]:
    """The days of the ``after`` chain, against the least N of the moment that it begins with. Nothing where
    there are errors: chains may be circles then."""
    ranges = None if loaded.errors else ranges_of(loaded)
    return tuple(
        found
        for playbook in (loaded.playbooks.values() if ranges is not None else ())
        for play in playbook.plays.values()
        if isinstance(play.trigger, FollowUpTrigger) and ranges is not None
        for found in _late(play, playbook, ranges)
    )


def judge(whole: Whole, gathered: Sequence[tuple[Diagnostic, ...]]) -> Iterator[Diagnostic]:
    """Says nothing while files have errors: plays may follow each other in a circle."""
    for found in gathered if not whole.loaded.errors else ():
        yield from found


def _late(play: Play, playbook: Playbook, ranges: Ranges) -> Iterator[Diagnostic]:
    days = 0
    step: Play | None = play
    while step is not None and isinstance(step.trigger, FollowUpTrigger) and days < 10_000:
        days += max(step.trigger.delay.amount * DAYS[step.trigger.delay.unit], 1)
        step = playbook.plays.get(step.trigger.parent)
    if step is None or not isinstance(step.trigger, MomentTrigger):
        return
    moment = step.trigger.moment
    known = [lead for lead in leads([tree for _, tree in moment.targets], ranges) if lead.days]
    last = min(known, key=lambda lead: min(lead.days), default=None)
    if moment.direction == "until" and last is not None and 0 <= min(last.days) < days:
        first = f"`{play.name}` comes {days} days after `{step.name}`"
        message = f"{first}, which can be {min(last.days)} days before the date{last.where}"
        help_text = "nothing acts after the date that a moment counts to: shorten the delays"
        yield Diagnostic(play.location, "W301", message, help_text)
