"""What an aggregate's ``where`` says about the outer record alone: once, for interpreter and compiler.

SPEC 4: a related record whose ``where`` is unknown because of its own missing value is left out, and the
aggregate is unknown when a part of its ``where`` that reads only the outer record is missing. "Part" means
the largest sub-expressions that read only the outer record, as far as the outer record does not settle
what they stand in: in ``outer.x is missing or n > outer.x`` a missing ``x`` makes the ``or`` true.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .functions import OVERLOADS
from .typed import Aggregate, Call, Clock, Const, DaysInState, Field, Param, Typed, Was, children
from .types import Kind, Type

_BOOL = Type(Kind.BOOL)
_NEVER_UNKNOWN = frozenset({"is", "is not", "is missing", "is not missing", "default"})


def lift(node: Typed) -> Typed:
    """An expression that reads only the outer record, as one in the outer record's own scope.

    What stands inside a further aggregate has an outer record of its own and stays.
    """
    match node:
        case Field():
            return replace(node, outer=False)
        case Call():
            return replace(node, args=tuple(map(lift, node.args)))
        case Param():
            return replace(node, value=lift(node.value))
        case _:
            return node


def reads_only_outer(node: Typed) -> bool:
    """Whether nothing in the expression belongs to the related record. A param never does."""
    match node:
        case Field():
            return node.outer
        case Call():
            return all(map(reads_only_outer, node.args))
        case Aggregate() | Was() | DaysInState():
            return False
        case _:
            return True


def reads_outer(node: Typed | None) -> bool:
    """Whether something inside an aggregate belongs to a record around it."""
    match node:
        case None:
            return False
        case Field():
            return node.outer
        case Param():
            return not is_constant(node)
        case Aggregate():
            return any(map(_reads_params, children(node)))
        case _:
            return any(map(reads_outer, children(node)))


def _reads_params(node: Typed) -> bool:
    """Inside a further aggregate only a param can belong to a record further out."""
    return not is_constant(node) if isinstance(node, Param) else any(map(_reads_params, children(node)))


def is_constant(node: Typed) -> bool:
    """Whether the expression reads no record at all."""
    match node:
        case Const() | Clock():
            return True
        case Param():
            return is_constant(node.value)
        case Call():
            return all(map(is_constant, node.args))
        case _:
            return False


def unknown_when(where: Typed | None) -> Typed | None:
    """When an aggregate with this ``where`` is unknown: a condition on the outer record, in its own scope,
    that is itself never unknown. None: never."""
    return _blocked(where) if where is not None else None


def outer_parts(node: Typed) -> list[Typed]:
    """The largest parts of a ``where`` that read only the outer record (and not nothing), lifted."""
    if is_constant(node):
        return []
    if reads_only_outer(node):
        return [lift(node)]
    return [part for arg in node.args for part in outer_parts(arg)] if isinstance(node, Call) else []


def _blocked(node: Typed) -> Typed | None:
    if reads_only_outer(node):
        return _missing(lift(node))
    if not isinstance(node, Call):
        return None
    name = OVERLOADS[node.op].name
    if name in _NEVER_UNKNOWN:
        return None
    if name in ("and", "or"):
        return _blocked_logic(node, settles=name == "or")
    if name == "if":
        return _blocked_choice(node)
    return _any(_blocked(arg) for arg in node.args)


def _blocked_logic(node: Call, settles: bool) -> Typed | None:
    """Of ``and`` (``or``): one side is blocked and none is surely false (true) for the outer record."""
    sides = _flatten(node)
    blocked = _any(_blocked(side) for side in sides)
    if blocked is None:
        return None
    for side in sides:
        if reads_only_outer(side) and not is_constant(side):
            blocked = _call("and", _call("not", _is(lift(side), settles)), blocked)
    return blocked


def _blocked_choice(node: Call) -> Typed | None:
    condition, *branches = node.args
    parts = [_blocked(condition)]
    if reads_only_outer(condition):
        for branch, wanted in zip(branches, (True, False), strict=True):
            blocked = _blocked(branch)
            if blocked is not None:
                parts.append(_call("and", _is(lift(condition), wanted), blocked))
    return _any(parts)


def _flatten(node: Call) -> list[Typed]:
    sides: list[Typed] = []
    for arg in node.args:
        sides += _flatten(arg) if isinstance(arg, Call) and arg.op == node.op else [arg]
    return sides


def _missing(node: Typed) -> Typed | None:
    """When a value is missing; of a list, one of its items, of a choice of durations, what decides it."""
    if is_constant(node):
        return None
    if node.type.kind is Kind.DURATION and isinstance(node, Param):
        return _missing(node.value)
    if isinstance(node, Call) and node.type.kind in (Kind.LIST, Kind.DURATION):
        return _any(map(_missing, node.args))
    return _call("is missing", node)


def _is(node: Typed, value: bool) -> Typed:
    return Call("is:bool", (node, Const(value, _BOOL, node.span)), _BOOL, node.span)


def _call(op: str, *args: Typed) -> Typed:
    return Call(op, args, _BOOL, args[0].span)


def _any(parts: Iterable[Typed | None]) -> Typed | None:
    found = [part for part in parts if part is not None]
    if not found:
        return None
    first, *rest = found
    for part in rest:
        first = _call("or", first, part)
    return first
