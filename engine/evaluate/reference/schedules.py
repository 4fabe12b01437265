"""Schedules, record by record: a slot that the ledger does not have."""

from __future__ import annotations

from ...playbook.model import Play, Playbook
from ..model import Found
from ..schedules import due_of, due_slots, key_of
from .readings import Readings


def find(readings: Readings, playbook: Playbook, play: Play) -> Found:
    """A slot is due in the first run of its local date; missed days are caught up within the grace."""
    occasion, place = readings.occasion, (play.playbook, play.name)
    return Found(
        tuple(
            due_of(occasion, play, readings.entity, reading.key, reading.identity() or "", slot)
            for slot in due_slots(occasion, play)
            for reading in readings.population(playbook)
            if all(one.key != key_of(slot) for one in readings.recorded.of_record(place, reading.key))
        )
    )
