"""May it act at all? Sources, `stop`, `if` and `unless`."""

from __future__ import annotations

from collections.abc import Sequence

from .cases import Case, Judgement, Setting


def sources(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """A source that the play depends on is stale, empty, shrunk or broken, or a field that it reads is not
    what it was: bad data does not act. What waits for a person goes on waiting for one, and is not released
    when the source recovers."""
    if not setting.bad_sources:
        return []
    judged: list[Judgement] = []
    for case in cases:
        why = setting.why_held(case.play) if case.play else ""
        known = case.candidate.known
        if why and known is not None and _waits(case, setting):
            judged.append(Judgement(case, "held", known.reason, known.detail))
        elif why:
            judged.append(Judgement(case, "held", "source", why))
    return judged


def stop(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """The playbook's `stop`: true stops, unknown holds."""
    judged: list[Judgement] = []
    for case in cases:
        value = case.value_of("stop")
        if value is True:
            judged.append(Judgement(case, "stopped", "stop"))
        elif value is None and case.candidate.id not in setting.approved:
            judged.append(Judgement(case, "held", "stop"))
    return judged


def waiting(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """Held by a limit, a pause or an unknown stop before: waits for a person, whatever is true today."""
    return [
        Judgement(case, "held", known.reason, known.detail)
        for case in cases
        if (known := case.candidate.known) is not None and _waits(case, setting)
    ]


def _waits(case: Case, setting: Setting) -> bool:
    return case.waits_for_approval and case.candidate.id not in setting.approved


def conditions(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """`if` and `unless`, judged once: false declines; unknown is pending until the grace ends. So is a
    `where` that has become unknown since the occurrence opened."""
    judged: list[Judgement] = []
    for case in cases:
        assert case.play is not None
        assert case.facts is not None
        asked = case.facts.value(case.play.condition) if case.play.condition else True
        refused = case.facts.value(case.play.unless) if case.play.unless else False
        if asked is False:
            judged.append(Judgement(case, "declined", "if"))
        elif refused is True:
            judged.append(Judgement(case, "declined", "unless"))
        elif asked is None or refused is None or case.value_of("where") is None:
            judged.append(Judgement(case, "pending", "unknown"))
    return judged
