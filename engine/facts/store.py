"""A snapshot opened for questions: a DuckDB with a view per entity, and room for the ledger's tables."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from ...dsl.facts import Past, past_table, past_tables
from ...dsl.types import EntityType, ToMany, ToOne, Value
from ..catalog.model import Catalog
from .merge import source_column
from .model import FactsError, Snapshot
from .past import Keeper, NoKeeper, StorePast, parquet
from .records import Record, Records
from .rows import FEW, from_file, listed, stored
from .shared import SharedParts
from .sql import column_type, comma, connect, name, text

if TYPE_CHECKING:
    from sqlglot import exp


_MANY_GONE: Final = 10_000  # rows
_ROW_GROUP: Final = 122_880  # rows that DuckDB gives to one thread: of fewer there is nothing to share out


class FactStore:
    """The facts of one snapshot as tables named by entity; what ``dsl.compiler`` generates runs on it. It
    is also the ``Facts`` of ``dsl.interpreter``.

    Entities are views over the snapshot's Parquet files: scanning the few columns that a query needs costs
    the same as from memory, and nothing is loaded ahead. Close it, or use it in a ``with``.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        catalog: Catalog,
        threads: int | None = None,
        given: Mapping[str, Path] | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        """``threads``: default the machine's cores, or one where no entity has enough records for two.
        ``given``: Parquet files for tables that otherwise come from outside (``take``). ``keeper`` has the
        facts of earlier days."""
        self.snapshot = snapshot
        self.keeper = keeper or NoKeeper()
        self._past: set[tuple[str, date]] = set()  # the tables of earlier days that are there
        self._given = given or {}
        self._taken: set[str] = set()
        self._few: dict[str, tuple[dict[str, str], list[tuple[object, ...]]]] = {}  # what `take_few` has put
        self._catalog = catalog
        self._scratch = tempfile.TemporaryDirectory(prefix="playcall-")
        self._file = Path(self._scratch.name) / "fill.csv"
        if threads is None and all(data.rows <= _ROW_GROUP for data in snapshot.entities.values()):
            threads = 1
        self._connection = connect(threads, Path(self._scratch.name))
        self._gone: dict[str, int] = {}  # how many rows `amend` took out of a table as it lies there
        self._statements: list[tuple[str, exp.Expr | str]] = []
        self._waiting: dict[str, Callable[[], None]] = {}
        self.kept: dict[str, frozenset[str]] = {}  # by entity, the columns that the snapshot has
        self._records = Records(self._connection, catalog, self._ready)
        self._shared = SharedParts(self._connection, self._ready)
        for entity in catalog.entities.values():
            self._declare(entity.type)

    def _declare(self, entity: EntityType) -> None:
        data = self.snapshot.entities.get(entity.name)
        columns = entity_columns(entity)
        if data is None:  # of the ledger, or its source is broken: nothing is known of it
            declared = comma(f"{name(column)} {kind}" for column, kind in columns.items())
            self._connection.execute(f"CREATE TABLE {name(entity.name)} ({declared})")
            return
        kept = self._view(entity.name, parquet(data.path), columns)
        self.kept[entity.name] = frozenset(kept)

    def _view(
        self, view: str, relation: str, columns: Mapping[str, str], without: frozenset[str] = frozenset()
    ) -> dict[str, str]:
        """A view of what was kept, as the catalogue declares it now; gives the columns that were kept."""
        rows = self._connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
        kept = {str(row[0]): str(row[1]) for row in rows}
        known = {column: kind for column, kind in kept.items() if column not in without}
        select = _as_declared(known, columns)
        self._connection.execute(f"CREATE VIEW {name(view)} AS SELECT {select} FROM {relation}")
        return kept

    @property
    def past(self) -> Past:
        """The facts of earlier days, for the interpreter."""
        return StorePast(self.keeper, self._connection, self._catalog, self._ready)

    def look_back(self, keeper: Keeper) -> None:
        """Have the facts of earlier days of somebody else."""
        for entity, day in self._past:
            self._connection.execute(f"DROP VIEW {name(past_table(entity, day))}")
        self._past.clear()
        self.keeper = keeper

    def keep(self, table: str, entity: str, records: Iterable[Record]) -> None:
        """Hold records of an entity, values as the language has them, in a table of their own; meant for
        few."""
        columns = entity_columns(self._catalog.entities[entity].type)
        declared = comma(f"{name(column)} {kind}" for column, kind in columns.items())
        self._connection.execute(f"CREATE OR REPLACE TABLE {name(table)} ({declared})")
        self._insert(table, columns, [[record[column] for column in columns] for record in records])
        self._shared.written(table)

    def _look_back(self, entity: str, day: date) -> None:
        """Have the table of an entity as it was known on a day."""
        self._past.add((entity, day))
        columns = entity_columns(self._catalog.entities[entity].type)
        table, kept = past_table(entity, day), self.keeper.table(entity, day)
        if kept is not None:
            self._view(table, kept.relation, columns, kept.unknown)
            return
        nothing = comma(f"NULL::{kind} AS {name(column)}" for column, kind in columns.items())
        self._connection.execute(f"CREATE VIEW {name(table)} AS SELECT {nothing} WHERE false")

    def execute(self, statement: exp.Expr | str, params: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Run one statement and give its rows. ``params`` are bound to ``?``."""
        self._share(statement)
        self._statements.append(("", statement))
        sql = _sql(statement)
        self._ready(sql)
        return self._connection.execute(sql, list(params)).fetchall()

    def create(self, table: str, select: exp.Expr | str) -> None:
        """Keep the rows of a select as the table ``table``, replacing one of that name."""
        self._share(select)
        self._statements.append((f"CREATE OR REPLACE TEMP TABLE {name(table)} AS\n", select))
        self._make(table, _sql(select))

    def _share(self, statement: exp.Expr | str) -> None:
        if not isinstance(statement, str):
            self._shared.share(statement)

    def take(self, table: str, select: exp.Expr | str) -> None:
        """Like ``create``, for rows that come from outside: not one of the ``statements``."""
        self._taken.add(table)
        given = self._given.get(table)
        self._make(table, f"SELECT * FROM read_parquet({text(str(given))})" if given else _sql(select))

    def take_few(self, table: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]) -> None:
        """Like ``take``, for rows that are few and at hand (``columns``: name → DuckDB type)."""
        self._taken.add(table)
        held = (dict(columns), list(map(tuple, rows)))
        if table in self._given:
            self.take(table, "")
        elif self._few.get(table) != held:
            declared = comma(f"{name(column)} {kind}" for column, kind in columns.items())
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name(table)} ({declared})")
            self._insert(table, columns, rows)
            self._few[table] = held
            self._shared.written(table)

    def _insert(self, table: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]) -> None:
        if len(rows) > FEW:
            self._connection.execute(f"INSERT INTO {name(table)} {from_file(self._file, columns, rows)}")
        elif rows:
            select, params = listed(columns, rows)
            self._connection.execute(f"INSERT INTO {name(table)} {select}", params)

    def _make(self, table: str, sql: str) -> None:
        self._ready(sql)
        self._few.pop(table, None)
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name(table)} AS {sql}")
        self._shared.written(table)

    def write_taken(self, folder: Path) -> dict[str, Path]:
        """Write the tables that came from outside to Parquet files; gives the file of each."""
        written = {table: folder / f"{table}.parquet" for table in sorted(self._taken)}
        for table, path in written.items():
            kept = f"COPY {name(table)} TO {text(str(path))} (FORMAT parquet, COMPRESSION zstd)"
            self._connection.execute(kept)
        return written

    def on_demand(self, table: str, fill: Callable[[], None]) -> None:
        """Have a table filled when something first reads it: a year of the ledger is not copied for plays
        that never ask for it."""
        self._waiting[table] = fill

    def _ready(self, sql: str) -> None:
        for table in [table for table in self._waiting if name(table) in sql]:
            self._waiting.pop(table)()
        if "@" in sql:
            for entity, day in sorted(past_tables(sql) - self._past):
                self._look_back(entity, day)

    def statements(self) -> tuple[str, ...]:
        """The SQL that was run so far, laid out for people (`plan --sql`)."""
        return tuple(before + _sql(statement, pretty=True) for before, statement in self._statements)

    def fill(self, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> None:
        """A table of plain rows, replacing one of that name; ``columns``: name → DuckDB type. A million rows
        of nine columns take about four seconds. Aware datetimes become UTC."""
        remaining = iter(rows)
        first = list(islice(remaining, FEW + 1))
        self._drop_view(table)
        if len(first) > FEW:
            select, params = from_file(self._file, columns, chain(first, remaining)), list[list[object]]()
        else:
            select, params = listed(columns, first)
        self._connection.execute(f"CREATE OR REPLACE TABLE {name(table)} AS {select}", params)
        self._written(table)

    def _written(self, table: str) -> None:
        """Forget what was found out from what a table held before."""
        self._records.forget()
        self._shared.written(table)

    def amend(
        self,
        table: str,
        columns: Mapping[str, str],
        rows: Sequence[Sequence[object]],
        key: Sequence[str],
        places: Sequence[Sequence[str]],
    ) -> None:
        """Have these rows in place of those of a taken table whose ``key`` columns are one of the
        ``places``."""
        if not places:
            return
        self._few.pop(table, None)
        select, params = listed(dict.fromkeys(key, "VARCHAR"), places)
        same = " AND ".join(f"t.{name(one)} = p.{name(one)}" for one in key)
        delete = f"DELETE FROM {name(table)} t USING ({select}) p WHERE {same}"
        gone = self._connection.execute(delete, params).fetchone()
        self._insert(table, columns, rows)
        self._tidy(table, int(gone[0]) if gone else 0)
        self._written(table)

    def _tidy(self, table: str, gone: int) -> None:
        """Rows that were taken out still lie in a table in memory, and every query goes through them: it is
        written anew when they are many."""
        self._gone[table] = self._gone.get(table, 0) + gone
        if self._gone[table] > _MANY_GONE:
            self._connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {name(table)} AS SELECT * FROM {name(table)}"
            )
            self._gone[table] = 0

    def begin(self, snapshot: Snapshot) -> None:
        """Go over to other facts in the same tables (``put`` gives them): what was asked and looked up so
        far is forgotten; tables that wait to be filled wait on."""
        self.snapshot = snapshot
        self._statements.clear()
        self._records.forget()
        self._shared.trim()

    def again(self, snapshot: Snapshot) -> None:
        """Go on to another question over the same facts, which may have been loaded anew since: what is asked
        once more is still known."""
        self.snapshot = snapshot
        self._statements.clear()
        self._records.trim()

    def put(self, entity: str, records: Iterable[Record]) -> None:
        """Have these records, values as the language has them, in place of what the entity's table holds;
        only for an entity without a file. Meant for few: a hundred take a millisecond."""
        declared = self._catalog.entities[entity].type
        columns = entity_columns(declared)
        rows = [[record[column] for column in columns] for record in records]
        self._connection.execute(f"DELETE FROM {name(entity)}")
        self._insert(entity, columns, rows)
        self._written(entity)

    def own(self, entity: str) -> None:
        """Hold the records of an entity in a table of the store instead of their file, so that ``change`` may
        change them; only for an entity that has a file."""
        kept, own = name(entity), name(f"_own_{entity}")
        self._connection.execute(f"CREATE TABLE {own} AS SELECT * FROM {kept}")
        self._drop_view(entity)
        self._connection.execute(f"ALTER TABLE {own} RENAME TO {kept}")

    def change(
        self, entity: str, values: Mapping[str, str], params: Sequence[Value], keys: Sequence[str]
    ) -> int:
        """Set columns of an entity that the store holds itself: ``values`` are SQL by column, with ``params``
        for their ``?`` as the language has them; of the records with these keys. Gives how many."""
        sets = comma(f"{name(column)} = {sql}" for column, sql in values.items())
        given = [*(stored(one) for one in params), list(keys)]
        statement = f"UPDATE {name(entity)} SET {sets} WHERE _key IN (SELECT UNNEST(?::VARCHAR[]))"
        changed = self._connection.execute(statement, given).fetchone()
        self._written(entity)
        return int(changed[0]) if changed else 0

    def fill_entity(self, entity: str, rows: Iterable[Sequence[object]]) -> None:
        """The records of a ledger entity (``touch``, ``task``): ``_key`` and the fields in the order of
        ``entity_columns``."""
        self.fill(entity, entity_columns(self._catalog.entities[entity].type), rows)

    def extend(self, entity: str, table: str) -> None:
        """Give an entity's records the further columns that a table has for their ``_key``, in place of those
        of that name that they have."""
        further = [one for one in self._columns(table) if one != "_key"]
        own = (one for one in self._columns(entity) if one not in further)
        columns = comma([*(f"own.{name(one)}" for one in own), *(f"t.{name(one)}" for one in further)])
        joined = f"{name(entity)} AS own LEFT JOIN {name(table)} AS t USING (_key)"
        self._make(entity, f"SELECT {columns} FROM {joined}")

    def _columns(self, table: str) -> list[str]:
        return [str(row[0]) for row in self._connection.execute(f"DESCRIBE {name(table)}").fetchall()]

    def _drop_view(self, table: str) -> None:
        if table in self.snapshot.entities:
            self._connection.execute(f"DROP VIEW IF EXISTS {name(table)}")

    def record(self, entity: str, key: str) -> Record | None:
        """One record by its key (fields of a key joined by ``/``), values as the language has them."""
        return self._records.record(entity, key)

    def every(self, entity: str) -> Sequence[Record]:
        """All records of an entity, by key."""
        return self.select(entity, "ORDER BY _key")

    def select(self, entity: str, clauses: str, params: Sequence[object] = ()) -> Sequence[Record]:
        """Records by the SQL clauses that follow FROM."""
        return self._records.select(entity, clauses, params)

    def one(self, entity: str, record: Record, step: ToOne) -> Record | None:
        """The record that a to-one step leads to, if there is one."""
        return self._records.one(entity, record, step)

    def many(self, entity: str, record: Record, step: ToMany) -> Sequence[Record]:
        """The records that a to-many step leads to, by key."""
        return self._records.many(entity, record, step)

    def origin(self, entity: str, key: str, field: str) -> str | None:
        """``SOURCE.TABLE`` of the column that a stored field's value came from; None for what the ledger or
        playcall.yaml holds, and for a value that is missing in every one of several columns."""
        declared = self._catalog.entities[entity]
        stored = declared.fields.get(field)
        if stored is None or not stored.columns or not declared.tables:
            return None
        rank: object = 0
        if len(stored.columns) > 1:
            column = name(source_column(field))
            rows = self.execute(f"SELECT {column} FROM {name(entity)} WHERE _key = ?", [key])
            rank = rows[0][0] if rows else None
        return declared.tables[stored.columns[rank][0]].name if isinstance(rank, int) else None

    def close(self) -> None:
        """Let go of memory and temporary files; may be called twice."""
        self._connection.close()
        self._scratch.cleanup()

    def __enter__(self) -> FactStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_facts(
    snapshot: Snapshot,
    catalog: Catalog,
    threads: int | None = None,
    given: Mapping[str, Path] | None = None,
    keeper: Keeper | None = None,
) -> FactStore:
    """Open a snapshot. ``threads``, ``given`` and ``keeper``: see ``FactStore``.
    Raises ``FactsError``: files are gone."""
    for entity in snapshot.entities.values():
        if not entity.path.is_file():
            raise FactsError(f"the snapshot's file {entity.path} is gone; load the facts again")
    return FactStore(snapshot, catalog, threads, given, keeper)


def entity_columns(entity: EntityType) -> dict[str, str]:
    """The columns of an entity's table with their DuckDB types: ``_key``, then the stored fields."""
    fields = (field for field in entity.fields.values() if not field.derived)
    return {"_key": "VARCHAR", **{field.name: column_type(field.type) for field in fields}}


def _as_declared(kept: Mapping[str, str], columns: Mapping[str, str]) -> str:
    """The columns of a file as the catalogue has them now: an older snapshot may lack some, or have them of
    another type."""
    changed = []
    for column, kind in columns.items():
        if column not in kept:
            changed.append(f"NULL::{kind} AS {name(column)}")
        elif kept[column].replace(" ", "") != kind.replace(" ", ""):
            changed.append(f"TRY_CAST({name(column)} AS {kind}) AS {name(column)}")
        else:
            changed.append(name(column))
    return comma([*changed, *(name(column) for column in kept if column not in columns)])


def _sql(statement: exp.Expr | str, pretty: bool = False) -> str:
    return (
        statement
        if isinstance(statement, str)
        else statement.sql(dialect="duckdb", pretty=pretty, copy=False)
    )
