"""Is the occurrence still alive? Removed, left, cycle, episode, superseded, grace: before anything else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from ..evaluate.context import iso
from ..evaluate.gather import RecordFacts
from ..evaluate.model import same_cycle
from ..playbook.model import FollowUpTrigger, Play, Playbook
from .cases import Case, EpisodeId, Judgement, Setting


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


def episode_ended(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """The state that the occurrence answers (or that its parent answered) no longer holds."""
    return [Judgement(case, "stopped", "episode") for case in cases if episode_of(case) in setting.ended]


def episode_of(case: Case) -> EpisodeId | None:
    """The episode that an occurrence belongs to; a follow-up belongs to that of the play it follows."""
    candidate = case.candidate
    if candidate.episode is None or case.playbook is None or case.play is None:
        return None
    return candidate.playbook, followed(case.playbook, case.play).name, candidate.record, candidate.episode


def followed(playbook: Playbook, play: Play) -> Play:
    """The play that a follow-up follows in the end; any other is its own."""
    while isinstance(play.trigger, FollowUpTrigger):
        play = playbook.plays[play.trigger.parent]
    return play


def superseded(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """Of several occurrences of one play for one record only the newest is decided."""
    newest: dict[tuple[str, str, str], Case] = {}
    due = [case for case in cases if case.candidate.due <= setting.today]
    for case in due:
        candidate = case.candidate
        place = (candidate.playbook, candidate.play, candidate.record)
        best = newest.get(place)
        if best is None or (best.candidate.due, best.candidate.key) < (candidate.due, candidate.key):
            newest[place] = case
    kept = {id(case) for case in newest.values()}
    return [Judgement(case, "expired", "superseded") for case in due if id(case) not in kept]


def too_late(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """Past the grace (held days do not count), or held until the countdown's own date had passed."""
    judged: list[Judgement] = []
    for case in cases:
        candidate, known = case.candidate, case.candidate.known
        if known is not None and known.verdict == "held":
            if candidate.anchor is not None and candidate.anchor < setting.today:
                judged.append(Judgement(case, "expired", "date"))
        elif candidate.deadline is not None and setting.today > candidate.deadline:
            reason = "unknown" if known is not None and known.verdict == "pending" else "grace"
            judged.append(Judgement(case, "expired", reason))
    return judged


def extended(deadline: date | None, held_since: date | None, today: date) -> date | None:
    """The deadline of an occurrence that was held, moved by the days it was held."""
    if deadline is None or held_since is None:
        return deadline
    return deadline + timedelta(days=max(0, (today - held_since).days))
