"""The facts of a test day by day: its records with what `set` has changed by then, and sources that are
down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from ...dsl.types import Value
from ..catalog.model import LEDGER_ENTITIES, Catalog, Entity, Project
from ..facts.model import SourceState
from .model import Given, PlaybookTest, RecordId
from .values import completed

Entities = Mapping[str, Sequence[Mapping[str, Value]]]


@dataclass(slots=True)
class World:
    """The facts of one test; its days are asked for in order."""

    test: PlaybookTest
    catalog: Catalog
    project: Project
    _records: dict[RecordId, Given] = field(init=False)
    _applied: int = 0
    _seen: dict[str, Sequence[Mapping[str, Value]]] = field(default_factory=dict)
    _complete: dict[str, Sequence[Mapping[str, Value]]] | None = None

    def __post_init__(self) -> None:
        self._records = {**self._people(), **self.test.records}

    def on(self, day: date, at: datetime) -> tuple[Entities, tuple[SourceState, ...]]:
        """The records of each entity, all their stored values filled in, and the sources that are bad. As in
        a run, an entity whose source is broken has the records that were seen last; plays that have been
        running since an earlier `start` have seen those that the test begins with."""
        self._apply(day)
        if self._complete is None:
            self._complete = self._completed()
        down = {outage.source: outage.status for outage in self.test.outages if outage.on == day}
        broken = {source for source, status in down.items() if status == "broken"}
        for name, records in self._complete.items():
            is_new = name not in self._seen and self.test.start not in (None, day)
            if is_new or not broken & {table.source for table in self.catalog.entities[name].tables}:
                self._seen[name] = records
        return dict(self._seen), tuple(self._states(down, at))

    def known(self, day: date) -> Entities:
        """The records of each entity as the test has them from a day on, whatever sources are down."""
        self._apply(day)
        return self._completed()

    def _apply(self, day: date) -> None:
        changes = self.test.changes
        while self._applied < len(changes) and changes[self._applied].on <= day:
            change = changes[self._applied]
            self._applied += 1
            self._complete = None
            if change.given is None:
                self._records.pop(change.record, None)
            else:
                self._records[change.record] = {**self._records.get(change.record, {}), **change.given}

    def _completed(self) -> dict[str, Sequence[Mapping[str, Value]]]:
        loaded = [name for name in self.catalog.entities if name not in LEDGER_ENTITIES]
        found: dict[str, list[Mapping[str, Value]]] = {name: [] for name in loaded}
        currency = self.project.settings.currency
        for (name, key), given in sorted(self._records.items()):
            found[name].append(completed(self.catalog.entities[name].type, key, given, currency))
        return dict(found)

    def _people(self) -> dict[RecordId, Given]:
        """The people of playcall.yaml, where they stand there."""
        user = self.catalog.entities["user"]
        return (
            {}
            if user.tables
            else {("user", key): _person(user, one) for key, one in self.project.users.items()}
        )

    def _states(self, down: Mapping[str, object], at: datetime) -> Iterable[SourceState]:
        tables = {
            (table.source, table.table)
            for entity in self.catalog.entities.values()
            for table in entity.tables
        }
        for source, table in sorted(tables):
            if source in down:
                why = "the test says so"
                yield SourceState(source, table, 0, at, None, (), down[source], why)  # type: ignore[arg-type]


def timeline(test: PlaybookTest, catalog: Catalog, project: Project) -> list[tuple[date, Entities]]:
    """What is known of each day: the records with which the test begins, and from each day of changes those
    with the changes. A test begins with its `start`, its first run or its first change."""
    changed = {change.on for change in test.changes}
    first = min(day for day in (test.start, *test.days[:1], *changed) if day is not None)
    world = World(test, catalog, project)
    return [(day, world.known(day)) for day in sorted({first, *changed})]


def _person(user: Entity, written: Mapping[str, str]) -> Given:
    given: dict[str, Value] = {name: None for name, field_ in user.type.fields.items() if not field_.derived}
    for name in user.key:
        del given[name]
    for name in given.keys() & written.keys():
        given[name] = written[name]
    if isinstance(away := given.get("away_until"), str):
        given["away_until"] = date.fromisoformat(away)
    return given
