"""W504: two plays that reach the same contact on the same day."""

from collections import defaultdict
from collections.abc import Hashable, Iterator
from itertools import combinations

from ....dsl.diagnostics import Diagnostic
from ...playbook.loader import Loaded
from ...playbook.model import EmailAction, MomentTrigger, Play, Playbook, ScheduleTrigger, StateTrigger
from ..ranges import Limit, Ranges, ranges_of, together
from ..triggers import occasions
from .unlimited import is_customer, looks_back

Known = tuple[Playbook, Play]


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """Plays for one entity that are due on the same occasion (the same moment, state or slot) and write to
    the same recipient, where no condition of one excludes the other. Other pairs may meet too; that depends
    on the data, and is not guessed."""
    ranges = ranges_of(loaded)
    if ranges is None:
        return
    meeting: dict[tuple[str, str, Hashable], list[Known]] = defaultdict(list)
    for playbook in loaded.playbooks.values():
        for play in playbook.plays.values():
            for occasion in occasions(play, ranges) if _recipients(play) else ():
                for name in _recipients(play):
                    meeting[playbook.entity, name, occasion].append((playbook, play))
    reported: set[tuple[int, int]] = set()
    for (_, name, _), plays in meeting.items():
        for one, other in combinations(sorted(plays, key=lambda known: known[1].location), 2):
            pair = id(one[1]), id(other[1])
            if pair not in reported and not _exclude(one, other, ranges):
                reported.add(pair)
                yield _finding(one, other, name)


def _recipients(play: Play) -> list[str]:
    """The rules by which a play writes to customers."""
    emails = (action for action in play.all_actions if isinstance(action, EmailAction))
    return list({person.name: None for email in emails for person in email.to if is_customer(person)})


def _exclude(one: Known, other: Known, ranges: Ranges) -> bool:
    """Whether the conditions leave no record to both, or one play looks at what was sent before."""
    if looks_back(one[1]) or looks_back(other[1]):
        return True
    limits: dict[Hashable, list[Limit]] = defaultdict(list)
    for limit in (*_conditions(one, ranges), *_conditions(other, ranges)):
        limits[limit.subject].append(limit)
    return any(values.empty for of_one in limits.values() if (values := together(of_one)) is not None)


def _conditions(known: Known, ranges: Ranges) -> Iterator[Limit]:
    playbook, play = known
    for checked, holds in ((playbook.where, True), (play.condition, True), (play.unless, False)):
        if checked is not None:
            yield from ranges.limits(checked.tree, holds)


def _finding(one: Known, other: Known, recipient: str) -> Diagnostic:
    first = f"`{one[1].name}`" + (f" of {one[0].name}" if one[0] is not other[0] else "")
    message = (
        f"on the same day `{recipient}` hears from {first} ({_said(one)}) and from `{other[1].name}` "
        f"({_said(other)})"
    )
    help_text = "make one mail of them, move one, or add `unless: touched_within(1d)`"
    return Diagnostic(other[1].location, "W504", message, help_text)


def _said(known: Known) -> str:
    """The condition of a play, as written."""
    trigger = known[1].trigger
    if isinstance(trigger, MomentTrigger | StateTrigger):
        return f"`{' '.join(trigger.when.source.text.split())}`"
    return f"`{trigger.cron}`" if isinstance(trigger, ScheduleTrigger) else known[1].name
