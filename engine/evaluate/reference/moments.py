"""Moments, record by record: a due date in the play's window that the ledger does not have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import cast

from ....dsl.typed import Typed
from ...playbook.model import MomentTrigger, Play, Playbook
from ..context import DEFAULT_GRACE
from ..gather import Need
from ..model import LAPSED, Due, Found, PlayId, same_cycle
from ..moments import FORESEEN_DAYS, due_of, window
from .needs import targets_of
from .readings import Reading, Readings
from .recorded import PastOccurrence


def find(readings: Readings, playbook: Playbook, play: Play, need: Need) -> Found:
    """Occurrences of a moment play that are due by today, in scope and not in the ledger."""
    context = readings.occasion
    place = (play.playbook, play.name)
    first, last, in_grace = window(context, play)
    found: list[Due] = []
    duplicates = 0
    for reading, label, due in _dues(readings, playbook, need):
        if not first <= due <= last:
            continue
        anchor = cast(date, reading.value(_anchor(play)))
        identity = cast(str, reading.identity(anchor))
        known = [
            one
            for one in readings.recorded.of_record(place, reading.key)
            if _is_same(one, label, identity, due, context.tolerance(readings.entity))
        ]
        if not known:
            deadline = context.later(due, play.grace or DEFAULT_GRACE)
            names = (readings.entity, reading.key, label, identity)
            found.append(due_of(place, *names, anchor, due, deadline))
        elif in_grace <= due <= context.moment.today:
            duplicates += not all(one.open for one in known)
    return Found(tuple(found), (), duplicates)


def _anchor(play: Play) -> Typed:
    return cast(MomentTrigger, play.trigger).moment.date


def _dues(readings: Readings, playbook: Playbook, need: Need) -> Iterator[tuple[Reading, str, date]]:
    """Each record of the population with the targets whose day is known."""
    for reading in readings.population(playbook):
        for label, tree in targets_of(need).items():
            due = reading.value(tree)
            if due is not None:
                yield reading, label, cast(date, due)


def _is_same(known: PastOccurrence, label: str, identity: str, due: date, tolerance: int) -> bool:
    """The ledger has the due row as this occurrence: for good, or for just this day where it lapsed."""
    if known.target != label or known.identity is None:
        return False
    stands = known.reason not in LAPSED or known.due == due
    return stands and same_cycle(known.identity, identity, tolerance)


def foresee(readings: Readings, playbook: Playbook, need: Need) -> Iterator[tuple[PlayId, date, int]]:
    """How many of a play's moments fall on each of the coming days, as the facts stand."""
    today = readings.occasion.moment.today
    days = (due for _, _, due in _dues(readings, playbook, need))
    coming = Counter(due for due in days if today < due <= today + timedelta(days=FORESEEN_DAYS))
    return ((need.place, day, count) for day, count in coming.items())
