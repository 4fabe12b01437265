"""Unknown triggers: counted by the field that was missing, so that nothing is silently taken for false."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

from sqlglot import exp

from ...dsl.compiler import compile_select
from ...dsl.sqltree import Node, again, boolean, both, column, either, is_null, table
from ...dsl.typed import Aggregate, Field, Typed, children
from ..playbook.model import FollowUpTrigger, MomentTrigger, Play, Playbook, StateTrigger
from .context import Context, call, equal
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
    counted = zip(plays, context.store.execute(totals)[0], strict=True)
    return _by_field(context, projection, [(playbook, play) for (playbook, play), total in counted if total])


def _unknown(projection: Projection, play: Play) -> Node:
    """The population and the trigger together are neither certainly true nor certainly false."""
    place: PlayId = (play.playbook, play.name)
    where = projection.population.get(play.playbook)
    state = projection.trigger.get(place)
    names = sorted({due.column for due in projection.due.get(place, ())})
    if state:  # Kleene: a certainly false trigger beside an unknown `where` is false
        parts = [column(name, TABLE) for name in (where, state) if name]
        return is_null(both(*parts))
    missing = [is_null(column(name, TABLE)) for name in names]
    if where is None:
        return either(*missing) if missing else boolean(False)
    certain = [both(column(where, TABLE), either(*missing))] if missing else []
    return either(is_null(column(where, TABLE)), *certain)


def _by_field(
    context: Context, projection: Projection, plays: Sequence[tuple[Playbook, Play]]
) -> list[Unknown]:
    """For plays that have unknowns: how many of them miss each field that the play reads."""
    fields = [_fields(context, playbook, play) for playbook, play in plays]
    names = {path: f"m{i}" for i, path in enumerate(sorted({path for read in fields for path in read}))}
    if not names:
        return []
    leaves_read = {path: leaf for read in fields for path, leaf in read.items()}
    outputs = {name: call("is missing", leaves_read[path]) for path, name in names.items()}
    places = [(play, path) for (_, play), read in zip(plays, fields, strict=True) for path in sorted(read)]
    unknown = {id(play): _unknown(projection, play) for _, play in plays}
    counts = (
        exp.select(
            *(
                exp.CountIf(this=both(again(unknown[id(play)]), column(names[path], _MISSING)))
                for play, path in places
            )
        )
        .from_(table(projection.name, TABLE))
        .join(
            compile_select(projection.entity, outputs, context.compile_world).subquery(_MISSING),
            on=equal(column("_key", _MISSING), column("_key", TABLE)),
        )
        .where(either(*unknown.values()))
    )
    counted = zip(places, context.store.execute(counts)[0], strict=True)
    return [Unknown(play.playbook, play.name, path, cast(int, n)) for (play, path), n in counted if n]


def _fields(context: Context, playbook: Playbook, play: Play) -> dict[str, Field]:
    """The stored fields that a play's population and trigger read, by path."""
    derived = context.compile_world.derived
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
