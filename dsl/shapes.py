"""What a checked tree computes, apart from where it stands: a key for "the same expression again"."""

from __future__ import annotations

from collections.abc import Hashable

from .typed import Aggregate, Call, Clock, Const, DaysInState, Field, Param, Typed, Was


def shape(node: Typed) -> Hashable:
    """Equal for trees that mean the same, letter for letter, wherever in whichever file they stand."""
    match node:
        case Const():
            return ("const", node.type.kind, type(node.value), node.value)
        case Clock():
            return ("clock", node.name)
        case Field():
            return ("field", node.hops, node.entity, node.name, node.outer)
        case Param():
            return ("param", shape(node.value))
        case Call():
            return ("call", node.op, node.type.currency, *map(shape, node.args))
        case Aggregate():
            parts = (None if part is None else shape(part) for part in (node.value, node.where, node.by))
            relation = (node.relation.entity, node.relation.match, node.relation.fixed)
            return ("aggregate", node.fn, node.hops, relation, *parts)
        case Was():
            return ("was", node.hops, node.back, shape(node.value))
        case DaysInState():
            return ("days_in_state", node.hops, shape(node.condition))
