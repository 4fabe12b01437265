"""Fingerprints: what changes when, and only when, the meaning of a play does.

A hash of the checked tree with its params, and of every derived field that it reads: comments, layout, the
place in a file and the file's name do not take part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from ...dsl.countdown import Moment
from ...dsl.source import Location, SourceText, Span
from ...dsl.typed import Checked, Field, Param, Typed, walk
from ..catalog.model import Catalog
from .model import Person

T = TypeVar("T")

_PLACES = (Span, SourceText, Location)
_LEAVES = (Checked, Moment, *_PLACES, str, int, type(None))
_PLAIN = frozenset({str, int, float, bool, type(None)})
_NAMED = (Param, Person)  # their `name` is for people; what it stands for is beside it


def fingerprint(meaning: object, catalog: Catalog) -> str:
    """The hash (SHA-256, 16 hex digits) of any structure of checked parts and plain values."""
    text = [canonical(meaning)]
    known: set[tuple[str, str]] = set()
    pending = [name for checked in parts(meaning, Checked) for name in derived_fields(checked.tree)]
    while pending:
        entity, name = pending.pop()
        if (entity, name) not in known:
            known.add((entity, name))
            pending.extend(derived_fields(catalog.entities[entity].derived[name].checked.tree))
    for entity, name in sorted(known):
        text.append(f"{entity}.{name}={canonical(catalog.entities[entity].derived[name].checked.tree)}")
    return hashlib.sha256("\n".join(text).encode()).hexdigest()[:16]


def parts(whole: object, kind: type[T]) -> Iterator[T]:
    """Everything of a kind in a structure of checked parts; what is inside an expression is not looked at."""
    pending: list[object] = [whole]
    while pending:
        one = pending.pop()
        if isinstance(one, kind):
            yield one
        if inside := _inside(type(one)):
            pending.extend(reversed(inside(one)))


_INSIDE: dict[type[object], Callable[[Any], Sequence[object]] | None] = {}


def _inside(kind: type[object]) -> Callable[[Any], Sequence[object]] | None:
    """How the parts of a part are had; None where there are none to be looked at."""
    if kind not in _INSIDE:
        _INSIDE[kind] = _reader(kind)
    return _INSIDE[kind]


def _reader(kind: type[object]) -> Callable[[Any], Sequence[object]] | None:
    if issubclass(kind, _LEAVES):
        return None
    if issubclass(kind, tuple | list):
        return lambda items: items
    if is_dataclass(kind):
        names = tuple(one.name for one in fields(kind))
        return lambda whole: [getattr(whole, name) for name in names]
    return (lambda mapping: list(mapping.values())) if issubclass(kind, Mapping) else None


_FIELDS: dict[type[object], tuple[str, ...]] = {}


def _names(part: object) -> tuple[str, ...]:
    """The fields of a dataclass; of anything else, none."""
    kind = type(part)
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(one.name for one in fields(kind)) if is_dataclass(kind) else ()
    return _FIELDS[kind]


def derived_fields(tree: Typed) -> Iterator[tuple[str, str]]:
    """(entity, name) of every derived field that a tree reads itself."""
    for node in walk(tree):
        if isinstance(node, Field) and node.derived:
            yield node.entity, node.name


def canonical(part: object) -> str:
    """A text that is equal for parts that mean the same, and only for them."""
    if type(part) in _PLAIN:  # most are, and to ask whether one is a mapping takes long
        return repr(part)
    if isinstance(part, tuple | list):
        return "[" + ",".join([canonical(value) for value in part]) + "]"
    if names := _names(part):
        skipped = ("name",) if isinstance(part, _NAMED) else ()
        values = [getattr(part, name) for name in names if name not in skipped]
        shown = [canonical(value) for value in values if not isinstance(value, _PLACES)]
        return f"{type(part).__name__}({','.join(shown)})"
    if isinstance(part, Mapping):
        rows = [f"{key}:{canonical(value)}" for key, value in sorted(part.items())]
        return "{" + ",".join(rows) + "}"
    return repr(part)
