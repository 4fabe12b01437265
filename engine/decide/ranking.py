"""Which of several cases goes first, where not all may go."""

from __future__ import annotations

from decimal import Decimal

from ...dsl.types import Money, Value
from ..catalog.builtin import PRIORITIES
from ..playbook.model import TaskAction
from .cases import Case

Rank = tuple[int, int, float, int, str, str, str, str]


def rank(case: Case) -> Rank:
    """Sorts the best first: by the play's priority, then its task's priority and rank, then what is due the
    longest; names make it the same every time."""
    candidate, play, facts = case.candidate, case.play, case.facts
    assert play is not None
    assert facts is not None
    urgency, value = len(PRIORITIES), 0.0
    for action in play.actions:
        if isinstance(action, TaskAction):
            written = facts.value(action.priority)
            urgency = min(urgency, PRIORITIES.index(written) if written in PRIORITIES else len(PRIORITIES))
            ranked = as_number(facts.value(action.rank)) if action.rank else None
            value = max(value, ranked or 0.0)
    return (
        *(-play.priority, urgency, -value, candidate.due.toordinal()),
        *(candidate.playbook, candidate.play, candidate.record, candidate.key),
    )


def as_number(value: Value) -> float | None:
    """A rank's value as a plain number; of an amount, its number."""
    amount = value.amount if isinstance(value, Money) else value
    return float(amount) if isinstance(amount, int | float | Decimal) else None
