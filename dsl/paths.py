"""Paths where a value is wanted: fields, params, and what to say of names that are neither."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from .checking import Checking, Frame, unknown
from .functions import FUNCTION_NAMES
from .names import Found, FoundField, FoundMany, FoundRecord, NotFound, did_you_mean, find, one_step_away
from .source import Span
from .syntax import Path
from .typed import Aggregate, Call, Clock, Const, DaysInState, Field, Param, Typed, Was
from .types import TEXTUAL, EntityType, Kind, Type


def path(checking: Checking, node: Path, frame: Frame, near: Type | None) -> Typed:
    """The value that a path names. ``near``: the type of what it is compared with, for the slip of an enum's
    literal without quotes."""
    if node.scope == "params":
        return _explicit_param(checking, node, frame)
    record = frame.record
    if node.scope == "outer":
        if frame.outer is None:
            return checking.report(node.span, "E204", "`outer` stands only inside an aggregate's `where`")
        record = frame.outer.record
    found = find(checking.scope.schema, record, node.words)
    name = node.words[0].text
    if isinstance(found, NotFound) and str(node) == name:
        if name in checking.scope.params:
            return param(checking, name, node.span, frame)
        meant = _meant_literal(checking, node, found, frame, near)
        if meant:
            return checking.report(node.span, "E203", f"{record.name} has no field `{name}`", meant)
    return _value(checking, node, found, frame)


def _meant_literal(checking: Checking, node: Path, found: NotFound, frame: Frame, near: Type | None) -> str:
    """What to write where a name stands for a literal of the type ``near``, and no name resembles it."""
    name, wanted = str(node), (near.item or near) if near is not None else None
    quoted = f'text stands in quotes: `"{name}"`'
    if wanted is None or name in wanted.values:
        return quoted if wanted is not None else ""
    if wanted.kind is Kind.BOOL and name.lower() in _TRUTHS:
        return f"write `{_TRUTHS[name.lower()]}`"
    has_other = bool(_nearest_field(checking, found.owner, name, True, node, frame)[0])
    return quoted if wanted.kind in TEXTUAL and wanted.kind is not Kind.ENUM and not has_other else ""


_TRUTHS = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def _value(checking: Checking, node: Path, found: Found, frame: Frame) -> Typed:
    match found:
        case FoundField(hops, owner, field):
            type_ = field.type.optional(field.type.nullable or bool(hops))
            outer = node.scope == "outer"
            return Field(hops, owner.name, field.name, field.derived, outer, type_, node.span)
        case FoundRecord(owner):
            help_ = f"name one of its fields: `{node}.{owner.key[0]}`"
            return checking.report(
                node.span, "E204", f"`{node}` is a record of {owner.name}, not a value", help_
            )
        case FoundMany(_, _, relation):
            message = f"`{node}` leads to many records of {relation.entity}, not to one value"
            help_ = f"use an aggregate: `count({_relation_text(node, found)})`"
            return checking.report(node.span, "E204", message, help_)
        case NotFound():
            return not_found(checking, node, found, frame)
        case _:
            assert_never(found)


def _relation_text(node: Path, found: FoundMany) -> str:
    words = str(node).split(".")
    return ".".join(words[: len(words) - len(found.rest)])


def not_found(checking: Checking, node: Path, found: NotFound, frame: Frame) -> Const:
    """Report a path that leads nowhere, at the word that is unknown."""
    owner, word = found.owner, node.words[found.index]
    if word.text in checking.scope.schema.wrong:
        return unknown(node.span)
    rest = node.words[found.index :]
    dotted = ".".join(later.text for later in rest)
    is_field = word.text in owner.fields
    if len(rest) == 1 or (is_field and any(name.startswith(f"{word.text}.") for name in owner.fields)):
        guess = _nearest_field(checking, owner, dotted, found.index == 0, node, frame)
        span = Span(word.span.start, node.span.end if len(rest) > 1 else word.span.end)
        return checking.report(span, "E203", f"{owner.name} has no field `{dotted}`", *guess)
    if is_field:
        message = f"`{word.text}` is a field of {owner.name}, so no path goes on from it"
        called = rest[1].text if len(rest) > 1 else ""
        path_ = ".".join(one.text for one in node.words[: found.index + 1])
        help_ = f"write `{called}({path_})`" if called in FUNCTION_NAMES else ""
        return checking.report(word.span, "E204", message, help_)
    message = f"{owner.name} has no relation `{word.text}`"
    return checking.report(word.span, "E204", message, *nearest_relation(checking, found, word.text))


def nearest_relation(checking: Checking, found: NotFound, name: str) -> tuple[str, str]:
    """What was probably meant by an unknown step: the help, and the path."""
    owner, schema = found.owner, checking.scope.schema
    if path_there := one_step_away(schema, owner, name):
        return f"did you mean `{path_there}`?", path_there
    roots = [*schema.relations, owner.name] if found.index == 0 else []
    return did_you_mean(name, [*owner.to_one, *owner.to_many, *roots])


def _nearest_field(
    checking: Checking, owner: EntityType, name: str, first: bool, node: Path, frame: Frame
) -> tuple[str, str]:
    """What was probably meant by an unknown name: the help, and the name."""
    around = frame.outer
    if first and not node.scope and around is not None and name in around.record.fields:
        return f"write `outer.{name}` for the field of {around.record.name}", f"outer.{name}"
    if not node.scope and (path_there := one_step_away(checking.scope.schema, owner, name)):
        return f"did you mean `{path_there}`?", path_there
    candidates = list(owner.fields)
    if first and not node.scope:
        candidates += [*checking.scope.params, *owner.to_one, *owner.to_many]
    return did_you_mean(name, candidates)


def _explicit_param(checking: Checking, node: Path, frame: Frame) -> Typed:
    name = ".".join(word.text for word in node.words)
    if name not in checking.scope.params:
        help_, _ = did_you_mean(name, checking.scope.params)
        return checking.report(node.span, "E202", f"there is no param `{name}`", help_)
    return param(checking, name, node.span, frame)


def param(checking: Checking, name: str, span: Span, frame: Frame) -> Typed:
    """A param, with its own tree inside. Within an aggregate its fields are those of the outer record."""
    checking.own = True
    value = checking.scope.params[name].tree
    if frame.outer is not None:
        value = as_outer(value)
    return Param(name, value, value.type, span)


def as_outer(node: Typed) -> Typed:
    """A param's value as it stands inside an aggregate. What is inside an aggregate of its own, or of an
    earlier day, stays: it has a record of its own already."""
    match node:
        case Field():
            return replace(node, outer=True)
        case Call():
            return replace(node, args=tuple(map(as_outer, node.args)))
        case Param():
            return replace(node, value=as_outer(node.value))
        case Const() | Clock() | Aggregate() | Was() | DaysInState():
            return node
        case _:
            assert_never(node)
