"""Unknown triggers, record by record, by the field that was missing."""

from __future__ import annotations

from collections.abc import Iterator

from ....dsl.typed import Typed
from ...playbook.model import FollowUpTrigger, Play, Playbook, StateTrigger
from ..context import call
from ..gather import Need
from ..model import Unknown
from ..reads import fields_read
from .needs import targets_of
from .readings import Reading, Readings


def count(readings: Readings, playbook: Playbook, play: Play, need: Need) -> Iterator[Unknown]:
    """For a play whose trigger or ``where`` is unknown for some record: by missing field, how many."""
    if isinstance(play.trigger, FollowUpTrigger):
        return
    unknown = [reading for reading in readings.all if _is_unknown(reading, playbook, play, need)]
    if unknown:
        derived = {place: one.tree for place, one in readings.occasion.world.derived.items()}
        for path, leaf in sorted(fields_read(playbook, play, derived).items()):
            number = sum(_is_missing(reading, leaf) for reading in unknown)
            if number:
                yield Unknown(play.playbook, play.name, path, number)


def _is_unknown(reading: Reading, playbook: Playbook, play: Play, need: Need) -> bool:
    """The population and the trigger together are neither certainly true nor certainly false."""
    trigger, population = play.trigger, reading.is_in(playbook)
    if isinstance(trigger, StateTrigger):  # Kleene: one that is certainly false settles both
        state = reading.truth(trigger.when, True)
        return False not in (population, state) and None in (population, state)
    if population is True:
        return any(reading.value(tree) is None for tree in targets_of(need).values())
    return population is None


def _is_missing(reading: Reading, leaf: Typed) -> bool:
    return reading.evaluator.value(call("is missing", leaf), reading.scope) is True
