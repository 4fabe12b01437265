"""The facts of earlier days where they are held as records: those of tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from ...dsl.facts import Past
from ...dsl.types import Value
from ..catalog.model import Catalog
from .memory import MemoryStore
from .model import Snapshot
from .past import Keeper, KeptTable
from .sql import name

if TYPE_CHECKING:
    from .store import FactStore

Entities = Mapping[str, Sequence[Mapping[str, Value]]]
Timeline = Sequence[tuple[date, Entities]]  # from which day on which records are known, oldest first

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Days:
    """What is known of each day from the first one of a timeline on; it is made when it is asked."""

    make: Callable[[], Timeline]
    _made: Timeline | None = None

    def timeline(self) -> Timeline:
        """The timeline."""
        if self._made is None:
            self._made = self.make()
        return self._made

    def days(self, before: date) -> Sequence[date]:
        """Every day from the first one to the day before that one."""
        first = self.timeline()[0][0]
        return [first + timedelta(days=number) for number in range((before - first).days)]

    def place(self, day: date) -> int | None:
        """The place in the timeline of what was known on a day; None: nothing was."""
        known = [number for number, (first, _) in enumerate(self.timeline()) if first <= day]
        return known[-1] if known else None


class Then(MemoryStore):
    """The records as they were known on an earlier day."""

    def __init__(self, catalog: Catalog, first: date | None, entities: Entities) -> None:
        super().__init__(Snapshot("earlier", _NEVER, _NEVER, {}, ()), catalog)
        self._first = first
        for entity, records in entities.items():
            self.put(entity, records)

    def origin(self, entity: str) -> str:
        """Since when these records are known."""
        return f"the test's records of {self._first}" if self._first else ""


@dataclass(slots=True)
class MemoryPast(Past):
    """The facts of earlier days for the reference evaluation."""

    catalog: Catalog
    known: Days
    _stores: dict[int | None, Then] = field(default_factory=dict)

    def days(self, before: date) -> Sequence[date]:
        return self.known.days(before)

    def on(self, day: date) -> Then:
        place = self.known.place(day)
        if place not in self._stores:
            first, entities = self.known.timeline()[place] if place is not None else (None, {})
            self._stores[place] = Then(self.catalog, first, entities)
        return self._stores[place]


@dataclass(slots=True)
class TableKeeper(Keeper):
    """The same for the bulk engine: a table for each entity and place in the timeline that is asked for."""

    store: FactStore
    known: Days
    _tables: dict[tuple[str, int], KeptTable] = field(default_factory=dict)

    def days(self, before: date) -> Sequence[date]:
        return self.known.days(before)

    def table(self, entity: str, day: date) -> KeptTable | None:
        place = self.known.place(day)
        if place is None:
            return None
        if (entity, place) not in self._tables:
            first, entities = self.known.timeline()[place]
            table = f"_known_{entity}_{place}"
            self.store.keep(table, entity, entities.get(entity, ()))
            self._tables[entity, place] = KeptTable(name(table), f"the test's records of {first}")
        return self._tables[entity, place]
