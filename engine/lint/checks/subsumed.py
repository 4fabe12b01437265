"""W505: a playbook that does only what another one does for the same records."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence

from ....dsl.diagnostics import Diagnostic
from ....dsl.frozen import frozen
from ....dsl.typed import Checked
from ...playbook.fingerprint import canonical
from ...playbook.loader import Loaded
from ...playbook.model import Action, EmailAction, FollowUpTrigger, Play, Playbook
from ..ranges import Limit, Ranges, ranges_of, together
from ..triggers import occasions
from ..whole import Whole


@frozen
class Outline:
    """What two playbooks must share for one to do what the other does: when their plays are due, and how
    their actions begin."""

    name: str
    file: str
    plays: frozenset[Hashable]


def gather(loaded: Loaded) -> tuple[Outline, ...]:
    """The outlines of the playbooks that were read."""
    ranges = ranges_of(loaded)
    if ranges is None:
        return ()
    return tuple(
        Outline(one.name, one.file, frozenset(_outline(one, play, ranges) for play in one.plays.values()))
        for one in loaded.playbooks.values()
    )


def judge(whole: Whole, gathered: Sequence[tuple[Outline, ...]]) -> Iterator[Diagnostic]:
    """Those of which the outline of one is within that of another are read together, and compared."""
    files = _alike([one for portion in gathered for one in portion])
    if files:
        yield from _compared(whole.reread(files))


def _outline(playbook: Playbook, play: Play, ranges: Ranges) -> Hashable:
    return playbook.entity, _due(play, ranges), tuple(map(_begin, play.all_actions))


def _begin(action: Action) -> Hashable:
    return action.type, action.template if isinstance(action, EmailAction) else ""


def _alike(outlines: Sequence[Outline]) -> set[str]:
    """The files of playbooks of which one may do what another does."""
    having: Mapping[Hashable, list[Outline]] = defaultdict(list)
    for one in outlines:
        for play in one.plays:
            having[play].append(one)
    files: set[str] = set()
    for one in outlines:
        rarest = min((having[play] for play in one.plays), key=len, default=[])
        wider = {other.file for other in rarest if other is not one and one.plays <= other.plays}
        files |= wider | {one.file} if wider else set()
    return files


def _compared(loaded: Loaded) -> Iterator[Diagnostic]:
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
