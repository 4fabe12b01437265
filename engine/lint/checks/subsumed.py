"""W505: a playbook that does only what another one does for the same records."""

from collections import defaultdict
from collections.abc import Hashable, Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Checked
from ...playbook.fingerprint import canonical
from ...playbook.loader import Loaded
from ...playbook.model import FollowUpTrigger, Play, Playbook
from ..ranges import Limit, Ranges, ranges_of, together
from ..triggers import occasions


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """Every play of the one is a play of the other too, on the same occasion with the same actions, and the
    conditions of the one imply those of the other. Of two that are equal, the later is reported."""
    ranges = ranges_of(loaded)
    if ranges is None:
        return
    alike: dict[Hashable, list[Playbook]] = defaultdict(list)
    for playbook in loaded.playbooks.values():
        for due in {_due(play, ranges) for play in playbook.plays.values()}:
            alike[playbook.entity, due].append(playbook)
    reported: set[str] = set()
    for playbooks in alike.values():
        for one in reversed(playbooks):
            others = (other for other in playbooks if other is not one and other.name not in reported)
            by = next((other for other in others if _covers(other, one, ranges)), None)
            if by is not None and one.name not in reported:
                reported.add(one.name)
                message = f"the playbook `{by.name}` does all of it, for these records too"
                yield Diagnostic(
                    one.location, "W505", message, "remove it, or let its `where` exclude the other's"
                )


def _due(play: Play, ranges: Ranges) -> Hashable:
    if isinstance(play.trigger, FollowUpTrigger):
        return play.trigger
    return occasions(play, ranges)


def _covers(playbook: Playbook, part: Playbook, ranges: Ranges) -> bool:
    plays = playbook.plays.values()
    return (
        bool(part.plays)
        and _meaning(playbook.stop) in (_meaning(None), _meaning(part.stop))
        and _implies(_limits(part.where, ranges), _limits(playbook.where, ranges))
        and all(any(_same(other, play, ranges) for other in plays) for play in part.plays.values())
    )


def _same(other: Play, play: Play, ranges: Ranges) -> bool:
    """Whether a play does on the same occasion, under no narrower conditions, what another one does."""
    due = _due(play, ranges)
    return (
        bool(due)
        and due == _due(other, ranges)
        and _implies(_own(play, ranges), _own(other, ranges))
        and canonical(play.all_actions) == canonical(other.all_actions)
    )


def _own(play: Play, ranges: Ranges) -> list[Limit]:
    return _limits(play.condition, ranges) + _limits(play.unless, ranges, holds=False)


def _limits(checked: Checked | None, ranges: Ranges, holds: bool = True) -> list[Limit]:
    return ranges.limits(checked.tree, holds) if checked is not None else []


def _implies(known: list[Limit], wanted: list[Limit]) -> bool:
    for limit in wanted:
        beside = [one for one in known if one.subject == limit.subject]
        values = together(beside) if beside else None
        if values is None or together([*beside, limit]) is None or not values.within(limit.values):
            return False
    return True


def _meaning(checked: Checked | None) -> str:
    return canonical(checked.tree) if checked is not None else ""
