"""W504: two plays that reach the same contact on the same day."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from itertools import combinations

from ....dsl.diagnostics import Diagnostic
from ....dsl.frozen import frozen
from ....dsl.source import Location
from ...playbook.loader import Loaded
from ...playbook.model import EmailAction, MomentTrigger, Play, Playbook, ScheduleTrigger, StateTrigger
from ..ranges import Limit, Ranges, ranges_of, together
from ..triggers import occasions
from ..whole import Whole
from .unlimited import is_customer, looks_back


@frozen
class Mailing:
    """A play that writes to customers: when, to whom (names of recipients), and on which conditions.
    ``careful``: it looks at what was sent before. ``said``: its condition, as written."""

    playbook: str
    play: str
    location: Location
    entity: str
    occasions: frozenset[Hashable]
    recipients: tuple[str, ...]
    limits: tuple[Limit, ...]
    careful: bool
    said: str


def gather(loaded: Loaded) -> tuple[Mailing, ...]:
    """The plays that write to customers on occasions that can be compared."""
    ranges = ranges_of(loaded)
    if ranges is None:
        return ()
    found = (
        _mailing(playbook, play, ranges)
        for playbook in loaded.playbooks.values()
        for play in playbook.plays.values()
        if _recipients(play)
    )
    return tuple(one for one in found if one.occasions)


def judge(whole: Whole, gathered: Sequence[tuple[Mailing, ...]]) -> Iterator[Diagnostic]:
    """Plays for one entity that are due on the same occasion (the same moment, state or slot) and write to
    the same recipient, where no condition of one excludes the other. Other pairs may meet too; that depends
    on the data, and is not guessed."""
    meeting: dict[tuple[str, str, Hashable], list[Mailing]] = defaultdict(list)
    for one in (one for portion in gathered for one in portion):
        for occasion in one.occasions:
            for name in one.recipients:
                meeting[one.entity, name, occasion].append(one)
    reported: set[tuple[int, int]] = set()
    for (_, name, _), plays in meeting.items():
        for one, other in combinations(sorted(plays, key=lambda known: known.location), 2):
            pair = id(one), id(other)
            if pair not in reported and not _exclude(one, other):
                reported.add(pair)
                yield _finding(one, other, name)


def _mailing(playbook: Playbook, play: Play, ranges: Ranges) -> Mailing:
    return Mailing(
        playbook.name,
        play.name,
        play.location,
        playbook.entity,
        occasions(play, ranges),
        _recipients(play),
        tuple(_conditions(playbook, play, ranges)),
        looks_back(play),
        _said(play),
    )


def _recipients(play: Play) -> tuple[str, ...]:
    """The rules by which a play writes to customers."""
    emails = (action for action in play.all_actions if isinstance(action, EmailAction))
    return tuple({person.name: None for email in emails for person in email.to if is_customer(person)})


def _conditions(playbook: Playbook, play: Play, ranges: Ranges) -> Iterator[Limit]:
    for checked, holds in ((playbook.where, True), (play.condition, True), (play.unless, False)):
        if checked is not None:
            yield from ranges.limits(checked.tree, holds)


def _exclude(one: Mailing, other: Mailing) -> bool:
    """Whether the conditions leave no record to both, or one play looks at what was sent before."""
    if one.careful or other.careful:
        return True
    limits: dict[Hashable, list[Limit]] = defaultdict(list)
    for limit in (*one.limits, *other.limits):
        limits[limit.subject].append(limit)
    return any(values.empty for of_one in limits.values() if (values := together(of_one)) is not None)


def _finding(one: Mailing, other: Mailing, recipient: str) -> Diagnostic:
    first = f"`{one.play}`" + (f" of {one.playbook}" if one.playbook != other.playbook else "")
    heard = f"`{recipient}` hears from {first} ({one.said}) and from `{other.play}` ({other.said})"
    help_text = "make one mail of them, move one, or add `unless: touched_within(1d)`"
    return Diagnostic(other.location, "W504", f"on the same day {heard}", help_text)


def _said(play: Play) -> str:
    trigger = play.trigger
    if isinstance(trigger, MomentTrigger | StateTrigger):
        return f"`{' '.join(trigger.when.source.text.split())}`"
    return f"`{trigger.cron}`" if isinstance(trigger, ScheduleTrigger) else play.name
