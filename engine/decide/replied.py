"""Whoever has replied is not reminded: a follow-up does not write to who answered the message it follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ..playbook.model import FollowUpTrigger
from .cases import GOING, Case, Judgement, Setting
from .model import TouchRow

REPLIED = "replied"


def replied(cases: Sequence[Case], setting: Setting) -> tuple[list[Judgement], list[Case]]:
    """Reminders to people who replied, about the record, since the message that is followed up went. A task
    beside them opens all the same."""
    if not setting.contacts.replies:
        return [], list(cases)
    judged: list[Judgement] = []
    kept: list[Case] = []
    for case in cases:
        touches = tuple(_judged(case, touch, setting) for touch in case.touches)
        if any(touch.state in GOING for touch in touches):
            kept.append(case.with_touches(touches))
        else:
            judged.append(Judgement(case, "replied"))
    return judged, kept


def _judged(case: Case, touch: TouchRow, setting: Setting) -> TouchRow:
    trigger = case.play.trigger if case.play else None
    if not isinstance(trigger, FollowUpTrigger) or touch.address is None or touch.state not in GOING:
        return touch
    day: date | None = setting.contacts.replies.get((touch.entity, touch.record, touch.address))
    # It is due a delay after the day on which the message went: the reply came on that day or later.
    if day is None or setting.later(day, trigger.delay) < case.candidate.due:
        return touch
    return touch._replace(state="cancelled", reason=REPLIED)
