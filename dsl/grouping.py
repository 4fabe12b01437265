"""Aggregates in SQL: a column of a group where the outer record has no say, else a lateral select.

Both are joined to the select at hand, one row a record, so that what is made of them is cheap to repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlglot import exp

from . import sqltree as sql
from .aggregates import NUMBER_PLACES, SUM_LIMIT
from .frames import KEY, Source
from .lowering_numbers import divide_away, from_micros, micros
from .operations import MICRO
from .outer import is_constant, reads_only_outer, reads_outer, unknown_when
from .plan import Builder, Group, fixed_conditions
from .shapes import shape
from .sqltree import Node, again, both, cast, filtered, integer, op, when
from .sqlvalue import Setting, Sql, currency_node, settle, typed
from .typed import Aggregate, Typed
from .types import TEXTUAL, Kind

Compile = Callable[[Typed, Builder], Sql]

COUNT_BOUND = 2.0**48


def aggregate(node: Aggregate, builder: Builder, compile_node: Compile) -> Sql:
    """The SQL of an aggregate for each row of the builder's select."""
    owner = builder.follow(node.hops)
    if any(map(reads_outer, (node.value, node.where, node.by))):
        parts = _lateral(node, owner, builder, compile_node)
    else:
        parts = _grouped(node, owner, builder, compile_node)
    result = _RESULTS[node.fn](parts)
    known = _known(node, owner, builder, compile_node)
    if known is None:
        return result
    guarded = when(known, result.node)
    return Sql(guarded, result.kind, result.currency, result.bound)


def _known(node: Aggregate, owner: Source, builder: Builder, compile_node: Compile) -> Node | None:
    """Where the aggregate is not unknown for want of its owner or of something in the outer record."""
    conditions = []
    if node.hops:
        conditions.append(sql.is_present(owner.column(KEY)))
    blocked = unknown_when(node.where)
    if blocked is not None:
        conditions.append(sql.negation(compile_node(blocked, builder).node))
    return both(*conditions) if conditions else None


@dataclass(slots=True)
class Parts:
    """The inner expressions of one aggregate, compiled over the related records, and where its columns go.

    ``condition`` picks the records that count (None: all, or already picked by the select's WHERE).
    ``missing_row``: the joined row may be absent.
    """

    node: Aggregate
    setting: Setting
    value: Sql | None
    by: Node | None
    key: Sequence[Node]
    condition: Node | None
    add: Callable[[Hashable, Callable[[], Node]], Node]

    def column(self, role: str, build: Callable[[Node | None], Node], *, present: bool = False) -> Node:
        """A column with an aggregate over the records that count (``present``: and have a value)."""
        condition = None if self.condition is None else again(self.condition)
        if present and self.value is not None:
            has_value = sql.is_present(again(self.value.node))
            condition = has_value if condition is None else both(condition, has_value)
        return self.add(role, lambda: build(condition))

    @property
    def amount(self) -> Node:
        assert self.value is not None
        return again(self.value.node)


def _truth(node: Aggregate, compiled: Node | None) -> Node | None:
    """The condition under which a related record counts; ``all`` counts those that are against it."""
    if compiled is None:
        return sql.boolean(False) if node.fn == "all" else None
    return sql.negation(compiled) if node.fn == "all" else compiled


def _parts(
    node: Aggregate,
    inner: Builder,
    compile_node: Compile,
    condition: Node | None,
    add: Callable[[Hashable, Callable[[], Node]], Node],
) -> Parts:
    value = None if node.value is None else _related(node.value, inner, compile_node)
    by = None if node.by is None else _ordered(_related(node.by, inner, compile_node), inner.setting)
    key = _key_order(inner) if node.by is not None else ()
    return Parts(node, inner.setting, value, by, key, condition, add)


def _key_order(inner: Builder) -> list[Node]:
    """The key's fields as they are compared: numbers as numbers, not as their text."""
    entity = inner.plan.world.schema.entities[inner.base.entity]
    columns = (Sql(inner.base.column(name), entity.fields[name].type.kind) for name in entity.key)
    return [_ordered(column, inner.setting) for column in columns]


def _ordered(value: Sql, setting: Setting) -> Node:
    return setting.dialect.ordered(value.node) if value.kind in TEXTUAL else value.node


def _related(node: Typed, inner: Builder, compile_node: Compile) -> Sql:
    """An input of an aggregate. SQL takes an aggregate of nothing but outer columns for one of the outer
    select, so such an input is tied to the related record."""
    value = typed(settle(inner.setting, compile_node(node, inner)))
    if isinstance(value.currency, str) and node.type.currency is None:
        value = replace(value, currency=sql.text(value.currency))  # known here, but not to the type
    if is_constant(node) or not reads_only_outer(node):
        return value
    return replace(value, node=when(sql.is_present(inner.base.column(KEY)), value.node))


def _grouped(node: Aggregate, owner: Source, builder: Builder, compile_node: Compile) -> Parts:
    group = builder.plan.group(node, builder.frame)
    alias = _join_group(group, node, owner, builder)
    inner = group.builder
    where = None if node.where is None else compile_node(node.where, inner).node
    kind = tuple(None if part is None else shape(part) for part in (node.value, node.by, node.where))

    def add(role: Hashable, build: Callable[[], Node]) -> Node:
        return sql.column(group.column((role, node.fn == "all", *kind), build), alias)

    return _parts(node, inner, compile_node, _truth(node, where), add)


def _join_group(group: Group, node: Aggregate, owner: Source, builder: Builder) -> str:
    """The alias under which the group is joined to the owner's rows, once."""
    memory = ("group", group.name, owner.alias)
    if memory not in builder.memory:
        alias = builder.memory[memory] = builder.plan.alias("g")
        same = [
            op(exp.EQ, owner.column(own), sql.column(f"m{i}", alias))
            for i, (own, _) in enumerate(node.relation.match)
        ]
        builder.join(sql.table(group.name, alias), both(*same) if same else sql.boolean(True))
    return builder.memory[memory]


def _lateral(node: Aggregate, owner: Source, builder: Builder, compile_node: Compile) -> Parts:
    inner = builder.lateral(node.relation)
    inner.conditions += fixed_conditions(node.relation, inner)
    for own, their in node.relation.match:
        inner.conditions.append(op(exp.EQ, inner.base.column(their), owner.column(own)))
    condition = _truth(node, None if node.where is None else compile_node(node.where, inner).node)
    if condition is not None:
        inner.conditions.append(condition)
    alias = builder.plan.alias("a")
    columns: list[Node] = []

    def add(role: Hashable, build: Callable[[], Node]) -> Node:
        columns.append(sql.aliased(build(), f"c{len(columns)}"))
        return sql.column(f"c{len(columns) - 1}", alias)

    parts = _parts(node, inner, compile_node, None, add)
    builder.join_lateral(inner, columns, alias)  # after the joins that its inputs asked for
    return parts


# -- results ------------------------------------------------------------------------------------------------


def _count(parts: Parts) -> Node:
    counted = parts.column("count", lambda condition: filtered(exp.Count(this=exp.Star()), condition))
    return sql.coalesce(counted, integer(0))


def _present_count(parts: Parts) -> Node:
    return parts.column(
        "present", lambda condition: filtered(exp.Count(this=exp.Star()), condition), present=True
    )


def _total(parts: Parts) -> Node:
    """The sum of the present values in the engine's exact type; NULL of nothing."""
    assert parts.value is not None
    amount = parts.amount
    if parts.value.kind is Kind.NUMBER:
        inside = op(exp.LT, exp.Abs(this=again(amount)), _limit(Kind.NUMBER))
        amount = parts.setting.dialect.to_decimal(when(inside, amount), NUMBER_PLACES)
    elif parts.value.kind is Kind.MONEY:
        amount = when(op(exp.LT, exp.Abs(this=again(amount)), _limit(Kind.MONEY)), amount)
    return parts.column("total", lambda condition: filtered(exp.Sum(this=amount), condition))


def _limit(kind: Kind) -> Node:
    """Inputs from here on make a sum missing (``aggregates.SUM_LIMIT``)."""
    if kind is Kind.MONEY:
        return sql.decimal(Decimal(SUM_LIMIT // MICRO))
    return sql.literal(float(SUM_LIMIT // 10**NUMBER_PLACES), Kind.NUMBER)


def _fits(parts: Parts) -> list[Node]:
    """When a sum is not missing: no input over the limit, one currency."""
    assert parts.value is not None
    if parts.value.kind is Kind.INT or parts.value.bound < SUM_LIMIT // 10**NUMBER_PLACES:
        return []
    kind, amount = parts.value.kind, parts.amount
    largest = parts.column(
        "largest", lambda condition: filtered(exp.Max(this=exp.Abs(this=amount)), condition)
    )
    return [op(exp.LT, sql.coalesce(largest, integer(0)), _limit(kind)), *_one_currency(parts)]


def _one_currency(parts: Parts) -> list[Node]:
    if parts.value is None or parts.value.kind is not Kind.MONEY or isinstance(parts.value.currency, str):
        return []
    low, high = _currencies(parts)
    return [sql.coalesce(op(exp.EQ, low, high), sql.boolean(True))]


def _currencies(parts: Parts) -> tuple[Node, Node]:
    """The least and the greatest currency of the present values."""
    assert parts.value is not None
    code = currency_node(parts.value)
    low = parts.column("low", lambda condition: filtered(exp.Min(this=again(code)), condition), present=True)
    high = parts.column(
        "high", lambda condition: filtered(exp.Max(this=again(code)), condition), present=True
    )
    return low, high


def _if_all(conditions: list[Node], node: Node) -> Node:
    return when(both(*conditions), node) if conditions else node


def _sum(parts: Parts) -> Sql:
    assert parts.value is not None
    kind, total = parts.value.kind, _total(parts)
    if kind is Kind.INT:
        whole = parts.setting.dialect.to_integer(sql.coalesce(total, integer(0)))
        return Sql(whole, kind, bound=2.0**63)
    filled = sql.coalesce(total, integer(0))
    if kind is Kind.NUMBER:
        return Sql(_if_all(_fits(parts), cast(filled, kind)), kind, bound=1e30)
    currency = parts.value.currency
    if not isinstance(currency, str):
        currency = sql.coalesce(_currencies(parts)[0], sql.text(parts.setting.settings.currency))
    return Sql(_if_all(_fits(parts), cast(filled, kind)), kind, currency)


def _average(parts: Parts) -> Sql:
    assert parts.value is not None
    kind, total = parts.value.kind, _total(parts)
    count = sql.nullif(_present_count(parts), integer(0))
    if kind is Kind.MONEY:
        rounded = divide_away(
            parts.setting, micros(parts.setting, total), parts.setting.dialect.to_wide(count)
        )
        amount = _if_all(_fits(parts), from_micros(parts.setting, rounded))
        return Sql(amount, kind, _money_currency(parts))
    whole = parts.setting.dialect.to_integer(total) if kind is Kind.INT else total
    mean = exp.Div(
        this=cast(whole, Kind.NUMBER), expression=cast(count, Kind.NUMBER), typed=False, safe=False
    )
    return Sql(_if_all(_fits(parts), mean), Kind.NUMBER, bound=1e30)


def _money_currency(parts: Parts) -> str | Node:
    assert parts.value is not None
    currency = parts.value.currency
    return currency if isinstance(currency, str) else _currencies(parts)[0]


def _extreme(kind: type[exp.AggFunc]) -> Callable[[Parts], Sql]:
    def result(parts: Parts) -> Sql:
        assert parts.value is not None
        amount = parts.amount
        if parts.value.kind is Kind.TEXT:
            amount = parts.setting.dialect.ordered(amount)
        found = parts.column(kind.__name__, lambda condition: filtered(kind(this=amount), condition))
        if parts.value.kind is not Kind.MONEY:
            return Sql(found, parts.value.kind, bound=parts.value.bound)
        return Sql(_if_all(_one_currency(parts), found), Kind.MONEY, _money_currency(parts))

    return result


def _latest(parts: Parts) -> Sql:
    assert parts.value is not None
    assert parts.by is not None

    def newest(role: str, node: Node) -> Node:
        def build(condition: Node | None) -> Node:
            assert parts.by is not None
            present = [sql.is_present(again(parts.by))]
            if condition is not None:
                present.append(condition)
            order = [again(part) for part in (parts.by, *parts.key)]
            return parts.setting.dialect.latest(node, order, both(*present))

        return parts.column(role, build, present=True)

    currency = parts.value.currency
    if parts.value.kind is Kind.MONEY and not isinstance(currency, str):
        currency = newest("latest currency", currency_node(parts.value))
    return Sql(newest("latest", parts.amount), parts.value.kind, currency, parts.value.bound)


_RESULTS: dict[str, Callable[[Parts], Sql]] = {
    "count": lambda parts: Sql(_count(parts), Kind.INT, bound=COUNT_BOUND, certain=True),
    "any": lambda parts: Sql(op(exp.GT, _count(parts), integer(0)), Kind.BOOL, certain=True),
    "none": lambda parts: Sql(op(exp.EQ, _count(parts), integer(0)), Kind.BOOL, certain=True),
    "all": lambda parts: Sql(op(exp.EQ, _count(parts), integer(0)), Kind.BOOL, certain=True),
    "sum": _sum,
    "avg": _average,
    "min": _extreme(exp.Min),
    "max": _extreme(exp.Max),
    "latest": _latest,
}
