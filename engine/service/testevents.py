"""What a day of a test did, in the words of expectations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ..decide.model import MESSAGES, TaskRow, TouchRow
from ..testing.outcome import Event
from .deciding import Decision
from .testbench import Day

# What is still said of an action when it ends.
_LASTING: Final = ("play", "record", "action", "to", "assignee", "title", "template", "channel")


@dataclass(slots=True)
class Story:
    """The events of one test, day by day; what ends on a day was begun on an earlier one."""

    _begun: dict[str, Mapping[str, object]] = field(default_factory=dict)

    def of(self, day: Day) -> Iterator[Event]:
        """What came of each occurrence, then what somebody gets, then what is taken back or closed."""
        today = day.decision.moment.today
        judged = dict(_occurrences(day.decision))
        for said in judged.values():
            yield Event(today, False, said)
        for touch, action in _actions(day, judged):
            self._begun[touch] = action
            yield Event(today, True, action)
        commit = day.decision.commit
        for state, ended in (("cleared", commit.cleared), ("cancelled", commit.cancels)):
            for touch, reason in ended:
                begun = {name: value for name, value in self._begun[touch].items() if name in _LASTING}
                yield Event(today, True, {**begun, "state": state, "reason": reason})


def events_of(days: Iterable[Day]) -> list[Event]:
    """Everything that happened on the days of a test."""
    story = Story()
    return [event for day in days for event in story.of(day)]


def _occurrences(decision: Decision) -> Iterator[tuple[str, dict[str, object]]]:
    for judged in decision.decided.judgements:
        candidate = judged.case.candidate
        late = max(0, (decision.moment.today - candidate.due).days)
        yield (
            candidate.id,
            {
                "play": candidate.play,
                "record": (candidate.record,),
                "verdict": judged.verdict,
                "reason": judged.reason,
                "due": candidate.due,
                "late_days": late,
            },
        )


def _actions(
    day: Day, judged: Mapping[str, Mapping[str, object]]
) -> Iterator[tuple[str, Mapping[str, object]]]:
    tasks = {task.id: task for task in day.decision.commit.tasks}
    for touch in day.decision.commit.touches:
        members = [judged[one]["record"] for one in touch.members if one in judged]
        records = tuple(record for one in members if isinstance(one, tuple) for record in one)
        common = {**judged.get(touch.occurrence, {}), "record": records or (touch.record,)}
        yield touch.id, {**common, **_action(touch, tasks.get(touch.id), day)}


def _action(touch: TouchRow, task: TaskRow | None, day: Day) -> dict[str, object]:
    state, reason = day.states.get(touch.id, (touch.state, touch.reason))
    said: dict[str, object] = {"action": touch.type, "state": state, "reason": reason}
    if task is not None:
        about = {"title": task.title, "priority": task.priority, "task_due": task.due}
        return {**said, "assignee": task.assignee, **about}
    said |= {"to": touch.recipient, "channel": touch.channel}
    if touch.type in MESSAGES:
        sender = touch.sender.email if touch.sender else None
        said |= {"cc": touch.cc, "from": sender, "template": touch.template, "locale": touch.locale}
    if touch.id in day.written:
        written = day.written[touch.id]
        said |= {"subject": written.subject, "body_contains": written.text}
    return said
