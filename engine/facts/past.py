"""The facts of earlier days: which kept snapshot holds what was known of an entity on a day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from ...dsl.facts import Past, past_table
from ...dsl.frozen import frozen
from ...dsl.types import EntityType, Kind
from ..catalog.model import Catalog
from .model import FactsError
from .records import Records
from .snapshot import Load, SnapshotStore, Stored
from .sql import text

if TYPE_CHECKING:
    import duckdb


@frozen
class KeptTable:
    """The records of an entity as they were once kept: what DuckDB selects them from, and for people which
    snapshot that is. ``unknown``: fields that must not be read, because what was loaded into them was wrong.
    ``file``: the hash of its object, where it is one of the snapshots' store."""

    relation: str
    origin: str
    unknown: frozenset[str] = frozenset()
    file: str = ""


class Keeper(Protocol):
    """Who keeps the facts of earlier days."""

    def days(self, before: date) -> Sequence[date]:
        """The days before that one of which facts are kept, oldest first, in the project's time zone."""

    def table(self, entity: str, day: date) -> KeptTable | None:
        """What was known of an entity on a day: what was kept last on or before it; None: nothing was."""


class NoKeeper(Keeper):
    """Nothing is kept."""

    def days(self, before: date) -> Sequence[date]:
        return ()

    def table(self, entity: str, day: date) -> KeptTable | None:
        return None


@dataclass(slots=True)
class KeptSnapshots(Keeper):
    """The loads of runs, as the snapshots' store lists them; nothing is read before it is asked for.

    Of a day the last load counts, by the project's local date. A table that was empty, shrunk or unreadable
    then is passed over for the load before, unless a person accepted it; a column that was wrong is unknown.
    """

    store: SnapshotStore
    catalog: Catalog
    timezone: str
    _loads: Sequence[tuple[date, Load]] | None = None
    _stored: dict[str, Mapping[str, Stored]] = field(default_factory=dict)

    def days(self, before: date) -> Sequence[date]:
        return sorted({day for day, _ in self._all() if day < before})

    def table(self, entity: str, day: date) -> KeptTable | None:
        return next((kept for _, kept in self._before(entity, day)), None)

    def known_on(self, day: date) -> list[Load]:
        """The loads that tell what was known on a day, of one entity or another."""
        entities = [name for name, entity in self.catalog.entities.items() if entity.type.kept]
        found = (next((load for load, _ in self._before(name, day)), None) for name in entities)
        return [load for load in found if load is not None]

    def _before(self, entity: str, day: date) -> Iterator[tuple[Load, KeptTable]]:
        """The loads on or before a day that tell what was known of an entity, the last first."""
        tables = {table.name for table in self.catalog.entities[entity].tables}
        for on, load in reversed(self._all()):
            if on <= day and not any(name in tables and not columns for name, columns in load.wrong.items()):
                found = self._in(load, on, entity)
                if found is not None:
                    yield load, found

    def _in(self, load: Load, on: date, entity: str) -> KeptTable | None:
        """An entity in the snapshot of a load, if that has it."""
        if load.id not in self._stored:
            self._stored[load.id] = self.store.stored(load.id)
        stored = self._stored[load.id].get(entity)
        if stored is None:
            return None
        now = money_of(self.catalog.entities[entity].type)
        unknown = {name for name, currency in stored.money.items() if now.get(name, currency) != currency}
        wrong = (column.partition(".") for columns in load.wrong.values() for column in columns)
        unknown |= {column for owner, _, column in wrong if owner == entity}
        path = self.store.object_path(stored.digest)
        if not path.is_file():
            raise FactsError(
                f"what was known on {on} cannot be read: {path} is gone; bring it back from a backup"
            )
        return _kept_table(self.store, stored.digest, f"{load.id} of {on}", unknown)

    def _all(self) -> Sequence[tuple[date, Load]]:
        """The loads with their local dates, oldest first."""
        if self._loads is None:
            zone = ZoneInfo(self.timezone)
            loads = sorted(self.store.loads(), key=lambda load: load.as_of)
            self._loads = [(load.as_of.astimezone(zone).date(), load) for load in loads]
        return self._loads


@dataclass(slots=True)
class Remembered(Keeper):
    """A keeper whose answers are remembered, for those who must be given the same again: ``asked`` is None
    until the days are. What is not among the answers given, ``keeper`` is asked for."""

    keeper: Keeper
    asked: Sequence[date] | None = None
    tables: dict[tuple[str, date], KeptTable | None] = field(default_factory=dict)

    def days(self, before: date) -> Sequence[date]:
        if self.asked is None:
            self.asked = self.keeper.days(date.max)
        return [day for day in self.asked if day < before]

    def table(self, entity: str, day: date) -> KeptTable | None:
        if (entity, day) not in self.tables:
            self.tables[entity, day] = self.keeper.table(entity, day)
        return self.tables[entity, day]


def past_to_json(answers: Remembered) -> dict[str, Any]:
    """What was asked of earlier days, and what the answers were."""
    tables = {
        past_table(*place): kept and [kept.file, kept.origin, sorted(kept.unknown)]
        for place, kept in sorted(answers.tables.items())
    }
    days = None if answers.asked is None else [day.isoformat() for day in answers.asked]
    return {"days": days, "tables": tables}


def past_from_json(content: Mapping[str, Any], keeper: KeptSnapshots) -> Remembered:
    """The same answers again; what was not asked then, the snapshots that are still kept answer."""
    days = content.get("days")
    found = Remembered(keeper, None if days is None else [date.fromisoformat(day) for day in days])
    for table, kept in content.get("tables", {}).items():
        entity, _, day = table.partition("@")
        place = (entity, date.fromisoformat(day))
        found.tables[place] = kept and _kept_table(keeper.store, *kept)
    return found


def _kept_table(store: SnapshotStore, file: str, origin: str, unknown: Iterable[str]) -> KeptTable:
    return KeptTable(parquet(store.object_path(file)), origin, frozenset(unknown), file)


class PastRecords(Records):
    """The records of a store as they were known on an earlier day."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        catalog: Catalog,
        ready: Callable[[str], None],
        keeper: Keeper,
        day: date,
    ) -> None:
        super().__init__(connection, catalog, ready, day)
        self._keeper = keeper
        self._day = day

    def origin(self, entity: str) -> str:
        """Which snapshot an entity's records are of."""
        kept = self._keeper.table(entity, self._day)
        return kept.origin if kept else ""


@frozen
class StorePast(Past):
    """The facts of earlier days in a store, for the interpreter."""

    keeper: Keeper
    connection: duckdb.DuckDBPyConnection
    catalog: Catalog
    ready: Callable[[str], None]
    _on: dict[date, PastRecords] = field(default_factory=dict)

    def days(self, before: date) -> Sequence[date]:
        return self.keeper.days(before)

    def on(self, day: date) -> PastRecords:
        if day not in self._on:
            self._on[day] = PastRecords(self.connection, self.catalog, self.ready, self.keeper, day)
        return self._on[day]


def parquet(path: Path) -> str:
    """A Parquet file as something DuckDB selects from."""
    return f"read_parquet({text(str(path))})"


def money_of(entity: EntityType) -> dict[str, str]:
    """In which currency the amounts of each money field are, or by which field: amounts that were kept in
    another one are not what the field means now."""
    fields = (one for one in entity.fields.values() if not one.derived and one.type.kind is Kind.MONEY)
    return {
        one.name: f"by {one.currency_by}" if one.currency_by else str(one.type.currency) for one in fields
    }
