"""Names → what they stand for: fields, relations and steps between records."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from .frozen import frozen
from .syntax import RESERVED, Word
from .types import EntityType, FieldType, Schema, ToMany


@frozen
class FoundField:
    """A field of ``owner``, which the to-one steps ``hops`` lead to."""

    hops: tuple[str, ...]
    owner: EntityType
    field: FieldType


@frozen
class FoundRecord:
    """Steps that end at one record."""

    owner: EntityType


@frozen
class FoundMany:
    """Steps that lead to many records; ``rest`` are the words after the relation's name."""

    hops: tuple[str, ...]
    owner: EntityType
    relation: ToMany
    rest: tuple[Word, ...]


@frozen
class NotFound:
    """``words[index]`` is nothing that ``owner`` has."""

    owner: EntityType
    index: int


Found = FoundField | FoundRecord | FoundMany | NotFound


def find(schema: Schema, record: EntityType, words: Sequence[Word]) -> Found:
    """What a path stands for, seen from a record. A record may be called by its entity's name
    (``contract.status``); a field's name may have dots in it (``health.band``); where a field and a step
    share a name (``csm``), the field ends a path and the step continues it."""
    hops: tuple[str, ...] = ()
    owner = record
    for index, word in enumerate(words):
        dotted = ".".join(later.text for later in words[index:])
        if dotted in owner.fields:
            return FoundField(hops, owner, owner.fields[dotted])
        if word.text in owner.to_one:
            hops, owner = (*hops, word.text), schema.entities[owner.to_one[word.text].entity]
            continue
        rest = tuple(words[index + 1 :])
        if word.text in owner.to_many:
            return FoundMany(hops, owner, owner.to_many[word.text], rest)
        if index == 0 and word.text in schema.relations:
            return FoundMany((), owner, schema.relations[word.text], rest)
        if index == 0 and word.text == record.name and rest:
            continue
        return NotFound(owner, index)
    return FoundRecord(owner)


_MISSING = frozenset({"missing", "null", "none", "nil", "undefined", "unknown", "empty", "blank"})


def one_step_away(schema: Schema, owner: EntityType, name: str) -> str:
    """The path to a field or relation that not the record has, but one that it belongs to; "" for none."""
    for step, relation in owner.to_one.items():
        there = schema.entities[relation.entity]
        if name in there.fields or name in there.to_many:
            return f"{step}.{name}"
    return ""


def did_you_mean(name: str, candidates: Iterable[str]) -> tuple[str, str]:
    """A help line with the nearest of the names, and that name; nothing where none is near."""
    if name.lower() in RESERVED:
        return f"write `{name.lower()}`", name.lower()
    near = difflib.get_close_matches(name, sorted(set(candidates)), n=1)
    if near:
        return f"did you mean `{near[0]}`?", near[0]
    return "write `x is missing` to ask for a missing value" if name.lower() in _MISSING else "", ""
