"""Checking of the functions that look back: ``was change changed days_in_state``, from kept snapshots.

``change`` and ``changed`` are spelled out as ``x - was(x, 30d)`` and ``x != was(x, 30d)``: there is one way
to look back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from .checking import Checking, Frame, unknown
from .functions import resolve
from .mismatch import noun
from .outer import reads_outer
from .syntax import Call
from .typed import Aggregate, Const, DaysInState, Field, Param, Typed, Was, walk
from .typed import Call as Computed
from .types import Duration, Kind, Schema, Type

USAGES: Mapping[str, str] = {
    "was": "`was(arr, 30d)`",
    "change": "`change(arr, 30d)`",
    "changed": "`changed(status, 30d)`",
    "days_in_state": '`days_in_state(status == "active")`',
}
HISTORY_FORMS = frozenset(USAGES)
_OPERATORS = {"change": "-", "changed": "!="}
_WHOLE_DAYS = ("d", "w", "mo", "y", "bd")  # a day has one state: that of its last snapshot


def history(checking: Checking, call: Call, frame: Frame) -> Typed:
    """The typed node of a function that looks back; every mistake in its parts is reported."""
    name = call.name.text
    wanted = 1 if name == "days_in_state" else 2
    if len(call.args) != wanted or call.by is not None or call.where is not None:
        takes = "takes a condition" if wanted == 1 else "takes a value and a duration"
        return checking.report(call.span, "E209", f"{name}() {takes}", f"write {USAGES[name]}")
    visit = checking.condition if wanted == 1 else checking.visit
    value = visit(call.args[0], frame)
    back = checking.visit(call.args[1], frame) if wanted == 2 else None
    if value.type.kind is Kind.ERROR or not _is_kept(checking, value, call, frame):
        return unknown(call.span)
    if back is None:
        type_ = Type(Kind.INT, value.type.nullable)
        return DaysInState((), frame.record.name, value, type_, call.span)
    duration = _duration(checking, name, back)
    return unknown(call.span) if duration is None else _looking_back(checking, call, frame, value, duration)


def _looking_back(checking: Checking, call: Call, frame: Frame, value: Typed, back: Duration) -> Typed:
    name = call.name.text
    if value.type.kind in (Kind.LIST, Kind.DURATION):
        return checking.report(value.span, "E205", f"{name}() does not take {noun(value.type)}")
    type_ = replace(value.type, nullable=True, countdown=None)
    then = Was((), frame.record.name, value, back, type_, call.span)
    if name == "was":
        return then
    resolved = resolve(_OPERATORS[name], [value.type, type_])
    if resolved is None:
        message = f"change() takes a number, money or a date; this is {noun(value.type)}"
        return checking.report(value.span, "E205", message, "ask `changed(…)`")
    # A countdown less what it was is no countdown: nothing comes true on one date of it.
    return Computed(resolved.id, (value, then), replace(resolved.result, countdown=None), call.span)


def _duration(checking: Checking, name: str, back: Typed) -> Duration | None:
    """How far to look back: a duration of whole days, written or of a param; None, reported, otherwise."""
    node = back
    while isinstance(node, Param):
        node = node.value
    if back.type.kind is Kind.ERROR:
        return None
    if not isinstance(node, Const) or not isinstance(node.value, Duration):
        help_ = f"write one duration: {USAGES[name]}"
        checking.report(back.span, "E209", f"{name}() looks back by one duration, the same for all", help_)
        return None
    if node.value.unit not in _WHOLE_DAYS or node.value.amount < 1:
        message = f"{name}() looks back by days, at least one, not by `{node.value}`"
        checking.report(back.span, "E209", message, f"write {USAGES[name]}")
        return None
    return node.value


def _is_kept(checking: Checking, value: Typed, call: Call, frame: Frame) -> bool:
    """Whether the value of an earlier day can be known; reported where it cannot."""
    name = call.name.text
    if frame.outer is not None and reads_outer(value):
        message = f"inside an aggregate, {name}() looks at the related record alone"
        checking.report(value.span, "E204", message, "derive what it was on the record around, and use that")
        return False
    what = next(_not_kept(checking.scope.schema, value), None)
    if not frame.record.kept:
        what = frame.record.name
    if what is None:
        return True
    message = f"{name}() reads kept snapshots, which do not hold `{what}`: it is the ledger's"
    checking.report(call.span, "E210", message, "its records have dates of their own to compare with")
    return False


def is_kept(schema: Schema, tree: Typed) -> bool:
    """Whether a value reads only what snapshots hold, so that what it was on an earlier day can be known."""
    return next(_not_kept(schema, tree), None) is None


def _not_kept(schema: Schema, tree: Typed) -> Iterator[str]:
    """The names in a tree that stand for what snapshots do not hold."""
    for node in walk(tree):
        if isinstance(node, Aggregate) and not schema.entities[node.relation.entity].kept:
            yield node.relation.name
        elif isinstance(node, Field):
            owner = schema.entities[node.entity]
            declared = owner.fields.get(node.name)
            if not owner.kept or (declared is not None and not declared.kept):
                yield ".".join((*node.hops, node.name))
