"""The evaluation of all playbooks over a snapshot: what is due today, per play, in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from sqlglot import exp

from ...dsl.sqltree import select, table
from ..playbook.model import (
    FollowUpTrigger,
    MomentTrigger,
    Play,
    Playbook,
    ScheduleTrigger,
    StateTrigger,
)
from . import follow_ups, moments, schedules, states, unknowns
from .context import Context
from .model import Due, EpisodeRow, Evaluation, Found, Unknown
from .projection import Projection, project


def evaluate(context: Context, playbooks: Sequence[Playbook], *, counted: bool = True) -> Evaluation:
    """Find what is due, opens and closes for every play, entity by entity. ``counted``: also how many records
    and duplicates there are, and what is unknown.

    All plays of an entity are evaluated in one pass over its facts; only due or changed records come back.
    """
    due: list[Due] = []
    episodes: list[EpisodeRow] = []
    unknown: list[Unknown] = []
    foreseen: list[tuple[str, str, date, int]] = []
    evaluated = duplicates = 0
    for entity, group in by_entity(playbooks).items():
        projection = project(context, entity, group, counted=counted)
        plays = [play for playbook in group for play in playbook.plays.values()]
        for found in _found(context, projection, plays, counted):
            due += found.due
            episodes += found.episodes
            duplicates += found.duplicates
        foreseen += moments.foresee(context, projection, with_trigger(plays, MomentTrigger))
        if counted:
            unknown += unknowns.count(context, projection, group)
            evaluated += _records(context, entity) * len(plays)
    return Evaluation(tuple(due), tuple(episodes), tuple(unknown), evaluated, duplicates, tuple(foreseen))


def by_entity(playbooks: Iterable[Playbook]) -> dict[str, list[Playbook]]:
    """The playbooks of each entity, in order of name."""
    groups: dict[str, list[Playbook]] = {}
    for playbook in sorted(playbooks, key=lambda playbook: playbook.name):
        groups.setdefault(playbook.entity, []).append(playbook)
    return groups


def _found(context: Context, projection: Projection, plays: Sequence[Play], counted: bool) -> Iterator[Found]:
    """What each kind of trigger finds. Moments and states are many: one statement finds those of all."""
    yield moments.find(context, projection, with_trigger(plays, MomentTrigger), counted=counted)
    yield states.find(context, projection, with_trigger(plays, StateTrigger))
    for play in with_trigger(plays, ScheduleTrigger):
        yield schedules.find(context, projection, play)
    for play in with_trigger(plays, FollowUpTrigger):
        yield follow_ups.find(context, projection.entity, play)


def with_trigger(plays: Iterable[Play], kind: type[object]) -> list[Play]:
    """The plays with a trigger of one kind."""
    return [play for play in plays if isinstance(play.trigger, kind)]


def _records(context: Context, entity: str) -> int:
    count = context.store.execute(select([exp.Count(this=exp.Star())], table(entity, "x")))
    return int(str(count[0][0]))
