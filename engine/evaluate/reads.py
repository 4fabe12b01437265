"""The stored fields that a play reads: what can be missing where its trigger is unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ...dsl.typed import Aggregate, Field, Typed, children
from ..playbook.model import MomentTrigger, Play, Playbook, StateTrigger


def fields_read(playbook: Playbook, play: Play, derived: Mapping[tuple[str, str], Typed]) -> dict[str, Field]:
    """The stored fields that a play's population and trigger read, by path."""
    trees = [playbook.where.tree] if playbook.where else []
    trigger = play.trigger
    if isinstance(trigger, StateTrigger):
        trees.append(trigger.when.tree)
    elif isinstance(trigger, MomentTrigger):
        trees += [trigger.moment.date, trigger.moment.offset, *(tree for _, tree in trigger.moment.targets)]
    return {".".join((*leaf.hops, leaf.name)): leaf for tree in trees for leaf in leaves(tree, derived)}


def leaves(
    tree: Typed, derived: Mapping[tuple[str, str], Typed], hops: tuple[str, ...] = ()
) -> Iterator[Field]:
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
        case _:
            for child in children(tree):
                yield from leaves(child, derived, hops)


def _outer_fields(tree: Typed) -> Iterator[Field]:
    for child in children(tree):
        if isinstance(child, Field) and child.outer:
            yield child
        elif not isinstance(child, Aggregate):
            yield from _outer_fields(child)
