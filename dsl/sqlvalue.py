"""A value in SQL, what is known of it, and what lowering needs besides the arguments."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol

from sqlglot import exp

from .dialects import Dialect
from .frozen import frozen
from .operations import INT_MAX
from .sqltree import Node, again, boolean, cast, literal, op, text, when
from .types import Kind, Settings, Value

Currency = str | Node | None


@frozen
class Sql:
    """One value in SQL. Of money ``node`` is the amount, missing where the money is.

    - ``currency``: of money: the code, or the expression that gives it.
    - ``bound``: no present value is larger in magnitude.
    - ``raw``: a double that may be infinite or not a number where the language says missing.
    - ``certain``: never NULL.
    - ``constant``: the value itself, of a literal.
    """

    node: Node
    kind: Kind
    currency: Currency = None
    bound: float = math.inf
    raw: bool = False
    certain: bool = False
    constant: Value = None


class Lookups(Protocol):
    """Rows of the business-day calendar, joined to the select at hand; each gives the alias of the row."""

    def calendar_day(self, day: Node) -> str: ...

    def business_day(self, number: Node) -> str: ...


@frozen
class Setting:
    """What lowering needs to know besides the arguments; ``business_days_today`` is the calendar's count, and
    None for a day beyond it."""

    dialect: Dialect
    settings: Settings
    today: date
    business_days_today: Callable[[], int | None]
    lookups: Lookups


Lowered = Node | Sql
Rule = Callable[[Setting, Sequence[Sql]], Lowered]

INT_BOUND = float(INT_MAX)
SAFE = 1e300  # doubles up to here cannot have overflowed


def fresh(value: Sql) -> Node:
    """The node for a further place."""
    return again(value.node)


def settle(setting: Setting, value: Sql) -> Sql:
    """A number that is certainly finite where it is present."""
    return replace(value, node=setting.dialect.finite(value.node), raw=False) if value.raw else value


def wide(value: Sql) -> Sql:
    """An integer literal with its full type, for where nothing else gives it one."""
    if value.kind is Kind.INT and isinstance(value.constant, int):
        return replace(value, node=literal(value.constant, Kind.INT))
    return value


def typed(value: Sql) -> Sql:
    """A literal with its type, for where an engine cannot tell it."""
    if value.kind is Kind.TEXT and isinstance(value.constant, str):
        return replace(value, node=cast(value.node, Kind.TEXT))
    return wide(value)


def same_currency(a: Sql, b: Sql, node: Node) -> Node:
    """The node where two monies have one currency, else NULL."""
    if isinstance(a.currency, str) and isinstance(b.currency, str):
        return node if a.currency == b.currency else when(boolean(False), node)
    return when(op(exp.EQ, currency_node(a), currency_node(b)), node)


def currency_node(value: Sql) -> Node:
    """The currency as an expression."""
    if isinstance(value.currency, str):
        return text(value.currency)
    assert value.currency is not None
    return again(value.currency)
