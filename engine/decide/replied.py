"""Whoever has replied is not reminded: a follow-up does not write to who answered the message it follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ..playbook.model import FollowUpTrigger
from .cases import Change, Docket, Judgement, Setting
from .drafts import Draft
from .model import Candidate

REPLIED = "replied"


def replied(dockets: Sequence[Docket], setting: Setting) -> list[Judgement | Change]:
    """Reminders to people who replied, about the record, since the message that is followed up went. A task
    beside them opens all the same."""
    if not setting.contacts.replies:
        return []
    found: list[Judgement | Change] = []
    for docket in dockets:
        trigger = docket.play.trigger
        if not isinstance(trigger, FollowUpTrigger):
            continue
        for case in docket.cases:
            drafts = tuple([_judged(draft, case.candidate, trigger, setting) for draft in case.drafts])
            if not any(draft.goes for draft in drafts):
                found.append(Judgement(case, "replied"))
            elif drafts != case.drafts:
                found.append(Change(case, drafts))
    return found


def _judged(draft: Draft, candidate: Candidate, trigger: FollowUpTrigger, setting: Setting) -> Draft:
    if draft.address is None or not draft.goes:
        return draft
    day: date | None = setting.contacts.replies.get((candidate.entity, candidate.record, draft.address))
    # It is due a delay after the day on which the message went: the reply came on that day or later.
    if day is None or setting.later(day, trigger.delay) < candidate.due:
        return draft
    return draft._replace(state="cancelled", reason=REPLIED)
