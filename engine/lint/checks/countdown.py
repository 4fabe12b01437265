"""E304: an exact day that one missed run loses: inside a larger condition, as a date beside today,
or in an ``if``."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Aggregate, Call, Clock, Field, Typed, children, walk
from ....dsl.types import Kind
from ...playbook.loader import Loaded
from ...playbook.model import StateTrigger
from ..subjects import Subject, expressions, operator

_DAYS = frozenset({Kind.DATE, Kind.DATETIME})
_KEY = {
    "when": (
        "a run that fails that day loses it",
        "leave it alone in `when`, and put the rest into `if` or `where`",
    ),
    "if": ("a play that is judged on another day never fires", "put it into `when`, alone"),
}


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """``days_to_renewal == 90 and …`` as a ``when`` is a state that holds for one day, and so is
    ``renewal_date == today``; an ``if`` is judged once. Under ``not`` just that day is left out, and nothing
    is lost."""
    for subject in expressions(loaded):
        play = subject.play
        if play is None:
            continue
        if isinstance(play.trigger, StateTrigger) and play.trigger.when is subject.checked:
            yield from _exact_days(subject, "when")
        elif play.condition is subject.checked:
            yield from _exact_days(subject, "if")


def _exact_days(subject: Subject, key: str) -> Iterator[Diagnostic]:
    negated = {id(part) for node in subject.written if operator(node) == "not" for part in walk(node)}
    for node in subject.written:
        if not isinstance(node, Call) or operator(node) not in ("==", "in") or id(node) in negated:
            continue
        loses, help_text = _KEY[key]
        message = f"`{subject.text(node)}` holds for one day: {loses}"
        if [arg.type.countdown is not None for arg in node.args].count(True) == 1:
            yield Diagnostic(subject.place(node), "E304", message, help_text)
        elif (field := _compared_with_today(node)) is not None:
            counted = f"count its days, `days_until({subject.text(field)}) == …`, alone in `when`"
            yield Diagnostic(subject.place(node), "E304", message, counted)


def _compared_with_today(node: Call) -> Field | None:
    """The field of a date that is compared with a day counted from today: ``renewal_date == today + 30``, or
    ``renewal_date - today == 30``."""
    sides = node.args
    first = next((side for side in sides if operator(side) == "-"), None)
    if isinstance(first, Call) and {arg.type.kind for arg in first.args} <= _DAYS:
        sides = first.args
    elif {side.type.kind for side in sides} - _DAYS:
        return None
    fields = [_only(Field, side) for side in sides]
    clocks = [_only(Clock, side) for side in sides]
    if [one is not None for one in clocks].count(True) != 1:
        return None
    field = next((one for one in fields if one is not None), None)
    return field if isinstance(field, Field) else None


def _only(kind: type[Field | Clock], node: Typed) -> Typed | None:
    """The one node of a kind in a sum; None: there is none, or more than a sum."""
    if isinstance(node, kind):
        return node
    if operator(node) not in ("+", "-") or isinstance(node, Aggregate):
        return None
    return next((found for part in children(node) if (found := _only(kind, part)) is not None), None)
