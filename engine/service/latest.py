"""The facts of the last load, kept open between questions, with the ledger as it is at the moment of asking.

Opening a snapshot declares views over its files and reads none of them; a question reads what it asks for.
The ledger's own entities are looked up by their indexes, record by record, where a run copies them in bulk.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from ...dsl.calendar import Calendar
from ...dsl.evaluator import World
from ...dsl.frozen import frozen
from ...dsl.types import ToMany, ToOne, Value
from ..catalog.model import LEDGER_ENTITIES, Catalog
from ..facts.model import FactsError, Snapshot
from ..facts.records import Record, read_record, stored_fields
from ..facts.snapshot import SnapshotStore
from ..facts.store import FactStore, open_facts
from ..ledger.response_views import BUILT_IN
from .facts import kept_snapshots
from .workspace import Workspace


@frozen
class LiveFacts:
    """Facts for the interpreter: of the snapshot, and of the ledger as it is now."""

    store: FactStore
    catalog: Catalog
    connection: Connection
    today: date

    def one(self, entity: str, record: Record, step: ToOne) -> Record | None:
        """The record that a to-one step leads to, if there is one."""
        return self.store.one(entity, record, step)

    def many(self, entity: str, record: Record, step: ToMany) -> Sequence[Record]:
        """The records that a to-many step leads to, by key."""
        if step.entity not in LEDGER_ENTITIES:
            return self.store.many(entity, record, step)
        wanted = [(theirs, record.get(own)) for own, theirs in step.match]
        if any(value is None for _, value in wanted):
            return ()
        return self._of_ledger(step.entity, (*wanted, *step.fixed))

    def _of_ledger(self, entity: str, wanted: Sequence[tuple[str, Value]]) -> Sequence[Record]:
        rows = BUILT_IN[entity](self.today).subquery()
        fields = stored_fields(self.catalog, entity)
        columns = [rows.c[name] for name in ("_key", *(one.name for one in fields))]
        statement = select(*columns).where(*(rows.c[name] == value for name, value in wanted))
        found = self.connection.execute(statement.order_by(rows.c["_key"]))
        return [read_record(fields, dict(row)) for row in found.mappings()]


@dataclass(slots=True)
class _Open:
    """A snapshot that is open, or was when its files were last looked for."""

    snapshot: Snapshot
    store: FactStore
    memory: dict[str, Any] = field(default_factory=dict)


@frozen
class View:
    """Facts to look at: ``world`` evaluates for one record at a time, ``now``. ``memory`` lasts as long as
    the snapshot is the last one: for what is asked at every page."""

    snapshot: Snapshot
    store: FactStore
    world: World
    memory: dict[str, Any]


@dataclass(slots=True)
class Latest:
    """The last load of a project's facts, and those of earlier days that were asked for. One question at a
    time: DuckDB uses all cores for each."""

    workspace: Workspace
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _known: dict[str, _Open] = field(default_factory=dict)  # by the use it has: "now", "before"
    _stamp: tuple[int, int] = (0, 0)  # of the index when the last load was looked for
    _last: Snapshot | None = None

    @contextmanager
    def looking(self, connection: Connection, now: datetime, today: date) -> Iterator[View]:
        """The last load. Raises ``FactsError`` where there is none."""
        with self._lock:
            snapshot = self._newest()
            if snapshot is None:
                raise FactsError("no facts are loaded yet; `playcall run` loads them")
            yield self._view("now", snapshot, connection, now, today)

    @contextmanager
    def looking_back(self, connection: Connection, then: datetime, today: date) -> Iterator[View | None]:
        """The load that was the last one at an earlier moment; None where there was none, or it has been
        cleared away."""
        with self._lock:
            store = SnapshotStore(self.workspace.project.snapshots)
            try:
                snapshot = store.latest(then)
                view = self._view("before", snapshot, connection, then, today) if snapshot else None
            except FactsError:
                view = None
            yield view

    def _newest(self) -> Snapshot | None:
        store = SnapshotStore(self.workspace.project.snapshots)
        stamp = store.stamp()
        if stamp != self._stamp:
            self._last, self._stamp = store.latest(), stamp
        return self._last

    def _view(self, use: str, snapshot: Snapshot, connection: Connection, now: datetime, today: date) -> View:
        known = self._known.get(use)
        if known is None or known.snapshot.id != snapshot.id:
            if known is not None:
                known.store.close()
            known = self._known[use] = _Open(snapshot, self._opened(snapshot))
        store = known.store
        store.again(snapshot)
        catalog, settings = self.workspace.catalog, self.workspace.project.settings
        facts = LiveFacts(store, catalog, connection, today)
        calendar = Calendar.around(settings, today)
        world = World(catalog.schema, settings, catalog.derived(), now, facts, calendar, store.past)
        return View(snapshot, store, world, known.memory)

    def _opened(self, snapshot: Snapshot) -> FactStore:
        return open_facts(snapshot, self.workspace.catalog, keeper=kept_snapshots(self.workspace))

    def close(self) -> None:
        """Let go of what is open."""
        for known in self._known.values():
            known.store.close()
        self._known.clear()
