"""Is the occurrence still alive? Removed, episode, left, cycle, moved, superseded, grace: before
anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

from ..evaluate.context import iso
from ..evaluate.gather import RecordFacts
from ..evaluate.model import same_cycle
from ..playbook.model import FollowUpTrigger, Play, Playbook
from .cases import Case, Docket, EpisodeId, Judgement, Setting
from .model import Candidate, OpenTask

# Why an occurrence that waited so expires; any other has missed its day.
_OVERDUE = {"pending": "unknown", "capped": "capped"}


def removed(candidates: Iterable[Candidate]) -> list[Judgement]:
    """What waited for a play that is no longer in the playbook."""
    return [
        Judgement(Case(candidate, None), "stopped", "removed")
        for candidate in candidates
        if candidate.known is not None
    ]


def absent(dockets: Sequence[Docket], setting: Setting) -> list[Judgement]:
    """The record is not in the snapshot: nothing opens, closes or fires; what it was, it stays."""
    return [
        Judgement(case, known.verdict, known.reason, known.detail)
        for docket in dockets
        for case in docket.cases
        if case.facts is None and (known := case.candidate.known) is not None
    ]


def left(dockets: Sequence[Docket], setting: Setting) -> list[Judgement]:
    """The record is not in the population any more."""
    return [
        Judgement(case, "stopped", "left")
        for docket in dockets
        if (where := docket.playbook.where) is not None
        for case, inside in zip(docket.cases, docket.values(where), strict=True)
        if inside is False
    ]


def cycle_ended(dockets: Sequence[Docket], setting: Setting) -> list[Judgement]:
    """The record is in another cycle now."""
    judged: list[Judgement] = []
    for docket in dockets:
        cycle = setting.cycle_of(docket.playbook.entity)
        if cycle is None:
            continue
        for case, value in zip(docket.cases, docket.values(cycle.checked), strict=True):
            before, now = case.candidate.cycle, iso(value)
            if before is None or now is None or same_cycle(before, now, cycle.tolerance_days):
                continue
            judged.append(Judgement(case, "stopped", "cycle"))
    return judged


def current_cycle(entity: str, facts: RecordFacts, setting: Setting) -> tuple[str | None, int]:
    """The cycle that a record is in now (None: missing, or the entity has none), and its tolerance."""
    cycle = setting.cycle_of(entity)
    return (iso(facts.value(cycle.checked)), cycle.tolerance_days) if cycle else (None, 0)


def moved(dockets: Sequence[Docket], setting: Setting) -> list[Judgement]:
    """It waited, and by now its date says that the moment lies ahead again (bad data was mended, a date
    was corrected): it is due then, not now. A date that went missing says nothing: what it was, it stays."""
    judged: list[Judgement] = []
    for case in (case for docket in dockets for case in docket.cases):
        known, facts = case.candidate.known, case.facts
        if known is None or facts is None or known.target not in facts.due:
            continue
        due = facts.due[known.target]
        if due is None:
            judged.append(Judgement(case, known.verdict, known.reason, known.detail))
        elif due > setting.today:
            judged.append(Judgement(case, "expired", "moved", due.isoformat()))
    return judged


def episode_ended(dockets: Sequence[Docket], setting: Setting) -> list[Judgement]:
    """The state that the occurrence answers (or that its parent answered) no longer holds."""
    if not setting.ended:
        return []
    return [
        Judgement(case, "stopped", "episode")
        for docket in dockets
        for case in docket.cases
        if episode_of(docket.playbook, case.candidate) in setting.ended
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


def superseded(dockets: Sequence[Docket], setting: Setting) -> list[Judgement]:
    """Of several occurrences of one play for one record only the newest is decided."""
    judged: list[Judgement] = []
    for docket in dockets:
        if len({case.candidate.record for case in docket.cases}) < len(docket.cases):
            newest = {case.candidate.record: case for case in sorted(docket.cases, key=_age(setting.today))}
            older = (case for case in docket.cases if newest[case.candidate.record] is not case)
            judged += [Judgement(case, "expired", "superseded") for case in older]
    return judged


def _age(today: date) -> Callable[[Case], tuple[bool, int, str]]:
    """Sorts the newest last. What is due goes before what could only come along (`ahead`); of those, the
    soonest goes."""

    def key(case: Case) -> tuple[bool, int, str]:
        days = (case.candidate.due - today).days
        return days <= 0, -abs(days), case.candidate.key

    return key


def too_late(dockets: Sequence[Docket], setting: Setting) -> list[Judgement]:
    """Past the grace (held days do not count), or held until the countdown's own date had passed."""
    judged: list[Judgement] = []
    today = setting.today
    for case in (case for docket in dockets for case in docket.cases):
        candidate, known = case.candidate, case.candidate.known
        waited = known is not None and known.verdict in ("held", "capped")
        if waited and candidate.anchor is not None and candidate.anchor < today:
            judged.append(Judgement(case, "expired", "date"))
        elif candidate.deadline is not None and today > candidate.deadline:
            reason = _OVERDUE.get(known.verdict, "grace") if known is not None else "grace"
            judged.append(Judgement(case, "expired", reason))
    return judged


def extended(deadline: date | None, held_since: date | None, today: date) -> date | None:
    """The deadline of an occurrence that was held, moved by the days it was held."""
    if deadline is None or held_since is None:
        return deadline
    return deadline + timedelta(days=max(0, (today - held_since).days))
