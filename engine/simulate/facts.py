"""Facts that move in time: the records of one snapshot, changed day by day as a behaviour declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ...dsl.compiler import CompileWorld, compile_select
from ...dsl.types import Duration, Value
from ..facts.sql import name
from ..facts.store import FactStore
from .model import Behaviour, Drift

_UNITS: Final = {"d": "DAY", "w": "WEEK", "mo": "MONTH", "y": "YEAR"}

Values = tuple[tuple[str, Value], ...]  # fields and what they become; hashable


class MovingFacts:
    """The store's own copy of what may change: the records of the ``moving`` entities. ``changed``: how many
    changes there were, a record and rule each."""

    def __init__(self, store: FactStore, behaviour: Behaviour) -> None:
        self._store = store
        self._drifts = behaviour.drifts
        self.changed = 0
        self.moving = sorted(behaviour.changed_entities & store.snapshot.entities.keys())
        for entity in store.snapshot.entities:
            store.own(entity)  # what does not move too: every day reads it again

    def drift(self, world: CompileWorld) -> None:
        """Apply the rules in their order, each to what those before it left."""
        for one in self._drifts:
            if one.entity in self._store.snapshot.entities:
                found = compile_select(one.entity, {}, world, where=one.when.tree)
                keys = [str(row[0]) for row in self._store.execute(found)]
                if keys:
                    values, params = _assignments(one)
                    self.changed += self._store.change(one.entity, values, params, keys)

    def react(self, entity: str, records: Mapping[Values, Iterable[str]]) -> None:
        """Set the same fields of all records that reacted alike."""
        for values, keys in records.items():
            sets = {field: "?" for field, _ in values}
            params = [value for _, value in values]
            self.changed += self._store.change(entity, sets, params, sorted(keys))


def _assignments(one: Drift) -> tuple[dict[str, str], list[Value]]:
    moves = {field: _moved(field, duration) for field, duration in one.moves.items()}
    return {**moves, **dict.fromkeys(one.values, "?")}, list(one.values.values())


def _moved(field: str, duration: Duration) -> str:
    """A date later by a duration; months and years end with the month (as in the language)."""
    column, unit = name(field), _UNITS[duration.unit]
    return f"{column} + INTERVAL {int(duration.amount)} {unit}"
