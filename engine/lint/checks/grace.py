"""E303: a grace that reaches the play's next moment, or past the date that it counts to."""

from collections.abc import Iterator
from itertools import pairwise

from ....dsl.diagnostics import Diagnostic
from ....dsl.source import Location
from ....dsl.typed import Call, Const, Param, Typed
from ...document import Entries
from ...playbook.loader import Loaded
from ...playbook.model import MomentTrigger, Play
from ..subjects import operator

DAYS = {"d": 1, "w": 7, "bd": 1, "mo": 28, "y": 365}


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """Graces as written; the default is never reported."""
    for playbook in loaded.playbooks.values():
        plays = loaded.written[playbook.name].merged.values.get("plays")
        for play in playbook.plays.values():
            node = plays.values.get(play.name) if isinstance(plays, Entries) else None
            key = node.keys.get("grace") if isinstance(node, Entries) else None
            if key is not None:
                yield from _grace(play, key.location)


def _grace(play: Play, place: Location) -> Iterator[Diagnostic]:
    if not isinstance(play.trigger, MomentTrigger) or play.grace is None:
        return
    moment = play.trigger.moment
    targets = sorted(n for _, tree in moment.targets if (n := constant(tree)) is not None)
    days = play.grace.amount * DAYS[play.grace.unit]
    gaps = [later - earlier for earlier, later in pairwise(targets)]
    if gaps and days >= min(gaps):
        message = f"the grace of {play.grace} reaches the play's next moment, {min(gaps)} days later"
        yield Diagnostic(place, "E303", message, f"at most {min(gaps) - 1}d")
    elif moment.direction == "until" and targets and 0 <= targets[0] < days:
        message = f"the grace of {play.grace} ends after the date itself, {targets[0]} days later"
        yield Diagnostic(place, "E303", message, f"nothing acts after that date: at most {targets[0]}d")


def constant(tree: Typed) -> int | None:
    """A target that is a number, itself or through a param."""
    while isinstance(tree, Param):
        tree = tree.value
    if isinstance(tree, Call) and operator(tree) == "neg":
        inner = constant(tree.args[0])
        return None if inner is None else -inner
    return tree.value if isinstance(tree, Const) and isinstance(tree.value, int) else None
