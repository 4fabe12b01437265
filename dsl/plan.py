"""The select under construction: which tables it reads, through which joins, in which stages.

Derived fields are computed once. The fields of an entity are sorted into levels: level 1 needs stored
fields only, level n + 1 a derived field of level n, of whichever entity. Each (entity, level) that is
needed becomes a stage, a common table expression that adds the level's fields to the stage below; so two
entities may read each other's derived fields as long as the fields themselves form no circle.
Aggregates that read nothing of the outer record are computed once for all records in a group: one
common table expression a (relation, level), with an aggregate a column.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from sqlglot import exp

from . import sqltree as sql
from .calendar import Calendar
from .dialects import Dialect, dialect_of
from .facts import GROUP
from .frames import KEY, CompileWorld, Frame, Source, since
from .shapes import shape
from .sqltree import Node
from .sqlvalue import Setting
from .typed import Aggregate, DaysInState, Field, Typed, walk
from .types import ToMany

CALENDAR_TABLE = "_calendar"
CURRENCY_SUFFIX = "__currency"


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
    _then: dict[tuple[str, date], Builder] = field(default_factory=dict)

    @property
    def frame(self) -> Frame:
        """The time at which expressions of this select are meant."""
        return self.base.frame

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
            target = self.plan.source(step.entity, self.frame)
            keys = self.plan.world.schema.entities[step.entity].key
            same = [
                sql.op(exp.EQ, start.column(own), target.column(key))
                for own, key in zip(step.by, keys, strict=True)
            ]
            self.join(target.table(), sql.both(*same))
            self.sources.append(target)
            self._hops[hops] = target
        return self._hops[hops]

    def about(self, source: Source) -> Builder:
        """The same select, for expressions about the records of another of its tables."""
        return self if source is self.base else replace(self, base=source, _hops={}, _then={})

    def then(self, source: Source, day: date) -> Builder:
        """The same select, for expressions about the records of one of its tables as they were known on an
        earlier day: those with the same keys, joined once."""
        if (source.alias, day) not in self._then:
            past = self.plan.source(source.entity, self.plan.frame(day), source.only)
            self.join(past.table(), sql.op(exp.EQ, past.column(KEY), source.column(KEY)))
            self.sources.append(past)
            self._then[source.alias, day] = self.about(past)
        return self._then[source.alias, day]

    def join(self, source: Node, condition: Node) -> None:
        """Add to each row what at most one row of ``source`` says."""
        self.joins.append(exp.Join(this=source, side="LEFT", on=condition))

    def lateral(self, relation: ToMany) -> Builder:
        """A select over the related records, to be joined as it stands to each row of this one."""
        builder = Builder(self.plan, self.plan.source(relation.entity, self.frame), outer=self)
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
class State:
    """Since when a condition has held for each record: the records for which it holds ``now``, one select a
    kept day, and what is made of them."""

    name: str
    level: int
    height: int
    now: tuple[Builder, list[Node]] | None = None
    days: list[tuple[Builder, list[Node]]] = field(default_factory=list)

    @property
    def holding(self) -> str:
        """The name of the records for which it holds now."""
        return f"{self.name}_now"

    def selects(self) -> list[tuple[Builder, list[Node]]]:
        """All selects that it is made of."""
        return [*([self.now] if self.now else []), *self.days]


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
    stages: dict[tuple[str, int, bool, Frame], Stage] = field(default_factory=dict)
    groups: dict[Hashable, Group] = field(default_factory=dict)
    states: dict[Hashable, State] = field(default_factory=dict)
    dialect: Dialect = field(init=False)
    present: Frame = field(init=False)
    _aliases: int = 0
    _levels: dict[tuple[str, str], int] = field(default_factory=dict)
    _business_days: dict[date, int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dialect = dialect_of(self.world.dialect)
        self.present = Frame(self.world.today, self.world.now)

    def frame(self, day: date) -> Frame:
        """An earlier day, at the same time of day."""
        return self.present.earlier(day, self.world.settings.timezone)

    @property
    def calendar(self) -> Calendar:
        """The business days that dates are looked up in."""
        return Calendar.around(self.world.settings, self.present.day)

    def alias(self, prefix: str) -> str:
        self._aliases += 1
        return f"{prefix}{self._aliases}"

    def source(self, entity: str, frame: Frame, only: bool = False) -> Source:
        """A table of an entity's records; ``only``: of those that the statement is restricted to."""
        return Source(entity, self.alias("t"), only and self.only is not None, frame)

    def setting(self, builder: Builder) -> Setting:
        """What lowering needs, for expressions of this select."""
        day = builder.frame.day
        return Setting(self.dialect, self.world.settings, day, lambda: self._count(day), builder)

    def _count(self, day: date) -> int | None:
        if day not in self._business_days:
            self._business_days[day] = self.calendar.count(day)
        return self._business_days[day]

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

    def group(self, node: Aggregate, frame: Frame) -> Group:
        """The group that an aggregate belongs in."""
        relation = node.relation
        level, height = self.level_of(node.value, node.where, node.by), _height(node)
        key = (relation.entity, relation.match, relation.fixed, level, height, frame)
        if key not in self.groups:
            builder = Builder(self, self.source(relation.entity, frame))
            builder.conditions += fixed_conditions(relation, builder)
            match: list[Node] = [builder.base.column(their) for _, their in relation.match]
            self.groups[key] = Group(f"{GROUP}{len(self.groups)}", level, height, builder, match)
        return self.groups[key]

    def state(self, node: DaysInState, around: Source) -> tuple[State, bool]:
        """Since when the condition has held for the records of a table, and whether that is new: then its
        ``days`` are to be filled."""
        key = (shape(node.condition), around.entity, around.only, around.frame)
        is_new = key not in self.states
        if is_new:
            level, height = self.level_of(node.condition), _height(node)
            self.states[key] = State(f"_state_{len(self.states)}", level, height)
        return self.states[key], is_new

    def finish(self, top: Builder, columns: list[Node]) -> exp.Select:
        """The whole statement: stages from the highest level down, each asked for what those above need."""
        done = [top]
        for level in range(self._highest(), 0, -1):
            done += [group.builder for group in self.groups.values() if group.level == level]
            done += [
                day for state in self.states.values() if state.level == level for day, _ in state.selects()
            ]
            self._demand(done, level)
            for stage in [stage for stage in self.stages.values() if stage.level == level]:
                self._fill(stage)
                done.append(stage.builder)
        days = (day for state in self.states.values() for day, _ in state.selects())
        for builder in (*done, *(group.builder for group in self.groups.values()), *days):
            self._name_tables(builder)
        select = self._restrict(top).select(columns)
        ctes = self._ctes()
        if ctes:
            select.set("with_", exp.With(expressions=ctes))
        return select

    def _name_tables(self, builder: Builder) -> None:
        for source in builder.all_sources():
            name = self._stage(source).name if source.level else f"{source.entity}{source.frame.suffix}"
            source.identifier.set("this", name)

    def _highest(self) -> int:
        return max((self.level(entity, name) for entity, name in self.world.derived), default=0)

    def _demand(self, builders: list[Builder], level: int) -> None:
        for builder in builders:
            for source in builder.all_sources():
                if source.level == level:
                    self._stage(source).columns.update(source.columns)

    def _stage(self, source: Source) -> Stage:
        key = (source.entity, source.level, source.only, source.frame)
        if key not in self.stages:
            suffix = "_only" if source.only else ""
            name = f"_{source.entity}_{source.level}{suffix}{source.frame.suffix}"
            builder = Builder(self, self.source(source.entity, source.frame, source.only))
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
        if base.only and base.level == 0:
            base.within = self.only
        return builder

    def _ctes(self) -> list[exp.CTE]:
        """Stages and groups, each after what it reads: a group reads stages up to its level and groups
        of less height, a stage reads what has a lower level."""
        parts: list[tuple[tuple[int, int], exp.CTE]] = []
        for stage in self.stages.values():
            select = self._restrict(stage.builder).select(stage.expressions)
            parts.append(((stage.level, 0), sql.cte(stage.name, select)))
        parts += [((g.level, g.height), sql.cte(g.name, g.select())) for g in self.groups.values()]
        for state in self.states.values():
            now, *days = [self._restrict(builder).select(columns) for builder, columns in state.selects()]
            ctes = (sql.cte(state.holding, now), sql.cte(state.name, since(sql.union(days))))
            parts += [((state.level, state.height), cte) for cte in ctes]
        parts.sort(key=lambda part: part[0])
        return [cte for _, cte in parts]


def _height(node: Aggregate | DaysInState) -> int:
    """How many common table expressions of one level stand in each other, this one included."""
    nested = (inner for inner in walk(node) if inner is not node)
    return 1 + max((_height(one) for one in nested if isinstance(one, Aggregate | DaysInState)), default=0)


def fixed_conditions(relation: ToMany, builder: Builder) -> list[Node]:
    """What holds for every record of a relation, whoever it belongs to."""
    return [sql.op(exp.EQ, builder.base.column(their), sql.text(value)) for their, value in relation.fixed]
