"""The stored fields that a play reads: what can be missing where its trigger is unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ...dsl.typed import Aggregate, DaysInState, Field, Typed, Was, children
from ...dsl.types import Kind, Type
from ..playbook.model import MomentTrigger, Play, Playbook, StateTrigger

KEY = "_key"  # the field of every record that holds its key as text
Leaf = Field | Was  # a stored field, now or on an earlier day


def fields_read(playbook: Playbook, play: Play, derived: Mapping[tuple[str, str], Typed]) -> dict[str, Leaf]:
    """The stored fields that a play's population and trigger read, by path; those of an earlier day as
    ``was(PATH, 30d)``."""
    trees = [playbook.where.tree] if playbook.where else []
    trigger = play.trigger
    if isinstance(trigger, StateTrigger):
        trees.append(trigger.when.tree)
    elif isinstance(trigger, MomentTrigger):
        trees += [trigger.moment.date, trigger.moment.offset, *(tree for _, tree in trigger.moment.targets)]
    return {_path(leaf): leaf for tree in trees for leaf in leaves(tree, derived)}


def _path(leaf: Typed) -> str:
    if isinstance(leaf, Was):
        return ".".join((*leaf.hops, f"was({_path(leaf.value)}, {leaf.back})"))
    assert isinstance(leaf, Field)
    return ".".join((*leaf.hops, leaf.entity if leaf.name == KEY else leaf.name))


def leaves(
    tree: Typed, derived: Mapping[tuple[str, str], Typed], hops: tuple[str, ...] = ()
) -> Iterator[Leaf]:
    """The stored fields of the record (and of what it belongs to) that a tree reads, through derived
    fields. Inside an aggregate only ``outer`` fields are the record's own."""
    match tree:
        case Field(derived=True):
            yield from leaves(derived[tree.entity, tree.name], derived, (*hops, *tree.hops))
        case Field():
            yield replace(tree, hops=(*hops, *tree.hops), outer=False)
        case Aggregate():
            yield from (
                replace(part, hops=(*hops, *part.hops), outer=False)
                for part in _outer_fields(tree)
                if not part.derived
            )
        case Was():
            yield from _once(tree, derived, hops)
        case DaysInState():
            yield from leaves(tree.condition, derived, (*hops, *tree.hops))
        case _:
            for child in children(tree):
                yield from leaves(child, derived, hops)


def _once(tree: Was, derived: Mapping[tuple[str, str], Typed], hops: tuple[str, ...]) -> Iterator[Was]:
    """What a value of an earlier day reads; where that is no field, whether there was a record at all."""
    there: Leaf = Field((), tree.entity, KEY, False, False, Type(Kind.TEXT), tree.span)
    for leaf in list(leaves(tree.value, derived)) or [there]:
        yield replace(tree, hops=(*hops, *tree.hops), value=leaf, type=leaf.type.optional())


def _outer_fields(tree: Typed) -> Iterator[Field]:
    for child in children(tree):
        if isinstance(child, Field) and child.outer:
            yield child
        elif not isinstance(child, Aggregate):
            yield from _outer_fields(child)
