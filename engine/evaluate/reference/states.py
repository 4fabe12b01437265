"""States, record by record: an episode opens, goes on or ends."""

from __future__ import annotations

from functools import partial
from typing import cast

from ...playbook.model import Play, Playbook, StateTrigger
from ..context import Occasion
from ..model import Due, EpisodeRow, Found, same_cycle
from ..states import Used, first_of_each, step
from .readings import Reading, Readings
from .recorded import LastEpisode, Recorded


def find(readings: Readings, playbook: Playbook, play: Play) -> Found:
    """What opens, fires again and closes today for a state play."""
    episodes: list[EpisodeRow] = []
    due: list[Due] = []
    for reading in readings.all:
        last = readings.recorded.episode((play.playbook, play.name), reading.key)
        holds = _holds(reading, playbook, play)
        is_open = last is not None and last.open
        ending = _ending(readings, reading, playbook, play, last) if last and is_open else None
        changes = ending is not None or (holds and _may_fire(readings.occasion, play, last))
        if changes if is_open else holds:
            of_last = last[3:8] if last else (None,) * 5
            row = (reading.key, reading.identity() or "", holds, ending, is_open, *of_last)
            step(readings.occasion, readings.entity, play, row, episodes, due)
    used = partial(_used, readings.recorded)
    kept = first_of_each(readings.occasion, readings.entity, play, due, used)
    return Found(tuple(kept), tuple(episodes))


def _holds(reading: Reading, playbook: Playbook, play: Play) -> bool:
    """The record is in the population, not stopped, and the state certainly true."""
    trigger = cast(StateTrigger, play.trigger)
    return (
        reading.is_in(playbook) is True
        and reading.truth(playbook.stop, False) is not True
        and reading.truth(trigger.when, True) is True
    )


def _may_fire(occasion: Occasion, play: Play, last: LastEpisode | None) -> bool:
    """An open episode still waits (whatever `for` says by now, or no more), or is to fire again."""
    again = cast(StateTrigger, play.trigger).again
    if last is None or last.opened_on is None:
        return True
    if again is None or last.fired_on is None:
        return False
    return last.fired_on <= occasion.earlier(occasion.moment.today, again)


def _ending(
    readings: Readings, reading: Reading, playbook: Playbook, play: Play, last: LastEpisode
) -> str | None:
    """Why an open episode ends today, or None: the first that applies."""
    if reading.is_in(playbook) is False:
        return "left"
    if reading.truth(playbook.stop, False) is True:
        return "stop"
    if _is_of_another_cycle(readings, reading, last):
        return "cycle"
    return "clear" if _is_cleared(reading, play, last) else None


def _is_of_another_cycle(readings: Readings, reading: Reading, last: LastEpisode) -> bool:
    """The record's cycle is certainly not the episode's."""
    identity = reading.identity()
    if last.cycle is None or identity is None:
        return False
    return not same_cycle(last.cycle, identity, readings.occasion.tolerance(readings.entity))


def _is_cleared(reading: Reading, play: Play, last: LastEpisode) -> bool:
    """`clear` is true, or without one the trigger false. Hysteresis concerns an episode that has opened; one
    that still waits for `for` is reset by a false trigger."""
    trigger = cast(StateTrigger, play.trigger)
    if trigger.clear is not None and last.opened_on is not None:
        return reading.truth(trigger.clear, False) is True
    return reading.truth(trigger.when, True) is False


def _used(recorded: Recorded, play: Play) -> Used:
    known = recorded.occurrences.get((play.playbook, play.name), {})
    return {record: [one.identity or "" for one in rows if one.used] for record, rows in known.items()}
