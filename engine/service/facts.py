"""The facts of a use case: a snapshot loaded now, opened, with the ledger's own entities beside it."""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Select

from ...dsl.calendar import Calendar
from ...dsl.compiler import CALENDAR_TABLE, CompileWorld
from ...dsl.facts import Past
from ...dsl.frozen import frozen
from ...dsl.interpreter import World
from ..evaluate.context import Context, Occasion
from ..evaluate.model import Moment
from ..evaluate.reference.evaluation import Reference
from ..evaluate.reference.needs import Needs
from ..evaluate.reference.readings import Held as Records
from ..evaluate.stage import Bulk, Stage
from ..facts import check as checking
from ..facts import conflicts as conflicting
from ..facts import listing
from ..facts import show as showing
from ..facts.load import load
from ..facts.memory import MemoryStore
from ..facts.model import Snapshot
from ..facts.past import KeptSnapshots, NoKeeper, Remembered
from ..facts.snapshot import SnapshotStore
from ..facts.store import FactStore, open_facts
from ..ledger import changes, read
from ..ledger.response_views import BUILT_IN
from ..playbook.model import Playbook
from ..ports import FixedClock
from .history import Kept, history_of, recorded_of
from .moments import moment_of
from .workspace import Workspace

_CALENDAR_COLUMNS = {"day": "DATE", "business_days": "BIGINT", "opening": "BIGINT"}


class Held(Records, Protocol):
    """Where facts are, and those of the ledger beside them when something asks."""

    @property
    def snapshot(self) -> Snapshot:
        """What is held."""
        ...

    @property
    def past(self) -> Past:
        """The facts of earlier days, as far as they are kept."""
        ...

    def on_demand(self, table: str, fill: Callable[[], None]) -> None:
        """Have an entity filled when something first reads it."""
        ...


@frozen
class Facts(ABC):
    """A snapshot and the store that it is open in: what decisions and explanations ask, whichever way plays
    are evaluated. ``snapshot`` is what was loaded; in the store, entities whose sources could not be loaded
    have their last good records, so that what is due of them is seen (and held)."""

    workspace: Workspace
    snapshot: Snapshot
    store: Held

    @abstractmethod
    def stage(self, connection: Connection, moment: Moment, playbooks: Sequence[Playbook]) -> Stage:
        """The evaluation at a moment, after what the ledger knows of these playbooks."""

    @abstractmethod
    def take(self, connection: Connection, entity: str, statement: Select[Any]) -> None:
        """Have what a statement gives of the ledger as the records of an entity."""

    def world(self, moment: Moment) -> World:
        """How expressions evaluate for one record at a moment."""
        catalog, settings = self.workspace.catalog, self.workspace.project.settings
        calendar = Calendar.around(settings, moment.today)
        return World(
            catalog.schema, settings, catalog.derived(), moment.now, self.store, calendar, self.store.past
        )

    def bad_sources(self) -> dict[str, str]:
        """Why data must not act: by source or, where only some of a table's columns are wrong, by field
        (ENTITY.FIELD)."""
        found: dict[str, list[str]] = {}
        for state in self.snapshot.sources:
            for name, why in state.faults.items():
                found.setdefault(name, []).append(f"{state.name} is {state.status}: {why}")
            if state.status != "ok" and not state.faults:
                why = f"{state.name} is {state.status}: {state.reason}"
                found.setdefault(state.source, []).append(why)
        return {name: "; ".join(reasons) for name, reasons in found.items()}

    def fill_ledger_facts(self, connection: Connection, today: date) -> None:
        """The entities of the ledger, as they are on that day, read when first asked for: the connection must
        stay open until then."""
        for entity, rows in BUILT_IN.items():
            self.store.on_demand(entity, partial(self._take, connection, entity, rows, today))

    def _take(
        self, connection: Connection, entity: str, rows: Callable[[date], Select[Any]], today: date
    ) -> None:
        self.take(connection, entity, rows(today))


@frozen
class FactBase(Facts):
    """Facts in the bulk engine. ``before``: the load before, whose records stand for those that could not be
    loaded; ``kept``: what earlier runs left is in the store from the day before; ``looked_back``: what was
    asked of earlier days."""

    store: FactStore
    before: Snapshot | None = None
    kept: Kept | None = None
    looked_back: Remembered = field(default_factory=lambda: Remembered(NoKeeper()))

    def stage(self, connection: Connection, moment: Moment, playbooks: Sequence[Playbook]) -> Bulk:
        return Bulk(self.context(connection, moment, playbooks))

    def context(self, connection: Connection, moment: Moment, playbooks: Sequence[Playbook]) -> Context:
        """What an evaluation needs, with the history of these playbooks."""
        return Context(
            catalog=self.workspace.catalog,
            world=self.world(moment),
            moment=moment,
            history=history_of(connection, playbooks, self.store, self.kept),
            compile_world=self.compile_world(moment),
            store=self.store,
        )

    def take(self, connection: Connection, entity: str, statement: Select[Any]) -> None:
        if self.kept is not None and entity in changes.FACTS and self.kept.has(entity):
            read.amend_changed(connection, self.store, entity, statement, changes.FACTS[entity])
        else:
            read.fill(connection, self.store, entity, statement)

    def compile_world(self, moment: Moment) -> CompileWorld:
        """How expressions compile at a moment."""
        catalog = self.workspace.catalog
        derived = {place: checked.tree for place, checked in catalog.derived().items()}
        settings, past = self.workspace.project.settings, self.store.past
        return CompileWorld(catalog.schema, settings, derived, moment.now, past=past)

    def fill_calendar(self, today: date) -> None:
        """The table of business days that expressions look days up in, made when one does."""
        settings, store = self.workspace.project.settings, self.store

        def fill() -> None:
            store.fill(CALENDAR_TABLE, _CALENDAR_COLUMNS, list(Calendar.around(settings, today).rows()))

        store.on_demand(CALENDAR_TABLE, fill)


@frozen
class FewFacts(Facts):
    """Facts in memory, for the reference evaluation. ``needs``: what is known of the plays already."""

    store: MemoryStore
    needs: Needs

    def stage(self, connection: Connection, moment: Moment, playbooks: Sequence[Playbook]) -> Reference:
        history, recorded = recorded_of(connection, playbooks)
        occasion = Occasion(self.workspace.catalog, self.world(moment), moment, history)
        return Reference(occasion, self.store, recorded, self.needs)

    def take(self, connection: Connection, entity: str, statement: Select[Any]) -> None:
        self.store.put_cells(entity, [dict(row) for row in connection.execute(statement).mappings()])


@contextmanager
def load_facts(
    workspace: Workspace, moment: Moment, *, keep: bool, listed: bool = True
) -> Iterator[FactBase]:
    """Load all sources as they are now. ``keep``: the snapshot stays; without, it is only looked at. A kept
    load that is ``listed`` becomes part of the history that later loads are compared with."""
    project, catalog = workspace.project, workspace.catalog
    before = SnapshotStore(project.snapshots).latest(moment.now)
    with tempfile.TemporaryDirectory(prefix="playcall-") as folder:
        into = None if keep else Path(folder)
        clock = FixedClock(moment.now)
        snapshot = load(catalog, project, clock, wall=workspace.clock, into=into, listed=listed)
        with open_base(workspace, snapshot, before, moment.today) as base:
            yield base


@contextmanager
def open_base(
    workspace: Workspace,
    snapshot: Snapshot,
    before: Snapshot | None,
    today: date,
    given: Mapping[str, Path] | None = None,
    looked_back: Remembered | None = None,
) -> Iterator[FactBase]:
    """A snapshot that was loaded, open for questions. ``before``: the load before it, whose records stand
    for those of entities that could not be loaded; ``given``: see ``FactStore``; ``looked_back`` answers
    for earlier days: the snapshots that the project keeps, unless it is said."""
    looked_back = looked_back or Remembered(kept_snapshots(workspace))
    carried = before.entities if before else {}
    seen = replace(snapshot, entities={**carried, **snapshot.entities})
    with open_facts(seen, workspace.catalog, given=given, keeper=looked_back) as store:
        base = FactBase(workspace, snapshot, store, before, looked_back=looked_back)
        base.fill_calendar(today)
        yield base


def kept_snapshots(workspace: Workspace) -> KeptSnapshots:
    """The facts of earlier days that the project keeps."""
    project = workspace.project
    return KeptSnapshots(SnapshotStore(project.snapshots), workspace.catalog, project.settings.timezone)


@contextmanager
def looking(workspace: Workspace, as_of: str | None) -> Iterator[tuple[FactBase, Moment]]:
    """Facts to look at, the ledger's own included."""
    zone = workspace.project.settings.timezone
    moment = moment_of(as_of, workspace.clock.now(), zone, workspace.playbooks)
    with (
        workspace.ledger_to_read() as ledger,
        load_facts(workspace, moment, keep=False) as base,
        ledger.reading() as connection,
    ):
        base.fill_ledger_facts(connection, moment.today)
        yield base, moment


def show(workspace: Workspace, entity: str, record: str, as_of: str | None = None) -> dict[str, object]:
    """The JSON of `facts show`."""
    with looking(workspace, as_of) as (base, moment):
        found = showing.show(base.store, workspace.catalog, base.world(moment), entity, record)
        return found.to_json()


def list_records(
    workspace: Workspace, entity: str, where: str | None, as_of: str | None = None
) -> dict[str, object]:
    """The JSON of `facts list`."""
    with looking(workspace, as_of) as (base, moment):
        world = base.compile_world(moment)
        found = listing.list_records(base.store, workspace.catalog, workspace.project, world, entity, where)
        return found.to_json()


def conflicts(workspace: Workspace) -> dict[str, object]:
    """The JSON of `facts conflicts`."""
    with looking(workspace, None) as (base, _):
        return conflicting.conflicts(base.store, workspace.catalog).to_json()


def accept(workspace: Workspace, table: str) -> None:
    """A person says that the size ``SOURCE.TABLE`` had in the last run is right. Raises ``FactsError``."""
    SnapshotStore(workspace.project.snapshots).accept(table, workspace.clock.now())


def check(workspace: Workspace) -> tuple[Mapping[str, object], bool]:
    """The JSON of `facts check`, and whether there is nothing to mend."""
    with looking(workspace, None) as (base, _):
        found = checking.check(base.snapshot)
        return found.to_json(), found.clean
