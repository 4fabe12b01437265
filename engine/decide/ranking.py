"""Which of several cases goes first, where not all may go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import repeat
from operator import itemgetter

from ...dsl.types import Money, Value
from ..catalog.builtin import PRIORITIES
from ..evaluate.gather import RecordFacts
from ..playbook.model import TaskAction
from .cases import Case, Docket

Worth = tuple[int, int, float]


def ranked(dockets: Sequence[Docket], today: date) -> Iterator[tuple[Docket, Case]]:
    """The cases of all dockets, the best first: by the play's priority, then its task's priority and rank,
    then what is due the longest; at last what could only come along (`ahead`). The rest is the order in which
    they are given, by name, so that it is the same every time."""
    keyed = [
        (case.candidate.due > today, worth, case.candidate.due, docket, case)
        for docket in dockets
        for case, worth in zip(docket.cases, _worths(docket), strict=False)
    ]
    keyed.sort(key=itemgetter(0, 1, 2))
    return ((docket, case) for _, _, _, docket, case in keyed)


def _worths(docket: Docket) -> Iterable[Worth]:
    """How much each case matters, the least for what matters most; where the play opens no task they are
    all worth the same."""
    tasks = [action for action in docket.play.actions if isinstance(action, TaskAction)]
    if not tasks:
        return repeat((-docket.play.priority, len(PRIORITIES), 0.0))
    return [_worth(docket.play.priority, tasks, facts) for facts in docket.facts]


def _worth(priority: int, tasks: Sequence[TaskAction], facts: RecordFacts) -> Worth:
    urgency, value = len(PRIORITIES), 0.0
    for task in tasks:
        written = facts.value(task.priority)
        urgency = min(urgency, PRIORITIES.index(written) if written in PRIORITIES else len(PRIORITIES))
        ranked = as_number(facts.value(task.rank)) if task.rank else None
        value = max(value, ranked or 0.0)
    return -priority, urgency, -value


def as_number(value: Value) -> float | None:
    """A rank's value as a plain number; of an amount, its number."""
    amount = value.amount if isinstance(value, Money) else value
    return float(amount) if isinstance(amount, int | float | Decimal) else None
