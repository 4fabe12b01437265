"""Conditions that must hold together: those of a play, and the parts of every `and` elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from ...dsl.frozen import frozen
from ...dsl.source import Location
from ...dsl.typed import Call, Checked, Const, Typed
from ..playbook.loader import Loaded
from ..playbook.model import MomentTrigger, Play, StateTrigger
from .ranges import Bound, Limit, Ranges, Values, literal, ranges_of
from .subjects import Subject, expressions, once, operator


@frozen
class Part:
    """One condition of a group. ``key``: where a play says it (empty: beside the others of its `and`).
    ``fixed``: a moment, which says when the play is due and is never too much."""

    key: str
    subject: Subject
    node: Typed
    limits: tuple[Limit, ...]
    fixed: bool = False

    @property
    def text(self) -> str:
        """As written, on one line."""
        return " ".join(self.subject.text(self.node).split())

    @property
    def place(self) -> Location:
        return self.subject.place(self.node)


@once
def groups(loaded: Loaded) -> tuple[list[Part], ...]:
    """Every group of at least two parts."""
    ranges = ranges_of(loaded)
    return tuple(_groups(loaded, ranges)) if ranges is not None else ()


def _groups(loaded: Loaded, ranges: Ranges) -> Iterator[list[Part]]:
    for playbook in loaded.playbooks.values():
        where = _parts("where", playbook.where, ranges)
        for play in playbook.plays.values():
            yield [*where, *_when(play, ranges), *_conditions(play, ranges)]
    for subject in expressions(loaded):
        if " and " in f" {' '.join(subject.checked.source.text.split())} ":
            yield from _joined(subject, ranges)


def _parts(key: str, checked: Checked | None, ranges: Ranges) -> list[Part]:
    if checked is None:
        return []
    subject = Subject(checked, True)
    return [_part(key, node, subject, ranges) for node in _members(checked.tree, "and")]


def _part(key: str, node: Typed, subject: Subject, ranges: Ranges, holds: bool = True) -> Part:
    return Part(key, subject, node, tuple(ranges.limits(node, holds)))


def _members(node: Typed, op: str) -> Iterator[Typed]:
    """What an operator joins; ``between`` stays in one piece."""
    if isinstance(node, Call) and operator(node) == op and not _is_between(node):
        for arg in node.args:
            yield from _members(arg, op)
    else:
        yield node


def _is_between(node: Call) -> bool:
    return node.args[0].span.start == node.args[1].span.start


def _when(play: Play, ranges: Ranges) -> list[Part]:
    """What holds when the play is decided. An episode with its own ``clear`` outlives its ``when``."""
    trigger = play.trigger
    if isinstance(trigger, StateTrigger) and trigger.clear is None:
        return _parts("when", trigger.when, ranges)
    if not isinstance(trigger, MomentTrigger) or not isinstance(trigger.when.tree, Call):
        return []
    values = _moment(trigger)
    countdown = next((arg for arg in trigger.when.tree.args if arg.type.countdown), None)
    if values is None or countdown is None:
        return []
    tree = trigger.when.tree
    limit = Limit(ranges.subject(countdown), "number", values)
    return [Part("when", Subject(trigger.when, True), tree, (limit,), fixed=True)]


def _moment(trigger: MomentTrigger) -> Values | None:
    """What a countdown can be while its moment is due: late by its grace and by days on hold, but nothing
    acts after the date itself."""
    moment = trigger.moment
    targets = [literal(tree) for _, tree in moment.targets]
    if None in targets:
        return None
    if moment.direction == "since":
        return Values(low=Bound(min(targets), False))
    is_bare = isinstance(moment.offset, Const) and moment.offset.value == 0
    low = Bound(0, False) if is_bare and min(targets) >= 0 else None
    return Values(low=low, high=Bound(max(targets), False))


def _conditions(play: Play, ranges: Ranges) -> list[Part]:
    found = _parts("if", play.condition, ranges)
    if play.unless is not None:
        subject = Subject(play.unless, True)
        members = _members(play.unless.tree, "or")
        found += [_part("unless", node, subject, ranges, holds=False) for node in members]
    return found


def _joined(subject: Subject, ranges: Ranges) -> Iterator[list[Part]]:
    """The groups that `and` makes in one expression, each once, but for those that are a play's own."""
    inner = {id(subject.checked.tree)} if _is_of_play(subject) else set()
    for node in subject.written:
        if isinstance(node, Call) and operator(node) == "and":
            if id(node) not in inner:
                yield [_part("", member, subject, ranges) for member in _members(node, "and")]
            inner.update(id(arg) for arg in node.args)


def _is_of_play(subject: Subject) -> bool:
    """Whether an expression stands in its plays' groups already."""
    if subject.playbook is None or subject.play is None:
        return subject.playbook is not None and subject.checked is subject.playbook.where
    trigger = subject.play.trigger
    is_when = isinstance(trigger, StateTrigger) and trigger.clear is None and trigger.when is subject.checked
    return is_when or subject.checked is subject.play.condition
