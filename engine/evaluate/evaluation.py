"""The evaluation of all playbooks over a snapshot: what is due today, per play, in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlglot import exp

from ...dsl.sqltree import table
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


def evaluate(context: Context, playbooks: Sequence[Playbook]) -> Evaluation:
    """Find what is due, opens and closes for every play, entity by entity.

    All plays of an entity are evaluated in one pass over its facts; only due or changed records come back.
    """
    due: list[Due] = []
    episodes: list[EpisodeRow] = []
    unknown: list[Unknown] = []
    foreseen: list[tuple[str, str, date, int]] = []
    evaluated = duplicates = 0
    for entity, group in by_entity(playbooks).items():
        projection = project(context, entity, group)
        plays = [play for playbook in group for play in playbook.plays.values()]
        for play in plays:
            found = _find(context, projection, play)
            due += found.due
            episodes += found.episodes
            duplicates += found.duplicates
            if isinstance(play.trigger, MomentTrigger):
                foreseen += moments.foresee(context, projection, play)
        unknown += unknowns.count(context, projection, group)
        evaluated += _records(context, entity) * len(plays)
    return Evaluation(tuple(due), tuple(episodes), tuple(unknown), evaluated, duplicates, tuple(foreseen))


def by_entity(playbooks: Iterable[Playbook]) -> dict[str, list[Playbook]]:
    """The playbooks of each entity, in order of name."""
    groups: dict[str, list[Playbook]] = {}
    for playbook in sorted(playbooks, key=lambda playbook: playbook.name):
        groups.setdefault(playbook.entity, []).append(playbook)
    return groups


def _find(context: Context, projection: Projection, play: Play) -> Found:
    match play.trigger:
        case MomentTrigger():
            return moments.find(context, projection, play)
        case StateTrigger():
            return states.find(context, projection, play)
        case ScheduleTrigger():
            return schedules.find(context, projection, play)
        case FollowUpTrigger():
            return follow_ups.find(context, projection.entity, play)


def _records(context: Context, entity: str) -> int:
    count = context.store.execute(exp.select(exp.Count(this=exp.Star())).from_(table(entity, "x")))
    return int(str(count[0][0]))
