"""One mail, not five: the records of a play that are due together make one touch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from ..playbook.model import Together
from .cases import Case, Docket, Judgement, Setting
from .model import TouchRow
from .writing import written

GroupKey = tuple[str, str, str]


def fire(dockets: Sequence[Docket], setting: Setting) -> list[Judgement]:
    """What is left fires. Of plays with `together` the first of a group carries the touches of all, the
    others none; what would only come along (`ahead`) with a group that has nothing due says nothing."""
    fired: list[Judgement] = []
    groups: dict[GroupKey, list[Case]] = {}
    for docket in dockets:
        together = docket.play.together
        if together is None:
            pairs = zip(docket.cases, written(docket.cases, setting), strict=True)
            fired += [Judgement(case, "fired", touches=touches) for case, touches in pairs]
            continue
        for case in docket.cases:
            groups.setdefault(group_of(case, together), []).append(case)
    for group in groups.values():
        if any(case.candidate.due <= setting.today for case in group):
            fired += _merged(group, setting)
    return fired


def group_of(case: Case, together: Together) -> GroupKey:
    """What the records that go together with a case share."""
    candidate = case.candidate
    if together.key is None:
        shared = ",".join(sorted(draft.recipient.casefold() for draft in case.drafts))
    else:
        assert case.facts is not None
        value = case.facts.value(together.key)
        shared = str(value) if value is not None else f"record {candidate.record}"
    return candidate.playbook, candidate.play, shared


def _merged(group: Sequence[Case], setting: Setting) -> Iterable[Judgement]:
    """The group's touches, one for each (action, recipient), with a context for each record."""
    ordered = sorted(group, key=lambda case: (case.candidate.due, case.candidate.record))
    touches: dict[tuple[int, str], TouchRow] = {}
    for touch in chain(*written(ordered, setting)):
        place = (touch.action, touch.recipient.casefold())
        first = touches.get(place)
        touches[place] = _leading(touch) if first is None else _joined(first, touch)
    yield Judgement(ordered[0], "fired", touches=tuple(touches.values()))
    for case in ordered[1:]:
        yield Judgement(case, "fired")


def _leading(touch: TouchRow) -> TouchRow:
    return touch._replace(context={**touch.context, "records": (touch.context,)})


def _joined(first: TouchRow, touch: TouchRow) -> TouchRow:
    """The first of a group with another in it."""
    records = (*first.context["records"], touch.context)  # type: ignore[misc]  # put there by _leading
    return first._replace(
        context={**first.context, "records": records},
        members=(*first.members, *touch.members),
        offers=(*first.offers, *touch.offers),
    )
