"""The facts of earlier days in a simulation: before its first day those that are kept, then its own."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date

from ..facts.past import Keeper, KeptTable
from ..facts.sql import name
from ..facts.store import FactStore

_FROM = "_from"  # the day from which on a record was as the row has it


class SimulatedPast(Keeper):
    """Who keeps the facts of a simulation's days. Of records that move every state is held once, from the day
    on which it began; what does not move is as it was loaded."""

    def __init__(self, store: FactStore, before: Keeper, moving: Iterable[str]) -> None:
        """``before`` has what is kept from before the simulation; ``moving``: whose records change."""
        self._store = store
        self._before = before
        self._moving = sorted(moving)
        self._days: list[date] = []
        self._changes = 0

    def note(self, day: date, changes: int) -> None:
        """The facts stand as they will be remembered of a day. ``changes``: how many there were so far."""
        if not self._days:
            for entity in self._moving:
                self._store.create(_states(entity), f"{_as_of(day)} FROM {name(entity)}")
        elif changes != self._changes:
            for entity in self._moving:
                others = f"SELECT * FROM {name(entity)} EXCEPT {_known(entity, self._days[-1])}"
                self._store.execute(f"INSERT INTO {name(_states(entity))} {_as_of(day)} FROM ({others})")
        self._days.append(day)
        self._changes = changes

    def days(self, before: date) -> Sequence[date]:
        if not self._days:
            return self._before.days(before)
        return [*self._before.days(min(before, self._days[0])), *(day for day in self._days if day < before)]

    def table(self, entity: str, day: date) -> KeptTable | None:
        place = bisect_right(self._days, day)
        if not place:
            return self._before.table(entity, day)
        last = self._days[place - 1]
        relation = f"({_known(entity, last)})" if entity in self._moving else name(entity)
        return KeptTable(relation, f"the simulation's facts of {last}")


def _states(entity: str) -> str:
    return f"_states_{entity}"


def _as_of(day: date) -> str:
    return f"SELECT DATE '{day}' AS {_FROM}, *"


def _known(entity: str, day: date) -> str:
    """The records as they were on a day: of each the state that began last."""
    newest = f"row_number() OVER (PARTITION BY _key ORDER BY {_FROM} DESC) = 1"
    states = name(_states(entity))
    return f"SELECT * EXCLUDE ({_FROM}) FROM {states} WHERE {_FROM} <= DATE '{day}' QUALIFY {newest}"
