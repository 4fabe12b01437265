"""What happens in a simulation, noted day by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from ..decide.cases import Judgement
from ..decide.model import TaskRow, TouchRow

Place = tuple[str, str]  # (playbook, play)

# What became of answers to surveys: kept, too late for the page, or not what it takes.
ANSWERED: Final = ("given", "closed", "refused")


class Went(NamedTuple):
    """One touch that went: a message that was sent or a task that was opened. ``address``: the customer's, as
    it is compared; None for anybody else."""

    day: date
    playbook: str
    play: str
    type: str
    entity: str
    record: str
    account: str | None
    to: str
    address: str | None


class Fate(NamedTuple):
    """What an occurrence has come to so far."""

    playbook: str
    play: str
    verdict: str
    reason: str


@dataclass(slots=True)
class Tally:
    """Everything that statistics are made of. ``days`` are those simulated, in order; ``fates`` by
    occurrence; ``caps``: the kind of cap that an occurrence met first. Of the tasks that were opened in the
    period: ``open_tasks`` have the assignee of each that is open, ``load`` how many of these somebody has,
    ``most_open`` how many they had at most, ``closed`` how many are done or closed by the facts. ``answers``:
    what became of them (``ANSWERED``)."""

    days: list[date] = field(default_factory=list)
    went: list[Went] = field(default_factory=list)
    fates: dict[str, Fate] = field(default_factory=dict)
    verdicts: dict[date, Counter[str]] = field(default_factory=dict)
    caps: dict[str, str] = field(default_factory=dict)
    open_tasks: dict[str, str] = field(default_factory=dict)
    most_open: Counter[str] = field(default_factory=Counter)
    closed: Counter[str] = field(default_factory=Counter)
    load: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)

    def judged(self, day: date, judgements: Iterable[Judgement]) -> None:
        """What a run decided."""
        counts = self.verdicts.setdefault(day, Counter())
        for one in judgements:
            candidate = one.case.candidate
            counts[one.verdict] += 1
            self.fates[candidate.id] = Fate(candidate.playbook, candidate.play, one.verdict, one.reason)
            if one.verdict == "capped":
                self.caps.setdefault(candidate.id, one.reason)

    def queued(self, touches: Iterable[TouchRow]) -> None:
        """What a run wants to send; of some of it caps may say when."""
        for touch in touches:
            kind, _, cap = touch.reason.partition(": ")
            if touch.state == "deferred" and kind == "capped":
                self.caps.setdefault(touch.occurrence, cap)

    def sent(self, day: date, touch: TouchRow) -> None:
        """A message that went."""
        of_play = (touch.playbook, touch.play, touch.type, touch.entity, touch.record, touch.account)
        self.went.append(Went(day, *of_play, touch.recipient, touch.address if touch.customer else None))

    def opened(self, day: date, tasks: Iterable[TaskRow]) -> None:
        """Tasks that were opened."""
        for task in tasks:
            of_play = (task.playbook, task.play, "task", task.entity, task.record, task.account)
            self.went.append(Went(day, *of_play, task.assignee, None))
            self.open_tasks[task.id] = task.assignee
            self.load[task.assignee] += 1
            self.most_open[task.assignee] = max(self.most_open[task.assignee], self.load[task.assignee])

    def ended(self, tasks: Iterable[str]) -> None:
        """Tasks that were done, or closed by the facts."""
        for one in tasks:
            assignee = self.open_tasks.pop(one, None)
            if assignee is not None:
                self.load[assignee] -= 1
                self.closed[assignee] += 1
