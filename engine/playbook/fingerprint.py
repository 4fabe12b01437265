"""Fingerprints: what changes when, and only when, the meaning of a play does.

A hash of the checked tree with its params, and of every derived field that it reads: comments, layout, the
place in a file and the file's name do not take part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import TypeVar

from ...dsl.countdown import Moment
from ...dsl.source import Location, SourceText, Span
from ...dsl.typed import Checked, Field, Param, Typed, walk
from ..catalog.model import Catalog
from .model import Person

T = TypeVar("T")

_PLACES = (Span, SourceText, Location)
_LEAVES = (Checked, Moment, *_PLACES, str, int)
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
    if isinstance(whole, kind):
        yield whole
    if isinstance(whole, _LEAVES):
        return
    if isinstance(whole, Mapping):
        for value in whole.values():
            yield from parts(value, kind)
    elif isinstance(whole, tuple | list):
        for value in whole:
            yield from parts(value, kind)
    elif is_dataclass(whole) and not isinstance(whole, type):
        for one in fields(whole):
            yield from parts(getattr(whole, one.name), kind)


def derived_fields(tree: Typed) -> Iterator[tuple[str, str]]:
    """(entity, name) of every derived field that a tree reads itself."""
    for node in walk(tree):
        if isinstance(node, Field) and node.derived:
            yield node.entity, node.name


def canonical(part: object) -> str:
    """A text that is equal for parts that mean the same, and only for them."""
    if isinstance(part, Mapping):
        rows = (f"{key}:{canonical(value)}" for key, value in sorted(part.items()))
        return "{" + ",".join(rows) + "}"
    if isinstance(part, tuple | list):
        return "[" + ",".join(canonical(value) for value in part) + "]"
    if is_dataclass(part) and not isinstance(part, type):
        skipped = ("name",) if isinstance(part, _NAMED) else ()
        values = (getattr(part, one.name) for one in fields(part) if one.name not in skipped)
        shown = (canonical(value) for value in values if not isinstance(value, _PLACES))
        return f"{type(part).__name__}({','.join(shown)})"
    return repr(part)
