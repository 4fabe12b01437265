"""Is the occurrence still alive? Removed, episode, left, cycle, moved, superseded, grace: before
anything else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from ..evaluate.context import iso
from ..evaluate.gather import RecordFacts
from ..evaluate.model import same_cycle
from ..playbook.model import FollowUpTrigger, Play, Playbook
from .cases import Case, EpisodeId, Judgement, Setting
from .model import Candidate, OpenTask

# Why an occurrence that waited so expires; any other has missed its day.
_OVERDUE = {"pending": "unknown", "capped": "capped"}


def removed(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """The play is no longer in the playbook."""
    return [Judgement(case, "stopped", "removed") for case in cases if case.play is None]


def absent(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """The record is not in the snapshot: nothing opens, closes or fires; what it was, it stays."""
    return [
        Judgement(case, known.verdict, known.reason, known.detail)
        for case in cases
        if case.facts is None and (known := case.candidate.known) is not None
    ]


def left(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """The record is not in the population any more."""
    return [Judgement(case, "stopped", "left") for case in cases if case.value_of("where") is False]


def cycle_ended(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """The record is in another cycle now."""
    return [Judgement(case, "stopped", "cycle") for case in cases if not _same_cycle(case, setting)]


def _same_cycle(case: Case, setting: Setting) -> bool:
    if case.facts is None or case.candidate.cycle is None:
        return True
    now, tolerance = current_cycle(case.candidate.entity, case.facts, setting)
    return now is None or same_cycle(case.candidate.cycle, now, tolerance)


def current_cycle(entity: str, facts: RecordFacts, setting: Setting) -> tuple[str | None, int]:
    """The cycle that a record is in now (None: missing, or the entity has none), and its tolerance."""
    cycle = setting.cycle_of(entity)
    return (iso(facts.value(cycle.checked)), cycle.tolerance_days) if cycle else (None, 0)


def moved(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """It waited, and by now its date says that the moment lies ahead again (bad data was mended, a date
    was corrected): it is due then, not now. A date that went missing says nothing: what it was, it stays."""
    judged: list[Judgement] = []
    for case in cases:
        known, facts = case.candidate.known, case.facts
        if known is None or facts is None or known.target not in facts.due:
            continue
        due = facts.due[known.target]
        if due is None:
            judged.append(Judgement(case, known.verdict, known.reason, known.detail))
        elif due > setting.today:
            judged.append(Judgement(case, "expired", "moved", due.isoformat()))
    return judged


def episode_ended(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """The state that the occurrence answers (or that its parent answered) no longer holds."""
    return [
        Judgement(case, "stopped", "episode")
        for case in cases
        if episode_of(case.playbook, case.candidate) in setting.ended
    ]


def episode_of(playbook: Playbook | None, one: Candidate | OpenTask) -> EpisodeId | None:
    """The episode that an occurrence or task belongs to; a follow-up's is that of the play it follows."""
    play = playbook.plays.get(one.play) if playbook else None
    if playbook is None or play is None or one.episode is None:
        return None
    return playbook.name, followed(playbook, play).name, one.record, one.episode


def followed(playbook: Playbook, play: Play) -> Play:
    """The play that a follow-up follows in the end; any other is its own."""
    while isinstance(play.trigger, FollowUpTrigger):
        play = playbook.plays[play.trigger.parent]
    return play


def superseded(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """Of several occurrences of one play for one record only the newest is decided."""
    newest: dict[tuple[str, str, str], Case] = {}
    for case in cases:
        candidate = case.candidate
        place = (candidate.playbook, candidate.play, candidate.record)
        best = newest.get(place)
        if best is None or _rank(best, setting) < _rank(case, setting):
            newest[place] = case
    kept = {id(case) for case in newest.values()}
    return [Judgement(case, "expired", "superseded") for case in cases if id(case) not in kept]


def _rank(case: Case, setting: Setting) -> tuple[bool, int, str]:
    """What is due goes before what could only come along (`ahead`); of those, the soonest goes."""
    days = (case.candidate.due - setting.today).days
    return days <= 0, -abs(days), case.candidate.key


def too_late(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """Past the grace (held days do not count), or held until the countdown's own date had passed."""
    judged: list[Judgement] = []
    for case in cases:
        candidate, known = case.candidate, case.candidate.known
        waited = known is not None and known.verdict in ("held", "capped")
        if waited and candidate.anchor is not None and candidate.anchor < setting.today:
            judged.append(Judgement(case, "expired", "date"))
        elif candidate.deadline is not None and setting.today > candidate.deadline:
            reason = _OVERDUE.get(known.verdict, "grace") if known is not None else "grace"
            judged.append(Judgement(case, "expired", reason))
    return judged


def extended(deadline: date | None, held_since: date | None, today: date) -> date | None:
    """The deadline of an occurrence that was held, moved by the days it was held."""
    if deadline is None or held_since is None:
        return deadline
    return deadline + timedelta(days=max(0, (today - held_since).days))
