"""The select under construction: which tables it reads, through which joins, in which stages.

Derived fields are computed once. The fields of an entity are sorted into levels: level 1 needs stored
fields only, level n + 1 a derived field of level n, of whichever entity. Each (entity, level) that is
needed becomes a stage, a common table expression that adds the level's fields to the stage below; so two
entities may read each other's derived fields as long as the fields themselves form no circle.
Aggregates that read nothing of the outer record are computed once for all records in a group: one
common table expression a (relation, level), with an aggregate a column.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlglot import exp

from . import sqltree as sql
from .calendar import Calendar
from .dialects import Dialect, dialect_of
from .sqltree import Node
from .sqlvalue import Setting
from .typed import Aggregate, Field, Typed, walk
from .types import Schema, Settings, ToMany

CALENDAR_TABLE = "_calendar"
CURRENCY_SUFFIX = "__currency"
KEY = "_key"


@dataclass(frozen=True, slots=True)
class CompileWorld:
    """What the SQL of an expression depends on. ``now`` is an aware moment; ``derived`` by (entity, name)."""

    schema: Schema
    settings: Settings
    derived: Mapping[tuple[str, str], Typed]
    now: datetime
    dialect: str = "duckdb"

    @property
    def today(self) -> date:
        """The project's local date."""
        return self.now.astimezone(ZoneInfo(self.settings.timezone)).date()


@dataclass(slots=True, eq=False)
class Source:
    """A table in a FROM clause under an alias: an entity's records with their derived fields up to
    ``level``, which rises as more is asked of it. The table's name is filled in at the end."""

    entity: str
    alias: str
    only: bool
    level: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    identifier: exp.Identifier = field(default_factory=lambda: sql.name(""))

    def column(self, name: str, level: int = 0) -> exp.Column:
        """A column of the table; ``level`` is that of the field."""
        self.level = max(self.level, level)
        self.columns[name] = level
        return sql.column(name, self.alias)

    def table(self) -> exp.Table:
        return exp.Table(this=self.identifier, alias=exp.TableAlias(this=sql.name(self.alias)))


@dataclass(slots=True, eq=False)
class Builder:
    """One select over the records of an entity: its base table and the joins that expressions ask for.

    ``outer`` is the select around a lateral one. Also gives the rows of the calendar (``Lookups``).
    """

    plan: Plan
    base: Source
    outer: Builder | None = None
    joins: list[exp.Join] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    inner: list[Builder] = field(default_factory=list)
    conditions: list[Node] = field(default_factory=list)
    laterals: list[tuple[Builder, list[Node], int]] = field(default_factory=list)
    memory: dict[Hashable, str] = field(default_factory=dict)
    _hops: dict[tuple[str, ...], Source] = field(default_factory=dict)

    @property
    def root(self) -> Builder:
        return self if self.outer is None else self.outer.root

    @property
    def setting(self) -> Setting:
        return self.plan.setting(self)

    def follow(self, hops: tuple[str, ...]) -> Source:
        """The table that to-one steps lead to, joined to this select once."""
        if not hops:
            return self.base
        if hops not in self._hops:
            start = self.follow(hops[:-1])
            step = self.plan.world.schema.entities[start.entity].to_one[hops[-1]]
            target = self.plan.source(step.entity)
            keys = self.plan.world.schema.entities[step.entity].key
            same = [
                sql.op(exp.EQ, start.column(own), target.column(key))
                for own, key in zip(step.by, keys, strict=True)
            ]
            self.join(target.table(), sql.both(*same))
            self.sources.append(target)
            self._hops[hops] = target
        return self._hops[hops]

    def join(self, source: Node, condition: Node) -> None:
        """Add to each row what at most one row of ``source`` says."""
        self.joins.append(exp.Join(this=source, side="LEFT", on=condition))

    def lateral(self, relation: ToMany) -> Builder:
        """A select over the related records, to be joined as it stands to each row of this one."""
        builder = Builder(self.plan, self.plan.source(relation.entity), outer=self)
        self.inner.append(builder)
        return builder

    def join_lateral(self, inner: Builder, columns: list[Node], alias: str) -> None:
        """Join the finished lateral select, whose columns may still be added to the list given."""
        self.laterals.append((inner, columns, len(self.joins)))
        self.join(exp.Lateral(alias=exp.TableAlias(this=sql.name(alias))), sql.boolean(True))

    def calendar_day(self, day: Node) -> str:
        return self._calendar("day", day)

    def business_day(self, number: Node) -> str:
        return self._calendar("opening", number)

    def _calendar(self, key: str, value: Node) -> str:
        memory = ("calendar", key, value)
        if memory not in self.memory:
            alias = self.memory[memory] = self.plan.alias("k")
            self.join(
                sql.table(CALENDAR_TABLE, alias), sql.op(exp.EQ, sql.column(key, alias), sql.again(value))
            )
        return self.memory[memory]

    def select(self, columns: list[Node]) -> exp.Select:
        """The finished select with these columns."""
        for inner, inner_columns, place in self.laterals:
            self.joins[place].this.set("this", exp.Subquery(this=inner.select(inner_columns)))
        select = exp.Select(expressions=columns, from_=exp.From(this=self.base.table()), joins=self.joins)
        if self.conditions:
            select.set("where", exp.Where(this=sql.both(*self.conditions)))
        return select

    def all_sources(self) -> Iterator[Source]:
        """Every table that this select, and the lateral ones in it, reads records from."""
        yield self.base
        yield from self.sources
        for builder in self.inner:
            yield from builder.all_sources()


@dataclass(slots=True, eq=False)
class Group:
    """Aggregates over one relation, computed for all values of its match at once."""

    name: str
    level: int
    height: int
    builder: Builder
    match: list[Node]
    columns: dict[Hashable, tuple[str, Node]] = field(default_factory=dict)

    def column(self, key: Hashable, build: Callable[[], Node]) -> str:
        """The name of the column that holds an aggregate, built on first use."""
        if key not in self.columns:
            self.columns[key] = (f"c{len(self.columns)}", build())
        return self.columns[key][0]

    def select(self) -> exp.Select:
        columns: list[Node] = [sql.aliased(node, f"m{i}") for i, node in enumerate(self.match)]
        shared = self._shared_filter()
        for name, node in self.columns.values():
            columns.append(sql.aliased(node if shared is None else node.this, name))
        select = self.builder.select(columns)
        if shared is not None:
            select.where(shared, copy=False)
        if self.match:
            select.set("group", exp.Group(expressions=[sql.again(node) for node in self.match]))
        return select

    def _shared_filter(self) -> Node | None:
        """The condition under which a record counts, where it is one for all aggregates: the others are then
        left out before they are grouped. (An owner without a row is one without related records.)"""
        nodes = [node for _, node in self.columns.values()]
        filters = {node.expression for node in nodes if isinstance(node, exp.Filter)}
        if len(filters) != 1 or not all(isinstance(node, exp.Filter) for node in nodes):
            return None
        condition: Node = sql.again(filters.pop().this)
        return condition


@dataclass(slots=True, eq=False)
class Stage:
    """An entity's records with the derived fields of one level and what is needed of the ones below."""

    name: str
    level: int
    builder: Builder
    columns: dict[str, int] = field(default_factory=dict)
    expressions: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Plan:
    """Everything that one statement is made of."""

    world: CompileWorld
    only: str | None
    compile_derived: Callable[[Builder, str, str], list[Node]]
    stages: dict[tuple[str, int, bool], Stage] = field(default_factory=dict)
    groups: dict[Hashable, Group] = field(default_factory=dict)
    dialect: Dialect = field(init=False)
    today: date = field(init=False)
    _aliases: int = 0
    _levels: dict[tuple[str, str], int] = field(default_factory=dict)
    _business_days_today: int | None = None

    def __post_init__(self) -> None:
        self.dialect = dialect_of(self.world.dialect)
        self.today = self.world.today

    def alias(self, prefix: str) -> str:
        self._aliases += 1
        return f"{prefix}{self._aliases}"

    def source(self, entity: str, only: bool = False) -> Source:
        """A table of an entity's records; ``only``: of those that the statement is restricted to."""
        return Source(entity, self.alias("t"), only and self.only is not None)

    def setting(self, builder: Builder) -> Setting:
        """What lowering needs, for expressions of this select."""
        return Setting(self.dialect, self.world.settings, self.today, self._business_days, builder)

    def _business_days(self) -> int:
        if self._business_days_today is None:
            self._business_days_today = Calendar.around(self.world.settings, self.today).count(self.today)
        assert self._business_days_today is not None
        return self._business_days_today

    def level(self, entity: str, name: str) -> int:
        """The level of a field; 0 for stored ones."""
        place = (entity, name)
        if place not in self.world.derived:
            return 0
        if place not in self._levels:
            self._levels[place] = 1 + self.level_of(self.world.derived[place])
        return self._levels[place]

    def level_of(self, *trees: Typed | None) -> int:
        """The highest level of the fields that trees read, aggregates' included."""
        nodes = (node for tree in trees if tree is not None for node in walk(tree))
        return max((self.level(n.entity, n.name) for n in nodes if isinstance(n, Field)), default=0)

    def group(self, node: Aggregate) -> Group:
        """The group that an aggregate belongs in."""
        relation = node.relation
        level, height = self.level_of(node.value, node.where, node.by), _height(node)
        key = (relation.entity, relation.match, relation.fixed, level, height)
        if key not in self.groups:
            builder = Builder(self, self.source(relation.entity))
            builder.conditions += fixed_conditions(relation, builder)
            match: list[Node] = [builder.base.column(their) for _, their in relation.match]
            self.groups[key] = Group(f"_group_{len(self.groups)}", level, height, builder, match)
        return self.groups[key]

    def finish(self, top: Builder, columns: list[Node]) -> exp.Select:
        """The whole statement: stages from the highest level down, each asked for what those above need."""
        done = [top]
        for level in range(self._highest(), 0, -1):
            done += [group.builder for group in self.groups.values() if group.level == level]
            self._demand(done, level)
            for stage in [stage for stage in self.stages.values() if stage.level == level]:
                self._fill(stage)
                done.append(stage.builder)
        for builder in (*done, *(group.builder for group in self.groups.values())):
            self._name_tables(builder)
        select = self._restrict(top).select(columns)
        ctes = self._ctes()
        if ctes:
            select.set("with_", exp.With(expressions=ctes))
        return select

    def _name_tables(self, builder: Builder) -> None:
        for source in builder.all_sources():
            name = self._stage(source).name if source.level else source.entity
            source.identifier.set("this", name)

    def _highest(self) -> int:
        return max((self.level(entity, name) for entity, name in self.world.derived), default=0)

    def _demand(self, builders: list[Builder], level: int) -> None:
        for builder in builders:
            for source in builder.all_sources():
                if source.level == level:
                    self._stage(source).columns.update(source.columns)

    def _stage(self, source: Source) -> Stage:
        key = (source.entity, source.level, source.only)
        if key not in self.stages:
            suffix = "_only" if source.only else ""
            name = f"_{source.entity}_{source.level}{suffix}"
            builder = Builder(self, self.source(source.entity, source.only))
            self.stages[key] = Stage(name, source.level, builder)
        return self.stages[key]

    def _fill(self, stage: Stage) -> None:
        base = stage.builder.base
        for name, level in stage.columns.items():
            if level < stage.level:
                stage.expressions.append(sql.aliased(base.column(name, level), name))
            elif (base.entity, name) in self.world.derived:  # else it is the currency of one that is
                stage.expressions += self.compile_derived(stage.builder, base.entity, name)

    def _restrict(self, builder: Builder) -> Builder:
        base = builder.base
        if base.only and base.level == 0 and self.only is not None:
            keys = exp.Select(
                expressions=[sql.column(KEY, "o")], from_=exp.From(this=sql.table(self.only, "o"))
            )
            within = exp.In(this=base.column(KEY), query=exp.Subquery(this=keys))
            builder.conditions.append(within)
        return builder

    def _ctes(self) -> list[exp.CTE]:
        """Stages and groups, each after what it reads: a group reads stages up to its level and groups
        of less height, a stage reads what has a lower level."""
        parts: list[tuple[tuple[int, int], str, exp.Select]] = []
        for stage in self.stages.values():
            select = self._restrict(stage.builder).select(stage.expressions)
            parts.append(((stage.level, 0), stage.name, select))
        parts += [((g.level, g.height), g.name, g.select()) for g in self.groups.values()]
        parts.sort(key=lambda part: part[0])
        return [exp.CTE(this=select, alias=exp.TableAlias(this=sql.name(name))) for _, name, select in parts]


def _height(node: Aggregate) -> int:
    """How many aggregates stand in each other, this one included."""
    parts = (part for part in (node.value, node.where, node.by) if part is not None)
    nested = (inner for part in parts for inner in walk(part) if isinstance(inner, Aggregate))
    return 1 + max(map(_height, nested), default=0)


def fixed_conditions(relation: ToMany, builder: Builder) -> list[Node]:
    """What holds for every record of a relation, whoever it belongs to."""
    return [sql.op(exp.EQ, builder.base.column(their), sql.text(value)) for their, value in relation.fixed]
