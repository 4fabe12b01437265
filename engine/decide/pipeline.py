"""Candidates → verdicts → what a run writes. One fixed order of concerns (SPEC 6).

Pure: everything that a decision depends on comes in, everything that it changes goes out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from itertools import repeat
from operator import attrgetter
from typing import Final

from ...dsl.frozen import frozen
from ..chunks import chunks
from ..evaluate.gather import Gathered, RecordFacts
from ..evaluate.model import LAPSED, Due, PlayId
from ..playbook.model import TaskAction
from . import act, conditions, experiments, lifecycle, limits
from .approval import approval
from .caps import caps
from .cases import Case, Change, Concern, Docket, Judgement, Setting
from .columns import BATCH, rows
from .ids import identifiers
from .model import Candidate, OccurrenceRow, TaskRow, TouchRow, unique_parts
from .quoted import quoted
from .replied import replied
from .suppressed import suppressed
from .together import fire
from .verdicts import OPEN, Verdict
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

    def touches_of(self) -> Mapping[str, Sequence[TouchRow]]:
        """The touches by the id of the occurrence that carries them; the others have none."""
        found: defaultdict[str, list[TouchRow]] = defaultdict(list)
        for touch in self.touches:
            found[touch.occurrence].append(touch)
        return found

    def counts(self) -> dict[str, int]:
        """How many of each verdict; they add up to the number of candidates."""
        return dict(sorted(Counter(judgement.verdict for judgement in self.judgements).items()))


# What a candidate has from where it comes: the evaluation's ``Due`` or the ledger's row.
_SHARED: Final = tuple(one.name for one in fields(Due))


def candidates_of(dues: Sequence[Due], identity_of: Callable[[str, str], str]) -> list[Candidate]:
    """New occurrences as candidates. ``identity_of`` gives a play's identity where its name was another's
    before, "" where it was not."""
    identities = [identity_of(due.playbook, due.play) for due in dues]
    ids = identifiers(map(unique_parts, dues, identities))
    shared = zip(*map(attrgetter(*_SHARED), dues), strict=True)
    return list(map(Candidate, *shared, repeat(None), identities, ids))


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
    judgements, kept = _in_order([*due, *fired.judgements], setting)
    tasks = (
        task_of(case, draft.doing.action, touch, setting)
        for case, draft, touch in fired.written
        if isinstance(draft.doing.action, TaskAction)
    )
    return Decided(judgements, kept, tuple([touch for _, _, touch in fired.written]), tuple(tasks))


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
    """The judgements and their rows, by play, those that say the same side by side, as they were judged."""
    places: dict[PlayId, dict[Verdict, list[Judgement]]] = {}
    for one in judgements:
        candidate = one.case.candidate
        verdicts = places.setdefault((candidate.playbook, candidate.play), {})
        verdicts.setdefault(one.verdict, []).append(one)
    alike = [(verdict, same) for place in sorted(places) for verdict, same in places[place].items()]
    made = [
        row
        for verdict, same in alike
        for batch in chunks(same, BATCH)
        for row in _rows(verdict, batch, setting)
    ]
    return tuple([one for _, same in alike for one in same]), tuple(made)


def _is_new(judgement: Judgement) -> bool:
    known = judgement.case.candidate.known
    return known is None or (known.verdict, known.reason) != (judgement.verdict, judgement.reason)


def _rows(verdict: Verdict, judgements: Sequence[Judgement], setting: Setting) -> Iterator[OccurrenceRow]:
    """The ledger's rows for judgements of one play that say the same."""
    candidates = [one.case.candidate for one in judgements]
    shared = zip(*map(attrgetter(*_SHARED), candidates), strict=True)
    columns: dict[str, Iterable[object]] = {
        **dict(zip(_SHARED, shared, strict=True)),
        "id": [one.id for one in candidates],
        "verdict": repeat(verdict),
        "reason": [one.reason for one in judgements],
        "detail": [one.detail for one in judgements],
        "open": repeat(verdict in OPEN),
        "fired_on": repeat(setting.today if verdict == "fired" else None),
        "decided_on": repeat(setting.today),
        "held_since": repeat(None),
        "run": repeat(setting.run),
    }
    match verdict:
        case "held":
            columns["held_since"] = [_held_since(one, setting.today) for one in candidates]
            columns["deadline"] = [_deadline_when_held(one) for one in candidates]
        case "capped":
            columns["deadline"] = [one.deadline or one.case.candidate.deadline for one in judgements]
        case "expired":
            columns["key"] = [_key_when_expired(one) for one in judgements]
    return rows(OccurrenceRow, columns)


def _held_since(candidate: Candidate, today: date) -> date | None:
    known = candidate.known
    return known.held_since if known is not None and known.verdict == "held" else today


def _deadline_when_held(candidate: Candidate) -> date | None:
    """Still held, for whatever reason: the grace moves once, by all the days, when the hold ends."""
    known = candidate.known
    return known.deadline if known is not None and known.verdict == "held" else candidate.deadline


def _key_when_expired(judgement: Judgement) -> str:
    """A lapsed moment is closed for its due date only, so the key itself stays free."""
    candidate = judgement.case.candidate
    lapsed = judgement.reason in LAPSED and candidate.origin == "moment"
    return f"{candidate.key}@{candidate.due.isoformat()}" if lapsed else candidate.key
