"""W301: a follow-up that comes after the date which its moment counts to."""

from collections.abc import Iterator, Sequence

from ....dsl.diagnostics import Diagnostic
from ...playbook.loader import Loaded
from ...playbook.model import FollowUpTrigger, MomentTrigger, Play, Playbook
from ..whole import Whole
from .grace import DAYS, constant


def gather(loaded: Loaded) -> tuple[Diagnostic, ...]:
    """The days of the ``after`` chain, against the least N of the moment that it begins with."""
    return tuple(
        found
        for playbook in loaded.playbooks.values()
        for play in playbook.plays.values()
        if isinstance(play.trigger, FollowUpTrigger)
        for found in _late(play, playbook)
    )


def judge(whole: Whole, gathered: Sequence[tuple[Diagnostic, ...]]) -> Iterator[Diagnostic]:
    """Says nothing while files have errors: plays may follow each other in a circle."""
    for found in gathered if not whole.loaded.errors else ():
        yield from found


def _late(play: Play, playbook: Playbook) -> Iterator[Diagnostic]:
    days = 0
    step: Play | None = play
    while step is not None and isinstance(step.trigger, FollowUpTrigger) and days < 10_000:
        days += max(step.trigger.delay.amount * DAYS[step.trigger.delay.unit], 1)
        step = playbook.plays.get(step.trigger.parent)
    if step is None or not isinstance(step.trigger, MomentTrigger):
        return
    moment = step.trigger.moment
    targets = [n for _, tree in moment.targets if (n := constant(tree)) is not None]
    if moment.direction == "until" and targets and 0 <= min(targets) < days:
        message = (
            f"`{play.name}` comes {days} days after `{step.name}`, which can be {min(targets)} days before"
        )
        help_text = "nothing acts after the date that a moment counts to: shorten the delays"
        yield Diagnostic(play.location, "W301", f"{message} the date", help_text)
