"""Expressions of a record and of names whose values come later: answers, a quote's total.

What the record alone decides is found when the message is made and kept with it; the rest is evaluated when
the later values are there, without the facts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from ...dsl.calendar import Calendar
from ...dsl.checker import check
from ...dsl.frozen import frozen
from ...dsl.interpreter import Record, World, evaluate
from ...dsl.scope import Scope
from ...dsl.source import SourceText
from ...dsl.typed import (
    Aggregate,
    Call,
    Checked,
    Const,
    DaysInState,
    Field,
    Param,
    Typed,
    Was,
    children,
    walk,
)
from ...dsl.types import FieldType, Kind, Schema, Settings, ToMany, ToOne, Type, Value
from ..shape import Findings

ValueOf = Callable[[Checked], Value]


@frozen
class Late:
    """``known`` are the largest parts of ``checked`` that read none of the later names."""

    checked: Checked
    known: tuple[Checked, ...]

    def value(self, value_of: ValueOf, later: Mapping[str, Value], world: World) -> Value:
        """Its value, given those of the known parts and of the later names (one not there is missing)."""
        found = {id(part.tree): value_of(part) for part in self.known}
        tree = _filled(self.checked.tree, found)
        return evaluate(tree, dict(later), world, self.checked.entity)


def key_of(checked: Checked) -> str:
    """The name under which the value of an expression is kept with a message: of its text, so that another
    expression never takes its value after an edit."""
    span = checked.tree.span
    text = checked.source.text[span.start : span.end]
    return "e" + hashlib.sha256(f"{checked.entity}\x1f{text}".encode()).hexdigest()[:20]


def check_late(
    source: SourceText, scope: Scope, later: Mapping[str, Type], findings: Findings, want: Iterable[Kind]
) -> Late | None:
    """The checked expression; None where it is wrong, which is reported. A later name hides a field of the
    same name."""
    found = check(source, _with_names(scope, later), findings.items, frozenset(want))
    if found is None:
        return None
    names = frozenset(later)
    for node in walk(found.tree):
        if isinstance(node, Aggregate) and _reads(node, names):
            place = source.location(node.span)
            message = f"{node.fn}() goes over records, and cannot read {_listed(node, names)}"
            findings.add("E209", place, message, "compare with it outside of the aggregate")
            return None
        if isinstance(node, Was | DaysInState) and _reads(node, names):
            message = "snapshots do not hold what comes later, so nothing was ever known of it"
            findings.add("E209", source.location(node.span), message, "look back at fields of the record")
            return None
    known = tuple(Checked(scope.entity, part, source) for part in _known(found.tree, names))
    return Late(found, known)


def late_world(schema: Schema, settings: Settings, now: datetime) -> World:
    """What the later part is evaluated in: a clock and a calendar, and no facts."""
    return World(schema, settings, {}, now, _NoFacts(), Calendar.around(settings, now.date()))


class _NoFacts:
    """Nothing is looked up later."""

    def one(self, entity: str, record: Record, step: ToOne) -> Record | None:
        raise LookupError(f"{entity}.{step.name} is to be known beforehand")

    def many(self, entity: str, record: Record, step: ToMany) -> Sequence[Record]:
        raise LookupError(f"{entity}.{step.name} is to be known beforehand")


def _with_names(scope: Scope, later: Mapping[str, Type]) -> Scope:
    fields = {**scope.record.fields, **{name: FieldType(name, type_) for name, type_ in later.items()}}
    entity = replace(scope.record, fields=fields)
    schema = replace(scope.schema, entities={**scope.schema.entities, scope.entity: entity})
    return replace(scope, schema=schema)


def _is_late(node: Field, later: frozenset[str]) -> bool:
    return not node.hops and node.name in later


def _reads(node: Typed, later: frozenset[str]) -> bool:
    """Whether a tree reads a later name. Inside an aggregate only ``outer`` fields can be one."""
    if isinstance(node, Aggregate):
        inner = chain.from_iterable(walk(part) for part in children(node))
        return any(isinstance(one, Field) and one.outer and _is_late(one, later) for one in inner)
    if isinstance(node, Field):
        return _is_late(node, later)
    return any(_reads(child, later) for child in children(node))


def _listed(node: Typed, later: frozenset[str]) -> str:
    fields = (one for one in walk(node) if isinstance(one, Field))
    return ", ".join(sorted({f"`{one.name}`" for one in fields if one.outer and _is_late(one, later)}))


def _known(node: Typed, later: frozenset[str]) -> Iterator[Typed]:
    if isinstance(node, Const):
        return
    if not _reads(node, later):
        yield node
    else:
        for child in children(node):
            yield from _known(child, later)


def _filled(node: Typed, found: Mapping[int, Value]) -> Typed:
    if id(node) in found:
        return Const(found[id(node)], node.type, node.span)
    if isinstance(node, Call):
        return replace(node, args=tuple(_filled(arg, found) for arg in node.args))
    return replace(node, value=_filled(node.value, found)) if isinstance(node, Param) else node
