"""Looking back in SQL: the records as they were known on an earlier day are further tables, joined by key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from sqlglot import exp

from . import sqltree as sql
from .dates import shift_day
from .frames import KEY, Source
from .plan import Builder, Plan, State
from .sqltree import Node
from .sqlvalue import Sql, settle
from .typed import DaysInState, Typed, Was
from .types import TEXTUAL, Kind

Compile = Callable[[Typed, Builder], Sql]
_DAYS_BOUND = float(2**22)


def was(node: Was, builder: Builder, compile_node: Compile) -> Sql:
    """What a value came to on an earlier day; NULL where the record was not there."""
    plan = builder.plan
    day = shift_day(plan.calendar, builder.frame.day, node.back, -1)
    if day is None:
        kind = Kind.TEXT if node.type.kind in TEXTUAL else node.type.kind
        return Sql(sql.null(kind), kind, node.type.currency or sql.null(Kind.TEXT))
    then = builder.then(builder.follow(node.hops), day)
    value = settle(then.setting, compile_node(node.value, then))
    known = sql.when(sql.is_present(then.base.column(KEY)), value.node)
    return replace(value, node=known, certain=False, constant=None)


def days_in_state(node: DaysInState, builder: Builder, compile_node: Compile) -> Sql:
    """Days since the state that holds today began, by the days of which facts are kept; 0 where it does not
    hold, NULL where that is unknown."""
    place = builder.about(builder.follow(node.hops))
    holds = compile_node(node.condition, place).node
    today = sql.literal(builder.frame.day, Kind.DATE)
    since = _since(node, place, compile_node)
    first = today if since is None else sql.coalesce(since, sql.again(today))
    days = builder.plan.dialect.days_between(today, first)
    count = sql.case((holds, days), (sql.negation(sql.again(holds)), sql.integer(0)))
    return Sql(sql.cast(count, Kind.INT), Kind.INT, bound=_DAYS_BOUND)


def _since(node: DaysInState, place: Builder, compile_node: Compile) -> Node | None:
    """The first day of the state among the kept ones; None where none is kept."""
    plan, base = place.plan, place.base
    days = plan.world.past.days(place.frame.day)
    if not days:
        return None
    state, is_new = plan.state(node, base)
    if is_new:
        now = Builder(plan, plan.source(base.entity, base.frame, base.only))
        now.conditions.append(compile_node(node.condition, now).node)
        state.now = (now, [now.base.column(KEY)])
        for day in days:
            state.days.append(_on(day, node, base, state, compile_node, plan))
    memory = ("state", state.name, base.alias)
    if memory not in place.memory:
        alias = place.memory[memory] = plan.alias("s")
        same = sql.op(exp.EQ, sql.column(KEY, alias), base.column(KEY))
        place.join(sql.table(state.name, alias), same)
    return sql.column("since", place.memory[memory])


def _on(
    day: date, node: DaysInState, base: Source, state: State, compile_node: Compile, plan: Plan
) -> tuple[Builder, list[Node]]:
    """The truth on a kept day, for the records of which it is true now: of the others nobody asks."""
    then = Builder(plan, plan.source(base.entity, plan.frame(day), base.only))
    truth = compile_node(node.condition, then).node
    key = then.base.column(KEY)
    chosen = exp.Select(
        expressions=[sql.column(KEY, "n")], from_=exp.From(this=sql.table(state.holding, "n"))
    )
    then.conditions.append(exp.In(this=sql.again(key), query=exp.Subquery(this=chosen)))
    columns = ((key, KEY), (sql.literal(day, Kind.DATE), "day"), (truth, "truth"))
    return then, [sql.aliased(one, name) for one, name in columns]
