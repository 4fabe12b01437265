"""`test`: run the tests of a project's playbooks, and say where they and the playbooks disagree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from ..decide.model import TaskRow, TouchRow
from ..playbook.model import Playbook
from ..testing.compare import compare
from ..testing.model import PlaybookTest
from ..testing.outcome import Disagreement, Event, TestOutcome
from .deciding import Decision
from .explaining import explained
from .facts import FactBase
from .testbench import Bench, Day


def run_test(bench: Bench, test: PlaybookTest, playbook: Playbook) -> TestOutcome:
    """Run one test and compare; where it disagrees, run it again to explain the plays at issue."""
    events = [event for day in bench.run(test, playbook) for event in events_of(day)]
    found = compare(test, events)
    if found:
        found = _explained(bench, test, playbook, found)
    return TestOutcome(test.file, test.location.line, test.name, playbook.name, tuple(found))


def _explained(
    bench: Bench, test: PlaybookTest, playbook: Playbook, found: Sequence[Disagreement]
) -> list[Disagreement]:
    places = {one.place for one in found if one.place is not None}
    trees: dict[tuple[str, str, date], Mapping[str, object]] = {}

    def look(decision: Decision, base: FactBase, connection: Connection) -> None:
        for play, record, on in places:
            if on != decision.moment.today:
                continue
            explanation = explained(base, connection, decision, playbook, playbook.plays[play], record)
            if explanation is not None:
                trees[play, record, on] = explanation.to_json()

    for _ in bench.run(test, playbook, look):
        pass
    return [replace(one, explanation=trees.get(one.place)) if one.place else one for one in found]


def events_of(day: Day) -> Iterator[Event]:
    """What a day's run did, in the words of expectations."""
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
