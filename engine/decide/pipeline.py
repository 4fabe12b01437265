"""Candidates → verdicts → what a run writes. One fixed order of concerns (SPEC 6).

Pure: everything that a decision depends on comes in, everything that it changes goes out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Final

from ...dsl.frozen import frozen
from ..evaluate.gather import Gathered
from ..evaluate.model import LAPSED, Due
from . import act, conditions, experiments, lifecycle, limits
from .approval import approval
from .caps import caps
from .cases import Case, Judgement, Setting, Sieve, Step
from .model import Candidate, OccurrenceRow, TaskRow, TouchRow
from .quoted import quoted
from .replied import replied
from .suppressed import suppressed
from .together import gather_together
from .verdicts import OPEN

# Before the people are known, after, touch by touch, of what is left. The first that judges a case decides.
FIRST: Final[tuple[Step, ...]] = (
    lifecycle.removed,
    conditions.sources,
    lifecycle.absent,
    lifecycle.episode_ended,
    lifecycle.left,
    lifecycle.cycle_ended,
    lifecycle.moved,
    lifecycle.superseded,
    lifecycle.too_late,
    conditions.stop,
    conditions.waiting,
    conditions.conditions,
    experiments.holdout,
)
SECOND: Final[tuple[Step, ...]] = (act.no_recipient, limits.paused)
SIEVES: Final[tuple[Sieve, ...]] = (quoted, suppressed, replied, caps)
THIRD: Final[tuple[Step, ...]] = (limits.limit, approval)


@frozen
class Decided:
    """The outcome of deciding: every case has one judgement; the fired ones have touches and tasks.
    ``rows`` are the judgements as the ledger keeps them, in the same order."""

    judgements: tuple[Judgement, ...]
    rows: tuple[OccurrenceRow, ...]
    touches: tuple[TouchRow, ...]
    tasks: tuple[TaskRow, ...]

    @property
    def occurrences(self) -> tuple[OccurrenceRow, ...]:
        """The rows that are new or that say something else than before."""
        pairs = zip(self.judgements, self.rows, strict=True)
        return tuple(row for judgement, row in pairs if _is_new(judgement))

    def counts(self) -> dict[str, int]:
        """How many of each verdict; they add up to the number of candidates."""
        return dict(sorted(Counter(judgement.verdict for judgement in self.judgements).items()))


# What a candidate has from where it comes: the evaluation's ``Due`` or the ledger's row.
_SHARED: Final = tuple(one.name for one in fields(Due))


def candidate_of(due: Due, identity: str = "") -> Candidate:
    """A new occurrence as a candidate; ``identity`` where its play's name was another's before."""
    return Candidate(**{name: getattr(due, name) for name in _SHARED}, identity=identity)


def known_candidate(row: OccurrenceRow, today: date) -> Candidate:
    """An occurrence that an earlier run left open; the days it was held do not count against its grace."""
    shared = {name: getattr(row, name) for name in _SHARED}
    shared["deadline"] = lifecycle.extended(row.deadline, row.held_since, today)
    return Candidate(**shared, known=row)


def decide(candidates: Iterable[Candidate], gathered: Gathered, setting: Setting) -> Decided:
    """Judge every candidate. Raises nothing: what cannot be decided is held or pending, with a reason."""
    ordered = sorted(candidates, key=_place)
    cases = list(_cases(ordered, gathered, setting))
    # Nothing opens for a record that is not in the snapshot: a follow-up waits until it is there again.
    undecided = [case for case in cases if case.facts is not None or case.candidate.known is not None]
    judged, undecided = _apply(FIRST, undecided, setting)
    undecided = act.with_touches(undecided, setting)
    more, undecided = _apply(SECOND, undecided, setting)
    judged += more
    for sieve in SIEVES:
        more, undecided = sieve(undecided, setting)
        judged += more
    more, undecided = _apply(THIRD, undecided, setting)
    judged += more
    undecided = gather_together(undecided, setting)
    # What could have come along (`ahead`) and did not is not due yet: nothing is said of it.
    due = [one for one in judged if one.case.candidate.due <= setting.today]
    kept = sorted(
        (*due, *(Judgement(case, "fired") for case in undecided)),
        key=_place_of_judgement,
    )
    return Decided(
        tuple(kept),
        tuple(_row(one, setting) for one in kept),
        tuple(touch for case in undecided for touch in case.touches),
        tuple(_tasks(undecided, setting)),
    )


_place = attrgetter("playbook", "play", "record", "due", "key")
_place_of_judgement = attrgetter("case.candidate.playbook", "case.candidate.play", "case.candidate.id")


def _cases(candidates: Iterable[Candidate], gathered: Gathered, setting: Setting) -> Iterator[Case]:
    """The candidates, which lie play by play, with what deciding them needs."""
    for (name, of_play), group in groupby(candidates, attrgetter("playbook", "play")):
        playbook = setting.playbooks.get(name)
        play = playbook.plays.get(of_play) if playbook else None
        records = gathered.records.get((name, of_play), {})
        for candidate in group:
            yield Case(candidate, playbook, play, records.get(candidate.record))


def _apply(
    steps: Sequence[Step], cases: Sequence[Case], setting: Setting
) -> tuple[list[Judgement], list[Case]]:
    undecided, judged = list(cases), []
    for step in steps:
        found = step(undecided, setting)
        if found:
            judged += found
            done = {id(judgement.case) for judgement in found}
            undecided = [case for case in undecided if id(case) not in done]
    return judged, undecided


def _is_new(judgement: Judgement) -> bool:
    known = judgement.case.candidate.known
    return known is None or (known.verdict, known.reason) != (judgement.verdict, judgement.reason)


def _row(judgement: Judgement, setting: Setting) -> OccurrenceRow:
    """The ledger's row for a judgement."""
    candidate, known = judgement.case.candidate, judgement.case.candidate.known
    verdict, reason = judgement.verdict, judgement.reason
    held_since, deadline = (setting.today if verdict == "held" else None), candidate.deadline
    if known is not None and known.verdict == "held" and verdict == "held":
        # Still held, for whatever reason: the grace moves once, by all the days, when the hold ends.
        held_since, deadline = known.held_since, known.deadline
    if verdict == "capped" and judgement.deadline is not None:
        deadline = judgement.deadline
    # A lapsed moment is closed for its due date only, so the key itself stays free.
    lapsed = verdict == "expired" and reason in LAPSED and candidate.origin == "moment"
    return OccurrenceRow(  # by position: by name it takes twice as long, a tenth of all that deciding takes
        candidate.id,
        candidate.playbook,
        candidate.play,
        candidate.entity,
        candidate.record,
        f"{candidate.key}@{candidate.due.isoformat()}" if lapsed else candidate.key,
        candidate.origin,
        candidate.cycle,
        candidate.target,
        candidate.anchor,
        candidate.due,
        deadline,
        verdict,
        reason,
        judgement.detail,
        verdict in OPEN,
        setting.today if verdict == "fired" else None,
        setting.today,
        held_since,
        candidate.episode,
        candidate.parent,
        setting.run,
    )


def _tasks(cases: Sequence[Case], setting: Setting) -> Iterable[TaskRow]:
    for case in cases:
        for touch in case.touches:
            if touch.type == "task":
                assert case.play is not None
                yield act.task_of(touch, case.play.actions[touch.action], case, setting)
