"""What a day of a test did, in the words of expectations."""

from __future__ import annotations

from collections.abc import Iterator

from ..decide.model import TaskRow, TouchRow
from ..testing.outcome import Event
from .testbench import Day


def events_of(day: Day) -> Iterator[Event]:
    """What came of each occurrence, then what somebody gets."""
    decision = day.decision
    today = decision.moment.today
    records: dict[str, str] = {}
    occurrences: dict[str, dict[str, object]] = {}
    for judged in decision.decided.judgements:
        candidate = judged.case.candidate
        records[candidate.id] = candidate.record
        said: dict[str, object] = {
            "play": candidate.play,
            "record": (candidate.record,),
            "verdict": judged.verdict,
            "reason": judged.reason,
            "due": candidate.due,
            "late_days": max(0, (today - candidate.due).days),
        }
        occurrences[candidate.id] = said
        yield Event(today, False, said)
    tasks = {task.id: task for task in decision.commit.tasks}
    for touch in decision.commit.touches:
        members = tuple(records[one] for one in touch.members if one in records)
        common = {**occurrences.get(touch.occurrence, {}), "record": members or (touch.record,)}
        yield Event(today, True, {**common, **_action(touch, tasks.get(touch.id), day)})


def _action(touch: TouchRow, task: TaskRow | None, day: Day) -> dict[str, object]:
    state, reason = day.states.get(touch.id, (touch.state, touch.reason))
    said: dict[str, object] = {"action": touch.type, "state": state, "reason": reason}
    if task is not None:
        about = {"title": task.title, "priority": task.priority, "task_due": task.due}
        return {**said, "assignee": task.assignee, **about}
    said |= {"to": touch.recipient, "channel": touch.channel}
    if touch.type == "email":
        sender = touch.sender.email if touch.sender else None
        said |= {"cc": touch.cc, "from": sender, "template": touch.template, "locale": touch.locale}
    if touch.id in day.written:
        written = day.written[touch.id]
        said |= {"subject": written.subject, "body_contains": written.text}
    return said
