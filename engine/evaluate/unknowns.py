"""Unknown triggers: counted by the field that was missing, so that nothing is silently taken for false."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

from sqlglot import exp

from ...dsl.compiler import compile_select
from ...dsl.sqltree import Node, boolean, both, column, either, is_null, negation, table
from ...dsl.typed import Aggregate, Field, Typed, children
from ..playbook.model import FollowUpTrigger, MomentTrigger, Play, Playbook, StateTrigger
from .context import Context, call, equal, is_false, is_true
from .model import PlayId, Unknown
from .projection import TABLE, Projection

_MISSING = "m"  # alias of the select that says which fields are missing


def count(context: Context, projection: Projection, playbooks: Sequence[Playbook]) -> list[Unknown]:
    """For each play whose trigger or ``where`` is unknown for some record: by missing field, how many."""
    plays = [
        (playbook, play)
        for playbook in playbooks
        for play in playbook.plays.values()
        if not isinstance(play.trigger, FollowUpTrigger)
    ]
    if not plays:
        return []
    totals = exp.select(*(exp.CountIf(this=_unknown(projection, play)) for _, play in plays)).from_(
        table(projection.name, TABLE)
    )
    found: list[Unknown] = []
    for (playbook, play), total in zip(plays, context.store.execute(totals)[0], strict=True):
        if total:
            found += _by_field(context, projection, playbook, play)
    return found


def _unknown(projection: Projection, play: Play) -> Node:
    """The population and the trigger together are neither certainly true nor certainly false."""
    place: PlayId = (play.playbook, play.name)
    where = projection.population.get(play.playbook)
    state = projection.trigger.get(place)
    names = [state] if state else [name for _, name in projection.due.get(place, ())]
    missing = [is_null(column(name, TABLE)) for name in names]
    if where is None:
        return either(*missing) if missing else boolean(False)
    unknown_where = is_null(column(where, TABLE))
    if state:
        # Kleene: a certainly false trigger beside an unknown `where` is false.
        unknown_where = both(unknown_where, negation(is_false(column(state, TABLE))))
    certain = [both(is_true(column(where, TABLE)), part) for part in missing]
    return either(unknown_where, *certain)


def _by_field(context: Context, projection: Projection, playbook: Playbook, play: Play) -> Iterator[Unknown]:
    derived = context.compile_world.derived
    trees = [playbook.where.tree] if playbook.where else []
    trigger = play.trigger
    if isinstance(trigger, StateTrigger):
        trees.append(trigger.when.tree)
    elif isinstance(trigger, MomentTrigger):
        trees += [trigger.moment.date, trigger.moment.offset, *(tree for _, tree in trigger.moment.targets)]
    fields: dict[str, Field] = {}
    for tree in trees:
        fields |= {".".join((*leaf.hops, leaf.name)): leaf for leaf in leaves(tree, derived)}
    names = {f"m{i}": (path, leaf) for i, (path, leaf) in enumerate(sorted(fields.items()))}
    if not names:
        return
    outputs = {name: call("is missing", leaf) for name, (_, leaf) in names.items()}
    missing = compile_select(projection.entity, outputs, context.compile_world)
    counts = (
        exp.select(*(exp.CountIf(this=column(name, _MISSING)) for name in names))
        .from_(table(projection.name, TABLE))
        .join(
            missing.subquery(_MISSING),
            on=equal(column("_key", _MISSING), column("_key", TABLE)),
        )
        .where(_unknown(projection, play))
    )
    for (path, _), total in zip(names.values(), context.store.execute(counts)[0], strict=True):
        if total:
            yield Unknown(playbook.name, play.name, path, cast(int, total))


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
