"""The values of expressions for the records of one entity, each found once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ....dsl.evaluator import Evaluator, Scope
from ....dsl.frozen import frozen
from ....dsl.interpreter import Facts, Record
from ....dsl.typed import Checked, Typed
from ....dsl.types import Value
from ...playbook.model import Playbook
from ..context import Occasion, iso
from .recorded import Recorded


class Held(Facts, Protocol):
    """Where the records are."""

    def every(self, entity: str) -> Sequence[Record]:
        """All records of an entity, by key."""
        ...

    def record(self, entity: str, key: str) -> Record | None:
        """One record by its key."""
        ...


@dataclass(slots=True)
class Reading:
    """One record, and what it comes to."""

    key: str
    scope: Scope
    evaluator: Evaluator
    cycle: Checked | None
    _known: dict[int, Value] = field(default_factory=dict)

    def value(self, tree: Typed) -> Value:
        """The value of an expression about the record; None is unknown. Whoever asks keeps the tree."""
        place = id(tree)
        if place not in self._known:
            self._known[place] = self.evaluator.value(tree, self.scope)
        return self._known[place]

    def truth(self, checked: Checked | None, otherwise: bool) -> bool | None:
        """The value of a condition; ``otherwise`` where there is none."""
        if checked is None:
            return otherwise
        value = self.value(checked.tree)
        return None if value is None else value is True

    def is_in(self, playbook: Playbook) -> bool | None:
        """Whether the record is in the playbook's population; None: unknown."""
        return self.truth(playbook.where, True)

    def identity(self, anchor: Value = None) -> str | None:
        """The cycle's value as text; where it is missing, the countdown's own date."""
        value = self.value(self.cycle.tree) if self.cycle is not None else None
        return iso(anchor if value is None else value)


@frozen
class Readings:
    """All records of an entity, read on one occasion. ``recorded``: what earlier runs left of its plays."""

    occasion: Occasion
    entity: str
    recorded: Recorded
    all: Sequence[Reading]

    @classmethod
    def read(
        cls, occasion: Occasion, facts: Held, entity: str, recorded: Recorded, evaluator: Evaluator
    ) -> Readings:
        """Nothing is evaluated before it is asked for."""
        cycle = occasion.catalog.entities[entity].cycle
        checked = cycle.checked if cycle else None
        records = (
            Reading(str(record["_key"]), Scope(entity, record), evaluator, checked)
            for record in facts.every(entity)
        )
        return cls(occasion, entity, recorded, list(records))

    def population(self, playbook: Playbook) -> Iterator[Reading]:
        """The records that are certainly in a playbook's population."""
        return (one for one in self.all if one.is_in(playbook) is True)
