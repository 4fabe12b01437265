"""Moments: the date on which a trigger ``countdown == N`` or ``countdown in [N, …]`` comes true (SPEC 5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from .frozen import frozen
from .functions import OVERLOADS, resolve
from .source import SourceText, Span
from .typed import Aggregate, Call, Checked, Clock, Const, DaysInState, Field, Param, Typed, Was
from .types import Kind, Type

Direction = Literal["until", "since"]
Unit = Literal["days", "business_days"]
Derived = Callable[[str, str], Typed]

_COUNTERS: dict[str, tuple[Unit, Direction]] = {
    "days_until": ("days", "until"),
    "business_days_until": ("business_days", "until"),
    "days_since": ("days", "since"),
}


@frozen
class Moment:
    """``count(date) + offset == target``, where ``count`` counts days (or business days) until or since.

    For days, a target N comes true on ``date + offset − N`` (until) or ``date − offset + N`` (since); a
    countdown in business days is true on every day of a weekend or holiday with the same count.

    - ``date``: a date, typed in the scope of the trigger's record.
    - ``offset``: an int, zero where the trigger has none.
    - ``targets``: each N with its text as written in the trigger, in order.
    - ``is_list``: whether the trigger lists its targets, so that each makes an occurrence of its own.
    """

    date: Typed
    unit: Unit
    direction: Direction
    offset: Typed
    targets: tuple[tuple[str, Typed], ...]
    is_list: bool


@frozen
class _Countdown:
    date: Typed
    unit: Unit
    direction: Direction
    offset: Typed | None = None


def moment_of(checked: Checked, derived: Derived) -> Moment | None:
    """The moment that a trigger describes, or None where it is a state (any other condition).

    ``derived`` gives the tree of a derived field by entity and name. Params and derived fields are seen
    through, also those of a record that to-one steps lead to.
    """
    tree = checked.tree
    if not isinstance(tree, Call):
        return None
    name = OVERLOADS[tree.op].name
    if name == "in":
        return _listed(tree.args[0], tree.args[1], checked.source, derived)
    if name != "==":
        return None
    for one, other in (tree.args, tree.args[::-1]):
        if one.type.countdown is not None and other.type.countdown is None and other.type.kind is Kind.INT:
            countdown = _see(one, derived)
            label = _written([other], checked.source)[0]
            return _moment(countdown, ((label, other),), False) if countdown else None
    return None


def _listed(left: Typed, right: Typed, source: SourceText, derived: Derived) -> Moment | None:
    items: Typed = right
    while isinstance(items, Param):
        items = items.value
    if left.type.countdown is None or not isinstance(items, Call):
        return None
    countdown = _see(left, derived)
    if countdown is None or any(item.type.kind is not Kind.INT for item in items.args):
        return None
    labels = _labels(right.name, items.args) if isinstance(right, Param) else _written(items.args, source)
    return _moment(countdown, tuple(zip(labels, items.args, strict=True)), True)


def _written(items: Sequence[Typed], source: SourceText) -> list[str]:
    return [source.text[item.span.start : item.span.end] for item in items]


def _labels(param: str, items: Sequence[Typed]) -> list[str]:
    """The targets of a list that stands in a param, whose text is elsewhere: literals as they are written,
    anything else by its place in the list."""
    return [_spelled(item) or f"{param}[{place}]" for place, item in enumerate(items, start=1)]


def _spelled(item: Typed) -> str:
    """A literal int, as written; empty for anything else."""
    match item:
        case Const(value):
            return str(value)
        case Call(op, (Const(value),)) if OVERLOADS[op].name == "neg":
            return f"-{value}"
        case _:
            return ""


def _moment(countdown: _Countdown, targets: tuple[tuple[str, Typed], ...], is_list: bool) -> Moment:
    offset = countdown.offset or Const(0, Type(Kind.INT), countdown.date.span)
    return Moment(_as_date(countdown.date), countdown.unit, countdown.direction, offset, targets, is_list)


def _see(node: Typed, derived: Derived) -> _Countdown | None:
    """The countdown that an expression is, through params, derived fields and ± an int."""
    match node:
        case Param():
            return _see(node.value, derived)
        case Field() if node.derived and not node.outer:
            inner = _see(derived(node.entity, node.name), derived)
            return inner and _carried(inner, node.hops)
        case Call(op, (argument,)) if op in _COUNTERS:
            return _Countdown(argument, *_COUNTERS[op])
        case Call(op, (condition, then, otherwise)) if OVERLOADS[op].name == "if":
            one, other = _see(then, derived), _see(otherwise, derived)
            return _chosen(condition, one, other) if one and other else None
        case Call(op, (left, right)) if OVERLOADS[op].name in ("+", "-"):
            return _shifted(OVERLOADS[op].name, left, right, derived)
        case _:
            return None


def _shifted(op: str, left: Typed, right: Typed, derived: Derived) -> _Countdown | None:
    """``countdown + n``, ``n + countdown`` or ``countdown - n``."""
    if left.type.countdown is not None and right.type.countdown is None:
        inner, shift = _see(left, derived), right
    elif op == "+" and right.type.countdown is not None and left.type.countdown is None:
        inner, shift = _see(right, derived), left
    else:
        return None
    if inner is None:
        return None
    base = inner.offset
    if base is None:
        return replace(inner, offset=shift if op == "+" else _call("neg", (shift,)))
    return replace(inner, offset=_call(op, (base, shift)))


def _chosen(condition: Typed, one: _Countdown, other: _Countdown) -> _Countdown | None:
    """``a if c else b`` of two countdowns of one sort: the choice of their dates."""
    if (one.unit, one.direction) != (other.unit, other.direction):
        return None
    zero = Const(0, Type(Kind.INT), condition.span)
    date = _call("if", (condition, _as_date(one.date), _as_date(other.date)))
    offset = _call("if", (condition, one.offset or zero, other.offset or zero))
    return replace(one, date=date, offset=offset)


def _carried(countdown: _Countdown, hops: tuple[str, ...]) -> _Countdown:
    """The same countdown seen from where ``hops`` begin."""
    if not hops:
        return countdown
    offset = countdown.offset and _prefixed(countdown.offset, hops)
    return replace(countdown, date=_prefixed(countdown.date, hops), offset=offset)


def _prefixed(node: Typed, hops: tuple[str, ...], outer: bool = False) -> Typed:
    """The expression reached over more steps. ``outer``: it stands inside an aggregate, so the record that
    the steps lead to is the outer one there."""
    match node:
        case Field() if node.outer is outer:
            return replace(node, hops=hops + node.hops, type=node.type.optional())
        case Call():
            return replace(node, args=tuple(_prefixed(arg, hops, outer) for arg in node.args))
        case Param():
            return replace(node, value=_prefixed(node.value, hops, outer))
        case Aggregate() if not outer:
            value, where, by = (
                part and _prefixed(part, hops, True) for part in (node.value, node.where, node.by)
            )
            return replace(node, hops=hops + node.hops, value=value, where=where, by=by)
        case Was() | DaysInState() if not outer:
            return replace(node, hops=hops + node.hops, type=node.type.optional())
        case _:
            return node


def _as_date(node: Typed) -> Typed:
    """A datetime as the project's local date: today and the days until it."""
    if node.type.kind is not Kind.DATETIME:
        return node
    today = Clock("today", Type(Kind.DATE), node.span)
    return _call("+", (today, _call("days_until", (node,))))


def _call(name: str, args: tuple[Typed, ...]) -> Typed:
    resolved = resolve(name, [arg.type for arg in args])
    assert resolved is not None, f"{name} takes what a checked countdown is made of"
    return Call(resolved.id, args, resolved.result, Span(args[0].span.start, args[-1].span.end))
