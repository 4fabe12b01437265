"""Follow-ups: a duration after the day that another play's message was sent or its task opened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from ..playbook.model import FollowUpTrigger, Play
from .context import Occasion
from .model import Due, Found
from .moments import scope_start


def find(context: Occasion, entity: str, play: Play) -> Found:
    """Follow-ups that are due by today, in the occurrence of their parent (same key)."""
    return Found(tuple(_due(context, entity, play)))


def _due(context: Occasion, entity: str, play: Play) -> Iterator[Due]:
    trigger = cast(FollowUpTrigger, play.trigger)
    first = scope_start(context, play)
    for parent in context.history.parents.get((play.playbook, play.name), ()):
        due = context.later(parent.acted_on, trigger.delay)
        if first <= due <= context.moment.today:
            yield Due(
                playbook=play.playbook,
                play=play.name,
                entity=entity,
                record=parent.record,
                key=parent.key,
                origin="follow_up",
                cycle=parent.cycle,
                target=parent.target,
                anchor=parent.anchor,
                due=due,
                deadline=context.later(due, play.grace) if play.grace else None,
                episode=parent.episode,
                parent=parent.id,
            )
