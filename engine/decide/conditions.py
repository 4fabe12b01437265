"""May it act at all? Sources, `stop`, `if` and `unless`."""

from __future__ import annotations

from collections.abc import Sequence

from .cases import Case, Judgement, Setting


def sources(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """A source that the playbook depends on is stale, empty, shrunk or broken: bad data does not act."""
    judged: list[Judgement] = []
    for case in cases:
        reads = case.playbook.reads if case.playbook else frozenset()
        bad = sorted(reads & setting.bad_sources.keys())
        if bad:
            detail = "; ".join(setting.bad_sources[name] for name in bad)
            judged.append(Judgement(case, "held", "source", detail))
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
        if case.waits_for_approval
        and (known := case.candidate.known) is not None
        and known.id not in setting.approved
    ]


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
        elif None in (asked, refused, case.value_of("where")):
            judged.append(Judgement(case, "pending", "unknown"))
    return judged
