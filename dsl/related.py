"""Checking of aggregates over related records: ``count(R where E)``, ``sum(R.f)``, ``latest(R.f by g)``."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from .checking import Checking, Frame, unknown
from .mismatch import noun
from .names import Found, FoundMany, NotFound, find
from .outer import outer_parts
from .paths import nearest_relation, not_found, path
from .syntax import Call, Path, Word
from .typed import Aggregate, AggregateName, Const, Typed
from .types import TEXTUAL, Kind, Type

_COUNTING = ("count", "any", "all", "none")
AGGREGATE_NAMES = frozenset({*_COUNTING, "sum", "avg", "min", "max", "latest"})
_SUMMED = frozenset({Kind.INT, Kind.NUMBER, Kind.MONEY})
_ORDERED = _SUMMED | TEXTUAL | {Kind.DATE, Kind.DATETIME}
_TAKEN = {"sum": _SUMMED, "avg": _SUMMED, "min": _ORDERED, "max": _ORDERED}


def over(call: Call, relation: str) -> Call:
    """An aggregate of a place that has one relation in mind: ``count()`` is of its records, and so is ``f``
    in ``sum(f)``. Anything else, and where there is no such relation, as it stands."""
    if not relation or call.name.text not in AGGREGATE_NAMES or len(call.args) > 1:
        return call
    step = Word(relation, call.name.span)
    if not call.args:
        return replace(call, args=(Path("", (step,), call.name.span),))
    target = call.args[0]
    if not isinstance(target, Path) or target.scope:
        return call
    return replace(call, args=(replace(target, words=(step, *target.words)),))


def is_aggregate(checking: Checking, call: Call, frame: Frame) -> bool:
    """Whether a call is an aggregate. ``min`` and ``max`` are functions too: they are aggregates with a
    ``where``, or of one path that is no value."""
    name = call.name.text
    if name not in ("min", "max"):
        return name in AGGREGATE_NAMES
    if call.where is not None or call.by is not None:
        return True
    if len(call.args) != 1 or not isinstance(call.args[0], Path) or call.args[0].scope:
        return False
    found = find(checking.scope.schema, frame.record, call.args[0].words)
    return isinstance(found, FoundMany) or (isinstance(found, NotFound) and len(call.args[0].words) > 1)


def aggregate(checking: Checking, call: Call, frame: Frame) -> Typed:
    """The typed node of an aggregate; every mistake in its parts is reported."""
    name = cast(AggregateName, call.name.text)
    target = _target(checking, call, frame)
    if target is None:
        return checking.report(call.span, "E209", *_usage(name))
    if target.scope:
        message = f"an aggregate starts from the record in scope, not from `{target.scope}`"
        return checking.report(target.span, "E204", message)
    found = find(checking.scope.schema, frame.record, target.words)
    if not isinstance(found, FoundMany):
        return _no_relation(checking, name, target, found, frame)
    inner = Frame(checking.scope.schema.entities[found.relation.entity], frame)
    value = _value(checking, name, target, found, inner)
    by = checking.visit(call.by, inner) if call.by is not None else None
    where = checking.condition(call.where, inner) if call.where is not None else None
    if by is not None and by.type.kind not in _ORDERED | {Kind.ERROR}:
        checking.report(by.span, "E205", f"`by` takes something with an order; this is {noun(by.type)}")
    type_ = _type(name, value, where, leads_nowhere=bool(found.hops))
    return Aggregate(name, found.hops, found.owner.name, found.relation, value, where, by, type_, call.span)


def _target(checking: Checking, call: Call, frame: Frame) -> Path | None:
    """The path that is aggregated; None if the call has not the parts that its name asks for."""
    name = call.name.text
    has_by = call.by is not None
    lacks_where = call.where is None and name in ("any", "all", "none")
    if len(call.args) == 1 and isinstance(call.args[0], Path) and has_by == (name == "latest"):
        return None if lacks_where else call.args[0]
    for part in call.args:
        if not isinstance(part, Path):
            checking.visit(part, frame)
    return None


def _usage(name: str) -> tuple[str, str]:
    """What an aggregate takes: message and help."""
    if name == "count":
        return "count() takes one relation", "write `count(tickets)` or `count(tickets where …)`"
    if name in _COUNTING:
        return f"{name}() takes one relation and a condition", f"write `{name}(tickets where …)`"
    if name == "latest":
        help_ = "write `latest(tickets.status by opened_on)`; a `where` may follow"
        return "latest() takes one field of a relation and what orders the records", help_
    help_ = f"write `{name}(contracts.arr)` or `{name}(contracts.arr where …)`"
    return f"{name}() takes one field of a relation", help_


def _no_relation(checking: Checking, name: str, target: Path, found: Found, frame: Frame) -> Typed:
    if isinstance(found, NotFound):
        word = target.words[found.index]
        if word.text in checking.scope.schema.wrong:
            return unknown(target.span)
        if len(target.words) - found.index > 1 and word.text in found.owner.fields:
            return not_found(checking, target, found, frame)
        message = f"{found.owner.name} has no relation `{word.text}`"
        return checking.report(word.span, "E204", message, *nearest_relation(checking, found, word.text))
    message = f"{name}() goes over many records; `{target}` leads to one"
    return checking.report(target.span, "E204", message)


def _value(checking: Checking, name: str, target: Path, found: FoundMany, inner: Frame) -> Typed | None:
    """What is taken from each record: nothing for those that count."""
    leads_on = isinstance(find(checking.scope.schema, inner.record, found.rest), FoundMany)
    if found.rest and leads_on:
        return _two_many(checking, target, found)
    if name in _COUNTING:
        if found.rest:
            _rest_of_count(checking, name, target, found)
        return None
    if not found.rest:
        help_ = f"write `{name}({target}.FIELD)`"
        return checking.report(target.span, "E209", f"{name}() takes one field of `{target}`", help_)
    node = Path("", found.rest, replace(target.span, start=found.rest[0].span.start))
    value = path(checking, node, Frame(inner.record), None)
    if value.type.kind not in _TAKEN.get(name, frozenset(Kind)) | {Kind.ERROR}:
        return checking.report(value.span, "E205", f"{name}() does not take {noun(value.type)}")
    return value


def _rest_of_count(checking: Checking, name: str, target: Path, found: FoundMany) -> None:
    relation = ".".join(word.text for word in target.words[: -len(found.rest)])
    records = "" if relation == checking.scope.over else f"{relation} "
    message = f"{name}() goes over records, not over a field of them"
    checking.report(target.span, "E204", message, f"write `{name}({records}where …)`")


def _two_many(checking: Checking, target: Path, found: FoundMany) -> Const:
    first = target.words[len(target.words) - len(found.rest) - 1].text
    message = f"`{target}` has two steps to many records; a path has one"
    help_ = f"derive the inner aggregate on the records of `{first}`"
    return checking.report(target.span, "E204", message, help_)


def _type(name: str, value: Typed | None, where: Typed | None, leads_nowhere: bool) -> Type:
    """The aggregate's type. Of nothing, ``avg min max latest`` are missing; all are where a step before the
    relation leads nowhere, or a part of ``where`` that reads only the outer record is missing."""
    parts = outer_parts(where) if where is not None else []
    unknown = leads_nowhere or any(part.type.nullable for part in parts)
    if name == "count":
        return Type(Kind.INT, unknown)
    if value is None:
        return Type(Kind.BOOL, unknown)
    if value.type.kind is Kind.ERROR:
        return value.type
    if name == "sum":
        # Where every record carries its own currency, two of them have no sum.
        nullable = unknown or (value.type.kind is Kind.MONEY and value.type.currency is None)
        return Type(value.type.kind, nullable, currency=value.type.currency)
    if name == "avg":
        kind = Kind.MONEY if value.type.kind is Kind.MONEY else Kind.NUMBER
        return Type(kind, nullable=True, currency=value.type.currency)
    return replace(value.type, nullable=True, countdown=None)
