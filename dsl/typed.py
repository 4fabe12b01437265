"""The checked tree: what the checker gives and what interpreter and compiler take.

Every name is resolved, every operator is one overload of the table in ``functions.py``, every node has a
type. ``span`` is the node's place in the text of the expression that it was checked from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any, Literal

from .frozen import frozen
from .source import SourceText, Span
from .types import Duration, ToMany, Type, Value

AggregateName = Literal["count", "sum", "avg", "min", "max", "any", "all", "none", "latest"]


@frozen
class Const:
    """A literal value (never missing)."""

    value: Value
    type: Type
    span: Span


@frozen
class Field:
    """A field, stored or derived, of the record in scope, or of what ``hops`` (names of to-one steps,
    in order) lead to. ``entity`` owns the field. ``outer``: the scope outside the aggregate."""

    hops: tuple[str, ...]
    entity: str
    name: str
    derived: bool
    outer: bool
    type: Type
    span: Span


@frozen
class Param:
    """A param of the playbook: its name, for ``explain``, and its value, checked in the scope of the
    playbook's record (a table of values is an ``if`` chain). ``outer``: used inside an aggregate, so its
    fields are the outer record's; the checker has marked them so in ``value``."""

    name: str
    value: Typed
    type: Type
    span: Span


@frozen
class Clock:
    """``today`` (the project's local date) or ``now``."""

    name: Literal["today", "now"]
    type: Type
    span: Span


@frozen
class Call:
    """An operator or function: ``op`` is the id of one overload in ``functions.OVERLOADS``."""

    op: str
    args: tuple[Typed, ...]
    type: Type
    span: Span


@frozen
class Aggregate:
    """``fn(hops.relation.value by by where where)``; inside ``value``, ``where`` and ``by`` the scope is a
    record of ``relation.entity``, and ``outer`` fields are of the record the aggregate stands in."""

    fn: AggregateName
    hops: tuple[str, ...]
    owner: str
    relation: ToMany
    value: Typed | None
    where: Typed | None
    by: Typed | None
    type: Type
    span: Span


@frozen
class Was:
    """What ``value`` came to ``back`` ago: about the same record, over the facts as they were known on that
    day. ``hops`` (of a countdown seen from elsewhere) lead to the record that it is about."""

    hops: tuple[str, ...]
    entity: str
    value: Typed
    back: Duration
    type: Type
    span: Span


@frozen
class DaysInState:
    """For how many days ``condition`` has held, by the days of which facts are kept; ``hops`` as in
    ``Was``."""

    hops: tuple[str, ...]
    entity: str
    condition: Typed
    type: Type
    span: Span


Typed = Const | Field | Param | Clock | Call | Aggregate | Was | DaysInState


@frozen
class Checked:
    """A whole expression that passed the checker, about records of ``entity``."""

    entity: str
    tree: Typed
    source: SourceText

    @property
    def type(self) -> Type:
        return self.tree.type


def children(node: Typed) -> tuple[Typed, ...]:
    """The direct parts of a node, in order of the text."""
    parts = _PARTS.get(type(node))
    return parts(node) if parts is not None else ()


_PARTS: dict[type[Typed], Callable[[Any], tuple[Typed, ...]]] = {
    Call: attrgetter("args"),
    Param: lambda node: (node.value,),
    Aggregate: lambda node: tuple(part for part in (node.value, node.by, node.where) if part is not None),
    Was: lambda node: (node.value,),
    DaysInState: lambda node: (node.condition,),
}


def walk(node: Typed) -> Iterator[Typed]:
    """The node and everything below it, parents first."""
    pending = [node]
    while pending:
        one = pending.pop()
        yield one
        if parts := children(one):
            pending.extend(reversed(parts))
