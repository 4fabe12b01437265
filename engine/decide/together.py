"""One mail, not five: the records of a play that are due together make one touch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import repeat

from ...dsl.frozen import frozen
from ..playbook.model import Together
from .cases import Case, Docket, Judgement, Setting, facts_of
from .columns import rows
from .model import TouchRow
from .writing import Written, written

GroupKey = tuple[str, str, str]


@frozen
class Fired:
    """What fires, and the touches that this makes, each with the case that carries it and its draft."""

    judgements: Sequence[Judgement]
    written: Sequence[Written]


def fire(dockets: Sequence[Docket], setting: Setting) -> Fired:
    """What is left fires. Of plays with `together` the first of a group carries the touches of all, the
    others none; what would only come along (`ahead`) with a group that has nothing due says nothing."""
    cases: list[Case] = []
    touches: list[Written] = []
    for docket in dockets:
        together = docket.play.together
        if together is None:
            cases += docket.cases
            touches += written(docket.cases, setting)
        else:
            for group in _due_groups(docket, together, setting.today):
                cases += group
                touches += _merged(written(group, setting))
    return Fired(list(rows(Judgement, {"case": cases, "verdict": repeat("fired")})), touches)


def _due_groups(docket: Docket, together: Together, today: date) -> Iterator[list[Case]]:
    """The cases of a play that go together, those of each group by due date and record."""
    groups: dict[GroupKey, list[Case]] = {}
    for case in docket.cases:
        groups.setdefault(group_of(case, together), []).append(case)
    for group in groups.values():
        if any(case.candidate.due <= today for case in group):
            yield sorted(group, key=lambda case: (case.candidate.due, case.candidate.record))


def group_of(case: Case, together: Together) -> GroupKey:
    """What the records that go together with a case share."""
    candidate = case.candidate
    if together.key is None:
        shared = ",".join(sorted(draft.recipient.casefold() for draft in case.drafts))
    else:
        value = facts_of(case).value(together.key)
        shared = str(value) if value is not None else f"record {candidate.record}"
    return candidate.playbook, candidate.play, shared


def _merged(touches: Iterable[Written]) -> Iterable[Written]:
    """The touches of a group, one for each (action, recipient), with a context for each record."""
    merged: dict[tuple[int, str], Written] = {}
    for case, draft, touch in touches:
        place = (touch.action, touch.recipient.casefold())
        first = merged.get(place)
        if first is None:
            merged[place] = (case, draft, _leading(touch))
        else:
            merged[place] = (*first[:2], _joined(first[2], touch))
    return merged.values()


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
