"""Unknown triggers: counted by the field that was missing, so that nothing is silently taken for false."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlglot import exp

from ...dsl.sqltree import Node, again, boolean, both, column, either, is_null, select, table
from ..playbook.model import FollowUpTrigger, Play, Playbook
from .context import Context
from .model import PlayId, Unknown
from .projection import TABLE, Projection


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
    counts = (exp.CountIf(this=_unknown(projection, play)) for _, play in plays)
    totals = select(counts, table(projection.name, TABLE))
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
    unknown = {(play.playbook, play.name): _unknown(projection, play) for _, play in plays}
    places = [(place, path) for place in unknown for path in projection.reads[place]]
    if not places:
        return []
    missing = {path: column(name, TABLE) for path, name in projection.missing.items()}
    counts = (exp.CountIf(this=both(again(unknown[place]), again(missing[path]))) for place, path in places)
    some = select(counts, table(projection.name, TABLE), where=either(*map(again, unknown.values())))
    counted = zip(places, context.store.execute(some)[0], strict=True)
    return [Unknown(*place, path, cast(int, n)) for (place, path), n in counted if n]
