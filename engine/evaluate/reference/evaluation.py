"""The reference evaluation: the same results as in bulk, from the interpreter over the records in memory.

For few records it is quick, because nothing is planned or compiled; and it is what the bulk engine is held
equal to (``tests/unit/evaluate/test_law_reference.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from ....dsl.evaluator import Evaluator
from ...playbook.model import (
    FollowUpTrigger,
    MomentTrigger,
    Play,
    Playbook,
    ScheduleTrigger,
    StateTrigger,
)
from .. import follow_ups
from ..context import Occasion
from ..evaluation import by_entity
from ..gather import NOTHING, Gathered, Need, RecordFacts
from ..model import Evaluation, Found, PlayId, Unknown
from ..stage import Wanted
from . import moments, schedules, states, unknowns
from .gather import Gathering
from .needs import Needs
from .readings import Held, Readings
from .recorded import Recorded


class Reference:
    """One evaluation, record by record. ``recorded``: what earlier runs left; ``needs`` may be kept for later
    evaluations of the same plays."""

    def __init__(self, occasion: Occasion, facts: Held, recorded: Recorded, needs: Needs) -> None:
        self.occasion = occasion
        self._facts = facts
        self._recorded = recorded
        self._needs = needs
        self._evaluator = Evaluator(occasion.world)

    def evaluate(self, playbooks: Sequence[Playbook], *, counted: bool = True) -> Evaluation:
        """Find what is due, opens and closes for every play, entity by entity. ``counted``: and what is
        unknown; the rest that is counted costs nothing."""
        found: list[Found] = []
        unknown: list[Unknown] = []
        foreseen: list[tuple[PlayId, date, int]] = []
        evaluated = 0
        for entity, group in by_entity(playbooks).items():
            readings = Readings.read(self.occasion, self._facts, entity, self._recorded, self._evaluator)
            plays = _plays(group)
            for book, play in plays:
                need = self._needs.whole(self.occasion, book, play)
                found.append(self._found(readings, book, play, need))
                foreseen += moments.foresee(readings, book, need)
                if counted:
                    unknown += unknowns.count(readings, book, play, need)
            evaluated += len(readings.all) * len(plays)
        return Evaluation(
            due=tuple(due for one in found for due in one.due),
            episodes=tuple(episode for one in found for episode in one.episodes),
            unknown=tuple(unknown),
            evaluated=evaluated,
            duplicates=sum(one.duplicates for one in found),
            foreseen=tuple((*place, day, count) for place, day, count in sorted(foreseen)),
        )

    def _found(self, readings: Readings, playbook: Playbook, play: Play, need: Need) -> Found:
        match play.trigger:
            case MomentTrigger():
                return moments.find(readings, playbook, play, need)
            case StateTrigger():
                return states.find(readings, playbook, play)
            case ScheduleTrigger():
                return schedules.find(readings, playbook, play)
            case FollowUpTrigger():
                return follow_ups.find(self.occasion, playbook.entity, play)

    def gather(self, playbooks: Sequence[Playbook], wanted: Wanted, left_open: Wanted = NOTHING) -> Gathered:
        """The facts of the wanted records that are in the snapshot; of those that are only ``left_open`` just
        what ends what is open."""
        gathering = Gathering(self.occasion, self._facts, self._evaluator)
        found: dict[PlayId, Mapping[str, RecordFacts]] = {}
        for book, play in _plays(playbooks):
            place = (book.name, play.name)
            whole = set(wanted.get(place, ()))
            ends = set(left_open.get(place, ())) - whole
            if whole or ends:
                all_of = self._needs.whole(self.occasion, book, play)
                ends_of = self._needs.ends(self.occasion, book, play)
                found[place] = {
                    **gathering.of(book.entity, all_of, sorted(whole)),
                    **gathering.of(book.entity, ends_of, sorted(ends)),
                }
        return Gathered(found)


def _plays(playbooks: Sequence[Playbook]) -> list[tuple[Playbook, Play]]:
    return [(book, play) for book in playbooks for play in book.plays.values()]
