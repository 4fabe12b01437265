"""Where the records of a test are on each of its days: in memory as they are, or in the bulk engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from operator import is_
from pathlib import Path
from typing import Literal

from ...dsl.types import Value
from ..catalog.model import LEDGER_ENTITIES, Catalog
from ..evaluate.model import Moment
from ..evaluate.reference.needs import Needs
from ..facts.daily import Days, Entities, MemoryPast, TableKeeper
from ..facts.memory import MemoryStore
from ..facts.model import EntityData, Snapshot, SourceState
from ..playbook.model import Playbook
from .facts import FactBase, Facts, FewFacts
from .workspace import Workspace

EngineName = Literal["reference", "bulk"]

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_EMPTY = Snapshot("tests", NEVER, NEVER, {}, ())
_NOWHERE = Path("tests")  # entities of a test have no file


class Shelf(ABC):
    """Holds the records of one day, and those of the next in their place."""

    def __init__(self, catalog: Catalog) -> None:
        self._loaded = catalog.entities.keys() - LEDGER_ENTITIES
        self._held: dict[str, Sequence[Mapping[str, Value]]] = {}

    def facts(
        self, workspace: Workspace, moment: Moment, entities: Entities, sources: Sequence[SourceState]
    ) -> Facts:
        """The facts of a day. Those of the day before are gone."""
        for name in self._loaded:
            records = entities.get(name, ())
            if self._held.get(name, ()) != records:
                self.put(name, records)
                self._held[name] = records
        known = {name: EntityData(name, _NOWHERE, len(records)) for name, records in entities.items()}
        snapshot = Snapshot(f"test {moment.today}", moment.now, moment.now, known, tuple(sources))
        return self.open(workspace, snapshot, moment.today)

    @abstractmethod
    def look_back(self, known: Days) -> None:
        """Have what is known of each day of a test, for the functions that look back."""

    @abstractmethod
    def put(self, entity: str, records: Sequence[Mapping[str, Value]]) -> None:
        """Have these records in place of those that the entity has."""

    @abstractmethod
    def open(self, workspace: Workspace, snapshot: Snapshot, today: date) -> Facts:
        """What is held, as a decision reads it."""

    @abstractmethod
    def close(self) -> None:
        """Let go of what is held; may be called twice."""


class MemoryShelf(Shelf):
    """For the reference evaluation."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog)
        self._store = MemoryStore(_EMPTY, catalog)
        self._playbooks: Sequence[Playbook] = ()
        self._needs = Needs()
        self._catalog = catalog

    def look_back(self, known: Days) -> None:
        self._store.past = MemoryPast(self._catalog, known)

    def put(self, entity: str, records: Sequence[Mapping[str, Value]]) -> None:
        self._store.put(entity, records)

    def open(self, workspace: Workspace, snapshot: Snapshot, today: date) -> FewFacts:
        self._store.begin(snapshot)
        if not all(map(is_, workspace.playbooks, self._playbooks)) or not self._playbooks:
            self._playbooks, self._needs = workspace.playbooks, Needs()
        return FewFacts(workspace, snapshot, self._store, self._needs)

    def close(self) -> None:
        self._needs = Needs()


class BulkShelf(Shelf):
    """For the evaluation in bulk."""

    def __init__(self, catalog: Catalog) -> None:
        from ..facts.store import (
            FactStore,  # a third of a second, which the reference evaluation need not wait
        )

        super().__init__(catalog)
        self._store = FactStore(_EMPTY, catalog, threads=1)
        self._calendar_of = 0  # the year whose calendar the store has, or will have once it is asked for

    def look_back(self, known: Days) -> None:
        self._store.look_back(TableKeeper(self._store, known))

    def put(self, entity: str, records: Sequence[Mapping[str, Value]]) -> None:
        self._store.put(entity, records)

    def open(self, workspace: Workspace, snapshot: Snapshot, today: date) -> FactBase:
        self._store.begin(snapshot)
        base = FactBase(workspace, snapshot, self._store)
        if self._calendar_of != today.year:
            self._calendar_of = today.year
            base.fill_calendar(today)
        return base

    def close(self) -> None:
        self._store.close()


def shelf(engine: EngineName, catalog: Catalog) -> Shelf:
    """The shelf for a way to evaluate."""
    return MemoryShelf(catalog) if engine == "reference" else BulkShelf(catalog)
