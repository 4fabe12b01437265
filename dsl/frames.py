"""The times at which parts of one statement are meant: now, and earlier days of which facts are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlglot import exp

from . import sqltree as sql
from .facts import NO_PAST, Past, past_table, same_time_on, zone
from .frozen import frozen
from .sqltree import Node
from .typed import Typed
from .types import Schema, Settings

KEY = "_key"


@frozen
class CompileWorld:
    """What the SQL of an expression depends on. ``now`` is an aware moment; ``derived`` by (entity, name);
    of ``past`` only the days are asked."""

    schema: Schema
    settings: Settings
    derived: Mapping[tuple[str, str], Typed]
    now: datetime
    dialect: str = "duckdb"
    past: Past = NO_PAST

    @property
    def today(self) -> date:
        """The project's local date."""
        return self.now.astimezone(zone(self.settings.timezone)).date()


@frozen
class Frame:
    """A day and moment; ``suffix`` marks the names of the tables as they were known then (``past_table``),
    and is empty for now."""

    day: date
    now: datetime
    suffix: str = ""

    def earlier(self, day: date, timezone: str) -> Frame:
        """An earlier day, at the same time of day."""
        return Frame(day, same_time_on(day, self.now, timezone), past_table("", day))


@dataclass(slots=True, eq=False)
class Source:
    """A table in a FROM clause under an alias: an entity's records with their derived fields up to
    ``level``, which rises as more is asked of it. The table's name is filled in at the end; ``within`` names
    the table of the keys that it is restricted to."""

    entity: str
    alias: str
    only: bool
    frame: Frame
    level: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    identifier: exp.Identifier = field(default_factory=lambda: sql.name(""))
    within: str | None = None

    def column(self, name: str, level: int = 0) -> exp.Column:
        """A column of the table; ``level`` is that of the field."""
        self.level = max(self.level, level)
        self.columns[name] = level
        return sql.column(name, self.alias)

    def table(self) -> exp.Table | exp.Subquery:
        alias = exp.TableAlias(this=sql.name(self.alias))
        if self.within is None:
            return exp.Table(this=self.identifier, alias=alias)
        # Restricted before anything is joined: DuckDB would compute a lateral select for all records first.
        keys = _select(sql.column(KEY, "o"), sql.table(self.within, "o"))
        records = _select(
            exp.Star(), exp.Table(this=self.identifier, alias=exp.TableAlias(this=sql.name("r")))
        )
        chosen = exp.In(this=sql.column(KEY, "r"), query=exp.Subquery(this=keys))
        records.set("where", exp.Where(this=chosen))
        return exp.Subquery(this=records, alias=alias)


def since(rows: exp.Query) -> exp.Select:
    """For each record the first day on which a state was true after the last one on which it was false, out
    of rows of record, day and truth; a day on which it was unknown neither begins nor ends it.

    The rows are computed twice and never held: a year of days of a million records would fill the memory.
    """
    key, day, truth = (sql.column(name, "r") for name in (KEY, "day", "truth"))
    broken = exp.Select(
        expressions=[sql.aliased(key, KEY), sql.aliased(exp.Max(this=day), "day")],
        from_=exp.From(this=_named(sql.again(rows), "r")),
        where=exp.Where(this=sql.negation(truth)),
        group=exp.Group(expressions=[sql.again(key)]),
    )
    after = sql.op(exp.GT, sql.again(day), sql.column("day", "b"))
    unbroken = sql.either(sql.is_null(sql.column("day", "b")), after)
    same = sql.op(exp.EQ, sql.column(KEY, "b"), sql.again(key))
    return exp.Select(
        expressions=[sql.aliased(sql.again(key), KEY), sql.aliased(exp.Min(this=sql.again(day)), "since")],
        from_=exp.From(this=_named(rows, "r")),
        joins=[sql.left_join(_named(broken, "b"), same)],
        where=exp.Where(this=sql.both(sql.again(truth), unbroken)),
        group=exp.Group(expressions=[sql.again(key)]),
    )


def _named(query: exp.Query, alias: str) -> exp.Subquery:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=sql.name(alias)))


def _select(what: Node, of: exp.Table) -> exp.Select:
    return exp.Select(expressions=[what], from_=exp.From(this=of))
