"""Why an expression has the value it has: every sub-expression with its value, for ``explain``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from .evaluator import Evaluator, Scope, World, outer_of, param_in
from .facts import Record
from .frozen import frozen
from .functions import OVERLOADS
from .outer import outer_parts
from .sensitive import Sensitivity
from .source import SourceText
from .typed import Aggregate, Call, Checked, Clock, Const, DaysInState, Field, Param, Typed, Was
from .types import Value


@frozen
class Node:
    """One sub-expression: its text, value (None: unknown) and type, and what it is made of.

    ``unknown_because``: of an unknown value, the paths of the fields that were missing; where none was, the
    text that has no value (a division by zero, an average of nothing). ``sensitive``: the value is not for
    everybody to see.
    """

    text: str
    value: Value
    type: str
    unknown_because: tuple[str, ...] = ()
    parts: tuple[Node, ...] = ()
    sensitive: bool = False


def trace(checked: Checked, record: Record, world: World) -> Node:
    """The value of an expression for one record, taken apart; derived fields and aggregates included."""
    tracer = _Tracer(Evaluator(world), Sensitivity(world.schema, world.derived), checked.source)
    return tracer.node(checked.tree, Scope(checked.entity, record))


@frozen
class _Tracer:
    """Traces one text; a derived field has a text, and so a tracer, of its own."""

    evaluator: Evaluator
    sensitivity: Sensitivity
    source: SourceText

    def node(self, node: Typed, scope: Scope) -> Node:
        value = self.evaluator.value(node, scope)
        because = _once(self.causes(node, scope)) if value is None else ()
        parts = tuple(self.parts(node, scope))
        return Node(self.text(node), value, str(node.type), because, parts, self.sensitivity.shown_by(node))

    def text(self, node: Typed) -> str:
        """What was written, in the text that the node was checked from."""
        if isinstance(node, Param):
            return node.name
        if isinstance(node, Was):  # also what `change(x, 30d)` is made of
            return f"was({self.text(node.value)}, {node.back})"
        return self.source.text[node.span.start : node.span.end]

    def parts(self, node: Typed, scope: Scope) -> Iterable[Node]:
        """What a value is made of: operands that are not plain literals, the branch that was taken."""
        match node:
            case Call():
                return [self.node(arg, scope) for arg in self._operands(node, scope) if _says_something(arg)]
            case Field(derived=True):
                return self._derived_parts(node, scope)
            case Aggregate():
                return self._aggregate_parts(node, scope)
            case Was():
                return self._was_parts(node, scope)
            case DaysInState():
                return self._state_parts(node, scope)
            case _:
                return ()

    def _operands(self, node: Call, scope: Scope) -> Sequence[Typed]:
        name = OVERLOADS[node.op].name
        if name in ("and", "or"):
            return _chain(node)
        if name == "if":
            return self._taken(node, scope)
        return [item for arg in node.args for item in _spread(arg)]

    def _taken(self, node: Call, scope: Scope) -> Sequence[Typed]:
        """The condition of an ``if`` and the branch that it chose."""
        condition, then, otherwise = node.args
        truth = self.evaluator.value(condition, scope)
        return [condition] if truth is None else [condition, then if truth else otherwise]

    def _place(self, node: Field, scope: Scope) -> Scope | None:
        return self.evaluator.follow(node.hops, outer_of(node, scope))

    def _derived_parts(self, node: Field, scope: Scope) -> Iterable[Node]:
        place = self._place(node, scope)
        if place is None:
            return ()
        checked = self.evaluator.world.derived[node.entity, node.name]
        inner = Scope(place.entity, place.record, path=place.path)
        return [replace(self, source=checked.source).node(checked.tree, inner)]

    def _aggregate_parts(self, node: Aggregate, scope: Scope) -> Iterable[Node]:
        """What its ``where`` takes from the outer record, and how many related records it looked at."""
        parts = [] if node.where is None else outer_parts(node.where)
        found = [self.node(part, scope) for part in parts]
        owner = self.evaluator.follow(node.hops, scope)
        if owner is None or self.evaluator.blocked(node, scope):
            return found
        related = self.evaluator.related(node, owner, scope)
        counted = sum(truth is True for _, truth in related)
        found.append(Node(f"{node.relation.name} that count", counted, "int"))
        left_out = [inner for inner, truth in related if truth is None]
        if left_out and node.where is not None:
            missing = _once(path for inner in left_out for path in self.causes(node.where, inner))
            text = f"{node.relation.name} left out for want of {', '.join(missing)}"
            found.append(Node(text, len(left_out), "int"))
        return found

    def _was_parts(self, node: Was, scope: Scope) -> Iterable[Node]:
        """What the value then was made of, and which snapshot it is from."""
        day, then = self.evaluator.day(node), self.evaluator.then(node, scope)
        if day is None or then is None:
            return ()
        origin = self.evaluator.world.past.on(day).origin(node.entity)
        inner = replace(self, evaluator=then[0]).node(node.value, then[1])
        return [inner, Node(f"as of {day}, snapshot", origin, "text")]

    def _state_parts(self, node: DaysInState, scope: Scope) -> Iterable[Node]:
        """The condition as it stands today, and the first day of the state."""
        place = self.evaluator.follow(node.hops, scope)
        if place is None:
            return ()
        parts = [self.node(node.condition, place)]
        if parts[0].value is True:
            parts.append(Node("true since", self.evaluator.since(node, place), "date"))
        return parts

    # -- why a value is unknown -----------------------------------------------------------------------------

    def causes(self, node: Typed, scope: Scope) -> Iterable[str]:
        """The paths of the missing fields that leave an unknown node unknown."""
        match node:
            case Field():
                return self._field_causes(node, scope)
            case Param():
                return self.causes(*param_in(node, scope))
            case Call():
                return self._call_causes(node, scope)
            case Aggregate():
                return self._aggregate_causes(node, scope)
            case Was():
                return self._was_causes(node, scope)
            case DaysInState():
                place = self.evaluator.follow(node.hops, scope)
                return self.causes(node.condition, place) if place else [self._broken_step(node.hops, scope)]
            case Const() | Clock():
                return ()

    def _field_causes(self, node: Field, scope: Scope) -> Iterable[str]:
        start = outer_of(node, scope)
        place = self._place(node, scope)
        if place is None:
            return [start.path + self._broken_step(node.hops, start)]
        if not node.derived:
            return [place.path + node.name]
        checked = self.evaluator.world.derived[node.entity, node.name]
        inner = Scope(place.entity, place.record, path=place.path)
        return replace(self, source=checked.source).causes(checked.tree, inner)

    def _broken_step(self, hops: tuple[str, ...], start: Scope) -> str:
        """The steps up to the first that leads nowhere."""
        length = 1
        while self.evaluator.follow(hops[:length], start) is not None:
            length += 1
        return ".".join(hops[:length])

    def _call_causes(self, node: Call, scope: Scope) -> Iterable[str]:
        unknown = [arg for arg in self._operands(node, scope) if self.evaluator.value(arg, scope) is None]
        return [path for arg in unknown for path in self.causes(arg, scope)] or [self.text(node)]

    def _aggregate_causes(self, node: Aggregate, scope: Scope) -> Iterable[str]:
        owner = self.evaluator.follow(node.hops, scope)
        if owner is None:
            return [scope.path + self._broken_step(node.hops, scope)]
        if node.where is not None and self.evaluator.blocked(node, scope):
            parts = outer_parts(node.where)
            missing = [part for part in parts if self.evaluator.value(part, scope) is None]
            return [path for part in missing for path in self.causes(part, scope)]
        return [self.text(node)]

    def _was_causes(self, node: Was, scope: Scope) -> Iterable[str]:
        """What was missing then: a field, the record, or any snapshot so old."""
        day, then = self.evaluator.day(node), self.evaluator.then(node, scope)
        if then is not None:
            inner = replace(self, evaluator=then[0]).causes(node.value, then[1])
            return [f"{path} on {day}" for path in inner]
        place = self.evaluator.follow(node.hops, scope)
        if place is None or day is None:
            return [scope.path + self._broken_step(node.hops, scope)] if place is None else [self.text(node)]
        if not self.evaluator.world.past.on(day).origin(node.entity):
            return [f"a snapshot of {day} or before"]
        return [f"{node.entity} {place.record['_key']} on {day}"]


def _once(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(paths))


def _chain(node: Call) -> list[Typed]:
    """``a and b and c`` as three operands."""
    parts: list[Typed] = []
    for arg in node.args:
        parts += _chain(arg) if isinstance(arg, Call) and arg.op == node.op else [arg]
    return parts


def _spread(node: Typed) -> tuple[Typed, ...]:
    """The items of a list that is written down; anything else by itself."""
    if isinstance(node, Call) and OVERLOADS[node.op].name == "list":
        return node.args
    return (node,)


def _says_something(node: Typed) -> bool:
    return not isinstance(node, Const)
