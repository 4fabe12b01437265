"""A load: every table the catalogue needs, cast, merged, inspected and written as an immutable snapshot."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ...dsl.frozen import frozen
from ...dsl.types import FieldType
from ..catalog.model import Catalog, Entity, Project, TableRef
from ..keys import key_sql
from ..ports import Clock, SourceError, SystemClock
from . import aliases, references
from .fingerprint import fingerprint
from .guards import TableReport, judge
from .merge import kept, merged, record_columns, rivals_select, typed_table
from .model import FactsError, Problem, Snapshot, SourceState
from .past import money_of
from .problems import Inspection
from .snapshot import SnapshotStore, Stored
from .sql import column_type, comma, connect, name, text
from .tables import Tables
from .typed import FRESH, fresh_column, typed_select

if TYPE_CHECKING:
    import duckdb

_SCRATCH = ".load-"
_KILLED_AFTER = 86_400  # seconds
_PARQUET = "(FORMAT parquet, COMPRESSION zstd)"
Progress = Callable[[str], None]


def load(
    catalog: Catalog,
    project: Project,
    clock: Clock,
    *,
    wall: Clock | None = None,
    threads: int | None = None,
    progress: Progress = lambda _: None,
    into: Path | None = None,
    listed: bool = True,
) -> Snapshot:
    """Read all sources into a snapshot and keep it under ``project.snapshots``, or under ``into`` where it
    is only to be looked at (it is compared with the kept ones all the same). ``listed``: it becomes one of
    the loads that later ones are compared with.

    ``clock`` is the run's logical time, ``wall`` the machine's. A table that cannot be read never fails the
    load: its state is ``broken`` and the entities that need it are absent. ``progress`` is told each entity's
    name as it begins. Raises ``FactsError`` where the snapshot cannot be written.
    """
    import duckdb

    kept_in = into or project.snapshots
    try:
        kept_in.mkdir(parents=True, exist_ok=True)
        _sweep(kept_in)
        with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=kept_in) as folder:
            scratch = Path(folder)
            connection = connect(threads, scratch)
            try:
                tables = Tables(project, connection, scratch)
                times = Times(clock.now(), wall or SystemClock())
                job = _Load(catalog, project, times, connection, tables, scratch, SnapshotStore(kept_in))
                return job.run(progress, listed)
            finally:
                connection.close()
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        reason = str(getattr(error, "strerror", None) or error).splitlines()[0]
        raise FactsError(
            f"the snapshot cannot be written to {kept_in}: {reason};"
            " check its permissions and space, or set `snapshots:` in playcall.yaml"
        ) from error


def _sweep(kept_in: Path) -> None:
    """Remove what loads that were killed a day ago or earlier have left."""
    for left in kept_in.glob(f"{_SCRATCH}*"):
        if time.time() - left.stat().st_mtime > _KILLED_AFTER:
            shutil.rmtree(left, ignore_errors=True)


@frozen
class Times:
    """The run's logical time and the machine's clock."""

    as_of: datetime
    wall: Clock


@dataclass(slots=True)
class _Load:
    """One load; holds what its steps share and what they have found so far."""

    _catalog: Catalog
    _project: Project
    _times: Times
    _connection: duckdb.DuckDBPyConnection
    _tables: Tables
    _scratch: Path
    _store: SnapshotStore
    _reports: dict[str, TableReport] = field(default_factory=dict)
    _aliased: set[str] = field(default_factory=set)
    _stored: dict[str, Stored] = field(default_factory=dict)

    def run(self, progress: Progress, listed: bool) -> Snapshot:
        started = self._times.wall.now()
        entities = [entity for entity in self._catalog.entities.values() if entity.tables]
        for entity in entities:
            self._load_aliases(entity)
        for entity in entities:
            progress(entity.name)
            self._load_entity(entity)
        if not self._catalog.entities["user"].tables:
            self._load_people()
        self._check_references(entities)
        content = fingerprint(self._catalog), self._times.as_of, started, self._states()
        return self._store.commit(self._stored, *content, listed=listed)

    def _report(self, ref: TableRef) -> TableReport:
        if ref.name not in self._reports:
            self._reports[ref.name] = TableReport(ref.source, ref.table, self._times.wall.now())
        return self._reports[ref.name]

    def _load_aliases(self, entity: Entity) -> None:
        if entity.aliases is None:
            return
        report = self._report(entity.aliases)
        try:
            report.rows = aliases.load_aliases(self._connection, self._tables, entity)
            report.data_time = self._tables.open(entity.aliases).modified_at
            self._aliased.add(entity.name)
        except SourceError as error:
            report.error = str(error)

    def _load_entity(self, entity: Entity) -> None:
        """Leaves the merged relation in the connection and the records in the store, or nothing of either."""
        read = [self._read(entity, index) for index in range(len(entity.tables))]
        if not all(read) or (entity.aliases is not None and entity.name not in self._aliased):
            return
        renamed = aliases.apply_aliases(self._connection, entity, self._aliased)
        first_rows = tuple(self._tables.open(table).first_row for table in entity.tables)
        self._connection.execute(merged(entity, first_rows[0], renamed))
        inspection = Inspection(self._connection, entity, first_rows)
        duplicates = self._inspect(entity, inspection)
        self._stored[entity.name] = self._write(entity, duplicates)

    def _read(self, entity: Entity, index: int) -> bool:
        """Make the typed table; false where its source is broken."""
        ref = entity.tables[index]
        report = self._report(ref)
        if report.error:
            return False
        zone = self._project.settings.timezone
        try:
            fresh_by = self._tables.config(ref.source).fresh_by
            self._tables.create(
                ref,
                typed_table(entity, index),
                lambda opened: typed_select(entity, index, opened, zone, fresh_by),
            )
        except SourceError as error:
            report.error = str(error)
            return False
        report.spine = report.spine or index == 0
        self._date(report, entity, index, fresh_by)
        return True

    def _date(self, report: TableReport, entity: Entity, index: int, fresh_by: str | None) -> None:
        """The age of a table's data: its newest row, or when its source was last changed."""
        opened = self._tables.open(entity.tables[index])
        report.data_time = opened.modified_at
        if fresh_column(opened, fresh_by):
            statement = f"SELECT max({FRESH}) FROM {name(typed_table(entity, index))}"
            newest = self._connection.execute(statement).fetchall()[0][0]
            report.data_time = newest.replace(tzinfo=UTC) if newest else None
        elif fresh_by is not None:
            problem = Problem(entity.name, fresh_by, "no_freshness", 1)
            report.problems.append(problem)

    def _inspect(self, entity: Entity, inspection: Inspection) -> bool:
        """Count what is wrong; gives whether several rows have one key."""
        for index, ref in enumerate(entity.tables):
            report = self._report(ref)
            report.rows = inspection.rows(index)
            report.add_bad_rows(inspection.bad_rows(index))
            report.add_unparsed(inspection.unparsed(index))
            if index:
                report.problems += inspection.matches(index)
        for name_, column in inspection.columns():
            trusted = entity.fields[name_].columns[0][0]
            self._report(entity.tables[trusted]).columns[f"{entity.name}.{name_}"] = column
        for name_, problem in inspection.missing():
            trusted = entity.fields[name_].columns[0][0]
            self._report(entity.tables[trusted]).problems.append(problem)
        problems, duplicates = inspection.keys()
        self._report(entity.tables[0]).problems += problems
        return duplicates

    def _write(self, entity: Entity, duplicates: bool) -> Stored:
        select = f"SELECT {comma(record_columns(entity))} FROM {kept(entity, duplicates)} ORDER BY _key"
        digest, rows = self._export(select)
        rivals = rivals_select(entity, duplicates)
        if rivals is None:
            return Stored(digest, rows, money=money_of(entity.type))
        lost, conflicts = self._export(rivals)
        return Stored(digest, rows, lost, conflicts, money_of(entity.type))

    def _export(self, select: str) -> tuple[str, int]:
        """Write a selection as an object of the store; gives its hash and rows."""
        path = self._scratch / "export.parquet"
        done = self._connection.execute(f"COPY ({select}) TO {text(str(path))} {_PARQUET}").fetchall()
        return self._store.adopt(path), int(done[0][0])

    def _load_people(self) -> None:
        """The entity ``user`` from the few people that stand in playcall.yaml."""
        entity = self._catalog.entities["user"]
        fields = [field for field in entity.type.fields.values() if not field.derived]
        values = [_person_row(entity, key, person, fields) for key, person in self._project.users.items()]
        columns = [
            f"TRY_CAST(unnest(?::VARCHAR[]) AS {column_type(field.type)}) AS {name(field.name)}"
            for field in fields
        ]
        key = key_sql([name(field) for field in entity.key])
        people = f"SELECT {key} AS _key, * FROM (SELECT {comma(columns)}) ORDER BY _key"
        cells = [list(column) for column in zip(*values, strict=True)] or [[] for _ in fields]
        self._connection.execute(f"CREATE TEMP TABLE people AS {people}", cells)
        self._stored["user"] = Stored(*self._export("SELECT * FROM people"))

    def _check_references(self, entities: Iterable[Entity]) -> None:
        objects = {key: self._store.object_path(stored.digest) for key, stored in self._stored.items()}
        for entity in entities:
            if entity.name in self._stored:
                for trusted, problem in references.broken(self._connection, entity, objects):
                    self._report(entity.tables[trusted]).problems.append(problem)

    def _states(self) -> list[SourceState]:
        earlier = SnapshotStore(self._project.snapshots).earlier(self._times.as_of)
        wall = self._times.wall.now()
        return [
            judge(report, self._fresh_within(report), self._times.as_of, wall, earlier)
            for _, report in sorted(self._reports.items())
        ]

    def _fresh_within(self, report: TableReport) -> timedelta | None:
        config = self._project.sources.get(report.source)
        return config.fresh_within if config else None


def _person_row(
    entity: Entity, key: str, person: Mapping[str, str], fields: Iterable[FieldType]
) -> list[str | None]:
    return [key if field.name in entity.key else person.get(field.name) for field in fields]
