"""May it act at all? Sources, `stop`, `if` and `unless`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat

from ...dsl.typed import Checked
from ...dsl.types import Value
from .cases import Case, Docket, Judgement, Setting


def sources(dockets: Sequence[Docket], setting: Setting) -> list[Judgement]:
    """A source that the play depends on is stale, empty, shrunk or broken, or a field that it reads is not
    what it was: bad data does not act. What waits for a person goes on waiting for one, and is not released
    when the source recovers."""
    judged: list[Judgement] = []
    for docket in dockets:
        why = setting.why_held(docket.play)
        for case in docket.cases if why else ():
            known = case.candidate.known
            if known is not None and _waits(case, setting):
                judged.append(Judgement(case, "held", known.reason, known.detail))
            else:
                judged.append(Judgement(case, "held", "source", why))
    return judged


def stop(dockets: Sequence[Docket], setting: Setting) -> list[Judgement]:
    """The playbook's `stop`: true stops, unknown holds."""
    judged: list[Judgement] = []
    for docket in dockets:
        checked = docket.playbook.stop
        for case, value in zip(docket.cases, docket.values(checked), strict=True) if checked else ():
            if value is True:
                judged.append(Judgement(case, "stopped", "stop"))
            elif value is None and case.candidate.id not in setting.approved:
                judged.append(Judgement(case, "held", "stop"))
    return judged


def waiting(dockets: Sequence[Docket], setting: Setting) -> list[Judgement]:
    """Held by a limit, a pause or an unknown stop before: waits for a person, whatever is true today."""
    return [
        Judgement(case, "held", known.reason, known.detail)
        for docket in dockets
        for case in docket.cases
        if (known := case.candidate.known) is not None and _waits(case, setting)
    ]


def _waits(case: Case, setting: Setting) -> bool:
    return case.waits_for_approval and case.candidate.id not in setting.approved


def conditions(dockets: Sequence[Docket], setting: Setting) -> list[Judgement]:
    """`if` and `unless`, judged once: false declines; unknown is pending until the grace ends. So is a
    `where` that has become unknown since the occurrence opened."""
    return [one for docket in dockets for one in _conditions(docket)]


def _conditions(docket: Docket) -> Iterable[Judgement]:
    play, where = docket.play, docket.playbook.where
    if not (play.condition or play.unless or where):
        return
    columns = (
        _values(docket, play.condition, True),
        _values(docket, play.unless, False),
        _values(docket, where, True),
    )
    for case, asked, refused, inside in zip(docket.cases, *columns, strict=False):
        if asked is False:
            yield Judgement(case, "declined", "if")
        elif refused is True:
            yield Judgement(case, "declined", "unless")
        elif asked is None or refused is None or inside is None:
            yield Judgement(case, "pending", "unknown")


def _values(docket: Docket, checked: Checked | None, otherwise: bool) -> Iterable[Value]:
    """What an expression is for each case; where there is none, what that means for all of them."""
    return repeat(otherwise) if checked is None else docket.values(checked)
