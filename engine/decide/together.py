"""One mail, not five: the records of a play that are due together make one touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..playbook.model import Together
from .cases import Case, Setting
from .model import TouchRow

GroupKey = tuple[str, str, str]


def gather_together(cases: Sequence[Case], setting: Setting) -> list[Case]:
    """Merge the touches of plays with `together`. Gives the cases to fire: the first of a group carries the
    touches of all, the others none. Cases that would only come along (`ahead`) with a group that has
    nothing due are left out."""
    groups: dict[GroupKey, list[Case]] = {}
    kept: list[Case] = []
    for case in cases:
        together = case.play.together if case.play else None
        if together is None:
            kept.append(case)
        else:
            groups.setdefault(_group(case, together), []).append(case)
    for group in groups.values():
        if any(case.candidate.due <= setting.today for case in group):
            kept += _merged(group)
    return kept


def group_of(case: Case) -> GroupKey | None:
    """What the records that go together with a case share; None where it goes alone."""
    together = case.play.together if case.play else None
    return _group(case, together) if together else None


def _group(case: Case, together: Together) -> GroupKey:
    candidate = case.candidate
    if together.key is None:
        shared = ",".join(sorted(touch.recipient.casefold() for touch in case.touches))
    else:
        assert case.facts is not None
        value = case.facts.value(together.key)
        shared = str(value) if value is not None else f"record {candidate.record}"
    return candidate.playbook, candidate.play, shared


def _merged(group: Sequence[Case]) -> list[Case]:
    """The group's touches, one for each (action, recipient), with a context for each record."""
    ordered = sorted(group, key=lambda case: (case.candidate.due, case.candidate.record))
    touches: dict[tuple[int, str], TouchRow] = {}
    for case in ordered:
        for touch in case.touches:
            place = (touch.action, touch.recipient.casefold())
            first = touches.get(place)
            own = {"records": (touch.context,)}
            if first is None:
                touches[place] = touch._replace(context={**touch.context, **own})
            else:
                records = (*first.context["records"], touch.context)  # type: ignore[misc]
                touches[place] = first._replace(
                    context={**first.context, "records": records},
                    members=(*first.members, case.candidate.id),
                    offers=(*first.offers, *touch.offers),
                )
    return [replace(case, touches=tuple(touches.values()) if case is ordered[0] else ()) for case in ordered]
