"""Constructors of sqlglot nodes. Every operand that could bind otherwise is wrapped in parentheses, because
sqlglot prints trees as they are: ``Not(Or(a, b))`` would print ``NOT a OR b``.

A node belongs to one place: what is needed twice is built twice, or ``again`` copies it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar

from sqlglot import exp

from .types import Kind

Node = exp.Expr
AnyNode = TypeVar("AnyNode", bound=exp.Expr)

# Nodes that stand beside any operator as they are.
_ATOMS = (
    exp.Column,
    exp.Literal,
    exp.Paren,
    exp.Func,
    exp.Boolean,
    exp.Null,
    exp.Cast,
    exp.Case,
    exp.Subquery,
    exp.Interval,
)

_DATA_TYPES = {
    Kind.BOOL: "BOOLEAN",
    Kind.INT: "BIGINT",
    Kind.NUMBER: "DOUBLE",
    Kind.DATE: "DATE",
    Kind.DATETIME: "TIMESTAMP",
}


def data_type(kind: Kind) -> exp.DataType:
    """The SQL type of a kind of value (of money: of its amount)."""
    if kind is Kind.MONEY:
        return decimal_type(6)
    return exp.DataType(this=exp.DataType.Type[_DATA_TYPES.get(kind, "VARCHAR")])


def decimal_type(places: int) -> exp.DataType:
    """decimal(38, places)."""
    sizes = [exp.DataTypeParam(this=exp.Literal.number(n)) for n in (38, places)]
    return exp.DataType(this=exp.DataType.Type.DECIMAL, expressions=sizes)


def wrap(node: Node) -> Node:
    """The node as an operand: in parentheses unless nothing can come between its parts."""
    if isinstance(node, exp.Connector | exp.Binary) or not isinstance(node, _ATOMS):
        return exp.Paren(this=node)
    return node


def again(node: AnyNode) -> AnyNode:
    """The same expression for a second place."""
    return node.copy()


def name(text: str) -> exp.Identifier:
    return exp.Identifier(this=text, quoted=True)


def column(field: str, table: str) -> exp.Column:
    return exp.Column(this=name(field), table=name(table))


def table(text: str, alias: str) -> exp.Table:
    return exp.Table(this=name(text), alias=exp.TableAlias(this=name(alias)))


def aliased(node: Node, text: str) -> exp.Alias:
    return exp.Alias(this=node, alias=name(text))


def op(kind: type[exp.Binary], left: Node, right: Node) -> Node:
    """A binary operator."""
    return kind(this=wrap(left), expression=wrap(right))


def _connect(kind: type[exp.Connector], parts: Sequence[Node]) -> Node:
    first, *rest = parts
    for part in rest:
        left = first if isinstance(first, kind) else wrap(first)
        first = kind(this=left, expression=wrap(part))
    return first


def both(*parts: Node) -> Node:
    """``and`` over one or more conditions."""
    return _connect(exp.And, parts)


def either(*parts: Node) -> Node:
    """``or`` over one or more conditions."""
    return _connect(exp.Or, parts)


def negation(node: Node) -> Node:
    return exp.Not(this=wrap(node))


def is_null(node: Node) -> Node:
    return exp.Is(this=wrap(node), expression=exp.Null())


def is_present(node: Node) -> Node:
    return exp.Not(this=exp.Paren(this=is_null(node)))


def between(node: Node, low: Node, high: Node) -> Node:
    return exp.Between(this=wrap(node), low=wrap(low), high=wrap(high))


def case(*branches: tuple[Node, Node], otherwise: Node | None = None) -> Node:
    """``CASE WHEN c THEN v … END``; NULL where no branch holds."""
    ifs = [exp.If(this=condition, true=value) for condition, value in branches]
    return exp.Case(ifs=ifs, default=otherwise)


def when(condition: Node, value: Node) -> Node:
    """The value where the condition is true, else NULL."""
    return case((condition, value))


def call(function: str, *args: Node) -> Node:
    """A function that sqlglot prints as it is named."""
    return exp.Anonymous(this=function, expressions=list(args))


def cast(node: Node, kind: Kind) -> Node:
    return exp.Cast(this=node, to=data_type(kind))


def coalesce(first: Node, *others: Node) -> Node:
    return exp.Coalesce(this=first, expressions=list(others))


def nullif(node: Node, value: Node) -> Node:
    return exp.Nullif(this=node, expression=value)


def integer(value: int) -> Node:
    """A plain integer literal, for places where the other operand fixes the width."""
    literal = exp.Literal.number(abs(value))
    return exp.Paren(this=exp.Neg(this=literal)) if value < 0 else literal


def text(value: str) -> Node:
    return exp.Literal.string(value)


def boolean(value: bool) -> Node:
    return exp.Boolean(this=value)


def decimal(value: Decimal, places: int = 6) -> Node:
    return exp.Cast(this=exp.Literal.string(f"{value:f}"), to=decimal_type(places))


def literal(value: object, kind: Kind) -> Node:
    """A present value (of money: its amount) as a literal of its SQL type."""
    if isinstance(value, bool):
        return boolean(value)
    if isinstance(value, Decimal):
        return decimal(value)
    if isinstance(value, datetime):
        utc = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return cast(text(utc.isoformat(" ", "microseconds")), kind)
    if isinstance(value, date):
        return cast(text(value.isoformat()), kind)
    if isinstance(value, str):
        return text(value)
    return cast(text(repr(value)), kind)


def null(kind: Kind) -> Node:
    return exp.Cast(this=exp.Null(), to=data_type(kind))


def extract(part: str, day: Node) -> Node:
    return exp.Extract(this=exp.Var(this=part), expression=day)


def interval(amount: int, unit: str) -> Node:
    return exp.Interval(this=exp.Literal.string(str(amount)), unit=exp.Var(this=unit))


def filtered(aggregate: Node, condition: Node | None) -> Node:
    """An aggregate over the rows where the condition is true."""
    if condition is None:
        return aggregate
    return exp.Filter(this=aggregate, expression=exp.Where(this=condition))


def select(
    columns: Iterable[Node],
    source: Node,
    joins: Iterable[exp.Join] = (),
    where: Node | None = None,
    group: Iterable[Node] = (),
) -> exp.Select:
    """A select as it is written down. sqlglot's own ``select().from_()…`` copies the tree at every step."""
    grouped = list(group)
    return exp.Select(
        expressions=list(columns),
        from_=exp.From(this=source),
        joins=list(joins),
        where=None if where is None else exp.Where(this=where),
        group=exp.Group(expressions=grouped) if grouped else None,
    )


def subquery(query: exp.Query, alias: str) -> exp.Subquery:
    """The rows of a query as a table."""
    return exp.Subquery(this=query, alias=exp.TableAlias(this=name(alias)))


def join(source: Node, condition: Node) -> exp.Join:
    return exp.Join(this=source, on=condition)


def left_join(source: Node, condition: Node) -> exp.Join:
    return exp.Join(this=source, side="LEFT", on=condition)


def union(selects: Sequence[exp.Select]) -> exp.Query:
    """The rows of all of one or more selects. The tree is balanced: a hundred plays must not nest a hundred
    deep."""
    if len(selects) == 1:
        return selects[0]
    middle = len(selects) // 2
    left, right = union(selects[:middle]), union(selects[middle:])
    return exp.Union(this=left, expression=right, distinct=False)


def cte(text: str, query: exp.Query) -> exp.CTE:
    """A common table expression."""
    return exp.CTE(this=query, alias=exp.TableAlias(this=name(text)))
