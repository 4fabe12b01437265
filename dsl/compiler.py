"""From checked expressions to one SELECT over all records of an entity, as a sqlglot tree.

It means what ``interpreter`` means, for every record. ``plan`` holds the select under construction,
``lowering`` the operators and functions, ``grouping`` the aggregates, ``dialects`` what engines differ in.

Tables that the engine must hold: one an entity, under its name, with ``_key`` (text) and the stored fields:
VARCHAR, BIGINT, DOUBLE (finite), BOOLEAN, DATE, TIMESTAMP (UTC, without a zone) and, of money, the amount as
DECIMAL(38, 6), NULL where the money is missing; and ``_calendar`` where ``needs_calendar`` says so. Of the
earlier days that expressions look back to, the same under the names that ``frames.past_table`` gives.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlglot import exp

from . import sqltree as sql
from .facts import NO_FACTS
from .frames import KEY, CompileWorld
from .functions import OVERLOADS, Pattern
from .grouping import aggregate
from .interpreter import World, evaluate
from .lowering import lower, membership
from .lowering_dates import shift, shift_moment
from .lowering_history import days_in_state, was
from .outer import is_constant, lift
from .plan import CALENDAR_TABLE, CURRENCY_SUFFIX, Builder, Plan
from .sqltree import Node
from .sqlvalue import INT_BOUND, Sql, currency_node, settle, wide
from .typed import Aggregate, Call, Clock, Const, DaysInState, Field, Param, Typed, Was, walk
from .types import TEXTUAL, Duration, Kind, Money, Type, Value

__all__ = ["CALENDAR_TABLE", "CURRENCY_SUFFIX", "CompileWorld", "compile_select", "needs_calendar"]

_CALENDAR_OPS = ("business_days_until", "add_business_days")
# Where a plain integer literal would take a narrower type than the language's 64 bits.
_WIDE_LITERALS = frozenset({"if", "default", "min", "max", "concat"})


def compile_select(
    entity: str,
    outputs: Mapping[str, Typed],
    world: CompileWorld,
    *,
    where: Typed | None = None,
    only: str | None = None,
) -> exp.Select:
    """``_key`` and a column for each output (money: the amount, and ``NAME__currency``) of every record.

    ``where`` keeps the records for which it is true; ``only`` names a table whose column ``_key`` holds the
    keys to look at.
    """
    plan = Plan(world, only, _compile_derived)
    top = Builder(plan, plan.source(entity, plan.present, only=True))
    columns: list[Node] = [sql.aliased(top.base.column(KEY), KEY)]
    for name, tree in outputs.items():
        columns += _outputs(top, name, tree)
    if where is not None:
        top.conditions.append(compile_node(where, top).node)
    return plan.finish(top, columns)


def needs_calendar(trees: Iterable[Typed], derived: Mapping[tuple[str, str], Typed]) -> bool:
    """Whether the SQL of these expressions reads ``_calendar``, through derived fields included."""
    seen: set[tuple[str, str]] = set()
    waiting = list(trees)
    while waiting:
        for node in walk(waiting.pop()):
            if isinstance(node, Const) and isinstance(node.value, Duration) and node.value.unit == "bd":
                return True
            if isinstance(node, Call) and OVERLOADS[node.op].name in _CALENDAR_OPS:
                return True
            if isinstance(node, Field) and node.derived and (node.entity, node.name) not in seen:
                seen.add((node.entity, node.name))
                waiting.append(derived[node.entity, node.name])
    return False


def _compile_derived(builder: Builder, entity: str, name: str) -> list[Node]:
    return _outputs(builder, name, builder.plan.world.derived[entity, name])


def _outputs(builder: Builder, name: str, tree: Typed) -> list[Node]:
    value = wide(settle(builder.setting, compile_node(tree, builder)))
    columns: list[Node] = [sql.aliased(value.node, name)]
    if value.kind is Kind.MONEY:
        columns.append(sql.aliased(currency_node(value), name + CURRENCY_SUFFIX))
    return columns


def compile_node(node: Typed, builder: Builder) -> Sql:
    """The SQL of a node for each row of the builder's select."""
    if not isinstance(node, Const) and is_constant(node) and node.type.kind is not Kind.DURATION:
        return _literal(_fold(node, builder), node.type)
    match node:
        case Const():
            return _literal(node.value, node.type)
        case Param():
            return compile_node(*_param_in(node, builder))
        case Field():
            return _field(node, builder)
        case Call():
            return _call(node, builder)
        case Aggregate():
            return aggregate(node, builder, compile_node)
        case Was():
            return was(node, builder, compile_node)
        case DaysInState():
            return days_in_state(node, builder, compile_node)
        case Clock():
            raise AssertionError("clocks are constants")


def _fold(node: Typed, builder: Builder) -> Value:
    """The value of an expression that reads no record, by the interpreter."""
    plan, now = builder.plan, builder.frame.now
    world = World(plan.world.schema, plan.world.settings, {}, now, NO_FACTS, plan.calendar)
    return evaluate(node, {}, world, "")


def _column_kind(type_: Type) -> Kind:
    """To SQL, enums, addresses and users are text."""
    return Kind.TEXT if type_.kind in TEXTUAL else type_.kind


def _literal(value: Value, type_: Type) -> Sql:
    kind = _column_kind(type_)
    if value is None:
        return Sql(sql.null(kind), kind, type_.currency or sql.null(Kind.TEXT), bound=0)
    if isinstance(value, Money):
        return Sql(sql.literal(value.amount, kind), kind, value.currency, certain=True, constant=value)
    if kind is Kind.INT and isinstance(value, int):
        return Sql(sql.integer(value), kind, bound=abs(value), certain=True, constant=value)
    bound = abs(value) if isinstance(value, float) else INT_BOUND
    return Sql(sql.literal(value, kind), kind, bound=bound, certain=True, constant=value)


def _param_in(node: Param, builder: Builder) -> tuple[Typed, Builder]:
    """A param's value and the select it is meant in: that of the playbook's records."""
    return (node.value, builder) if builder.outer is None else (lift(node.value), builder.root)


def _field(node: Field, builder: Builder) -> Sql:
    if node.outer:
        assert builder.outer is not None, "an aggregate that reads its outer record is a lateral select"
        builder = builder.outer
    source = builder.follow(node.hops)
    level = builder.plan.level(node.entity, node.name) if node.derived else 0
    column, kind = source.column(node.name, level), _column_kind(node.type)
    if kind is not Kind.MONEY:
        return Sql(column, kind, bound=INT_BOUND if kind is Kind.INT else math.inf)
    return Sql(column, Kind.MONEY, _currency(node, builder, level))


def _currency(node: Field, builder: Builder, level: int) -> str | Node:
    source = builder.follow(node.hops)
    declared = builder.plan.world.schema.entities[node.entity].fields.get(node.name)
    if node.derived:
        return node.type.currency or source.column(node.name + CURRENCY_SUFFIX, level)
    if declared is not None and declared.currency_by:
        return source.column(declared.currency_by)
    assert node.type.currency, f"{node.entity}.{node.name} has neither a currency nor a column of one"
    return node.type.currency


def _call(node: Call, builder: Builder) -> Sql:
    overload = OVERLOADS[node.op]
    if overload.name in ("in", "not in"):
        return _membership(node, builder)
    if any(arg.type.kind is Kind.DURATION for arg in node.args):
        return _shifted(node, builder)
    args = [
        _widen(compile_node(arg, builder), overload.pattern(i), builder) for i, arg in enumerate(node.args)
    ]
    if overload.name in _WIDE_LITERALS:
        args = [wide(arg) for arg in args]
    return lower(builder.setting, node.op, _column_kind(node.type), args)


def _widen(value: Sql, pattern: Pattern, builder: Builder) -> Sql:
    """The argument as the kind that the overload takes."""
    if pattern.to is Kind.NUMBER and value.kind is Kind.INT:
        if isinstance(value.constant, int):
            return _literal(float(value.constant), Type(Kind.NUMBER))
        return replace(value, node=sql.cast(value.node, Kind.NUMBER), kind=Kind.NUMBER)
    if pattern.to is Kind.DATE and value.kind is Kind.DATETIME:
        plan = builder.plan
        local = plan.dialect.local_date(value.node, plan.world.settings.timezone)
        return replace(value, node=local, kind=Kind.DATE, constant=None)
    return value


def _membership(node: Call, builder: Builder) -> Sql:
    overload = OVERLOADS[node.op]
    pattern = replace(overload.pattern(0), items=False)

    def compiled(part: Typed) -> Sql:
        return settle(builder.setting, _widen(compile_node(part, builder), pattern, builder))

    found = membership(builder.setting, compiled(node.args[0]), [compiled(i) for i in _items(node.args[1])])
    return Sql(sql.negation(found) if overload.name == "not in" else found, Kind.BOOL)


def _items(node: Typed) -> list[Typed]:
    """The elements of a list that is written down, directly or as a param."""
    match node:
        case Param():
            return _items(node.value)
        case Const(value=tuple(values)):
            item = node.type.item or node.type
            return [Const(value, item, node.span) for value in values]
        case Call() if OVERLOADS[node.op].name == "list":
            return list(node.args)
    raise AssertionError(f"{type(node).__name__} is not a list")


def _shifted(node: Call, builder: Builder) -> Sql:
    """A date or datetime plus or minus a duration, for each duration that it may be."""
    start, duration = node.args
    if node.type.kind is Kind.DURATION:
        raise AssertionError("a duration is only ever added to a date")
    sign = 1 if OVERLOADS[node.op].name == "+" else -1
    move = shift if start.type.kind is Kind.DATE else shift_moment

    def build(part: Typed, within: Builder) -> Node:
        match part:
            case Param():
                return build(*_param_in(part, within))
            case Const(value=Duration() as amount):
                return move(builder.setting, compile_node(start, builder).node, amount, sign)
            case Call() if OVERLOADS[part.op].name == "if":
                condition, then, otherwise = part.args
                test = compile_node(condition, within).node
                return sql.case(
                    (test, build(then, within)), (sql.negation(sql.again(test)), build(otherwise, within))
                )
        raise AssertionError(f"{type(part).__name__} is not a duration")

    return Sql(build(duration, builder), node.type.kind)
