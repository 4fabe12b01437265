"""The stage between facts and decisions, however it is done: in bulk by SQL, or by the interpreter, record by
record (``reference``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from ...dsl.frozen import frozen
from ..playbook.model import Playbook
from .context import Context, Occasion
from .evaluation import evaluate
from .gather import NOTHING, Gathered, gather
from .model import Evaluation, PlayId

Wanted = Mapping[PlayId, Iterable[str]]  # records by play


class Stage(Protocol):
    """One evaluation: what is due, and what the decisions need to know."""

    @property
    def occasion(self) -> Occasion:
        """What it goes by."""
        ...

    def evaluate(self, playbooks: Sequence[Playbook], *, counted: bool = True) -> Evaluation:
        """Find what is due, opens and closes for every play. ``counted``: what no decision goes by is counted
        too."""
        ...

    def gather(self, playbooks: Sequence[Playbook], wanted: Wanted, left_open: Wanted = NOTHING) -> Gathered:
        """The facts of the wanted (playbook, play) → records that are in the snapshot; of those that are only
        ``left_open`` just what ends what is open."""
        ...


@frozen
class Bulk:
    """By SQL over all records at once."""

    occasion: Context

    def evaluate(self, playbooks: Sequence[Playbook], *, counted: bool = True) -> Evaluation:
        return evaluate(self.occasion, playbooks, counted=counted)

    def gather(self, playbooks: Sequence[Playbook], wanted: Wanted, left_open: Wanted = NOTHING) -> Gathered:
        return gather(self.occasion, playbooks, wanted, left_open)
