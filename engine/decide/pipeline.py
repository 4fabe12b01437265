"""Candidates → verdicts → what a run writes. One fixed order of concerns (SPEC 6).

Pure: everything that a decision depends on comes in, everything that it changes goes out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from operator import attrgetter, itemgetter
from typing import Final

from ...dsl.frozen import frozen
from ..evaluate.gather import Gathered, RecordFacts
from ..evaluate.model import LAPSED, Due, PlayId
from . import act, conditions, experiments, lifecycle, limits
from .approval import approval
from .caps import caps
from .cases import Case, Change, Concern, Docket, Judgement, Setting
from .model import Candidate, OccurrenceRow, TaskRow, TouchRow
from .quoted import quoted
from .replied import replied
from .suppressed import suppressed
from .together import fire
from .verdicts import OPEN
from .writing import task_of

# The first that judges a case decides.
CONCERNS: Final[tuple[Concern, ...]] = (
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
    act.drafted,
    act.no_recipient,
    limits.paused,
    quoted,
    suppressed,
    replied,
    caps,
    limits.limit,
    approval,
)


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
    judged, dockets = _opened(candidates, gathered, setting)
    judged += settle(CONCERNS, dockets, setting)
    # What could have come along (`ahead`) and did not is not due yet: nothing is said of it.
    due = [one for one in judged if one.case.candidate.due <= setting.today]
    fired = fire(dockets, setting)
    judgements, rows = _in_order([*due, *fired], setting)
    return Decided(
        judgements,
        rows,
        tuple([touch for one in fired for touch in one.touches]),
        tuple(_tasks(fired, setting)),
    )


def settle(concerns: Iterable[Concern], dockets: Sequence[Docket], setting: Setting) -> list[Judgement]:
    """Apply one concern after the other to what the ones before have left on the dockets."""
    judged: list[Judgement] = []
    for concern in concerns:
        before = len(judged)
        for found in concern(dockets, setting):
            if isinstance(found, Change):
                found.case.drafts = found.drafts
            else:
                found.case.decided = True
                judged.append(found)
        for docket in dockets if len(judged) > before else ():
            docket.cases = [case for case in docket.cases if not case.decided]
    return judged


def _opened(
    candidates: Iterable[Candidate], gathered: Gathered, setting: Setting
) -> tuple[list[Judgement], list[Docket]]:
    """The dockets, in order of their plays, and what was judged because its play is gone."""
    places: dict[PlayId, list[Candidate]] = {}
    for candidate in candidates:
        places.setdefault((candidate.playbook, candidate.play), []).append(candidate)
    judged: list[Judgement] = []
    dockets: list[Docket] = []
    for place in sorted(places):
        playbook = setting.playbooks.get(place[0])
        play = playbook.plays.get(place[1]) if playbook else None
        if playbook is None or play is None:
            judged += lifecycle.removed(places[place])
        else:
            records = gathered.records.get(place, {})
            dockets.append(Docket(playbook, play, _cases(places[place], records)))
    return judged, dockets


def _cases(candidates: list[Candidate], records: Mapping[str, RecordFacts]) -> list[Case]:
    """The cases of a play, by record, due date and key. Nothing opens for a record that is not in the
    snapshot: a follow-up waits until it is there again."""
    for column in ("key", "due", "record"):  # one after the other is faster than all at once
        candidates.sort(key=attrgetter(column))
    return [
        Case(candidate, facts)
        for candidate in candidates
        if (facts := records.get(candidate.record)) is not None or candidate.known is not None
    ]


def _in_order(
    judgements: Iterable[Judgement], setting: Setting
) -> tuple[tuple[Judgement, ...], tuple[OccurrenceRow, ...]]:
    """The judgements and their rows, by play, then by id."""
    places: dict[PlayId, list[tuple[str, Judgement, OccurrenceRow]]] = {}
    for one in judgements:
        # Made before it is ordered: by id it would be looked for all over the memory.
        row = _row(one, setting)
        places.setdefault((row.playbook, row.play), []).append((row.id, one, row))
    ordered = [kept for place in sorted(places) for kept in sorted(places[place], key=itemgetter(0))]
    return tuple([one for _, one, _ in ordered]), tuple([row for _, _, row in ordered])


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


def _tasks(fired: Iterable[Judgement], setting: Setting) -> Iterator[TaskRow]:
    for one in fired:
        for touch in one.touches:
            if touch.type == "task":
                play = setting.playbooks[touch.playbook].plays[touch.play]
                yield task_of(touch, play.actions[touch.action], one.case, setting)
