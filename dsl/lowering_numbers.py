"""Lowering of arithmetic: the rules for numbers and money, as ``operations`` computes them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from . import sqltree as sql
from .operations import RATE_SCALE, exchange_factor
from .sqltree import Node, again, both, case, cast, integer, op, when
from .sqlvalue import (
    INT_BOUND,
    SAFE,
    Currency,
    Rule,
    Setting,
    Sql,
    currency_node,
    fresh,
    same_currency,
    settle,
)
from .types import Kind

_KINDS: Mapping[str, type[exp.Binary]] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}


def _bound(name: str, a: Sql, b: Sql) -> float:
    return a.bound * b.bound if name == "*" else a.bound + b.bound


def _arithmetic(name: str) -> Rule:
    kind = _KINDS[name]

    def lower(setting: Setting, args: Sequence[Sql]) -> Sql:
        a, b = args
        bound = _bound(name, a, b)
        if Kind.NUMBER in (a.kind, b.kind):
            raw = a.raw or b.raw or not bound < SAFE
            return Sql(op(kind, a.node, b.node), Kind.NUMBER, bound=bound, raw=raw)
        if bound < INT_BOUND / 2:
            return Sql(op(kind, a.node, b.node), Kind.INT, bound=bound)
        return Sql(setting.dialect.integer_op(kind, a.node, b.node), Kind.INT, bound=INT_BOUND)

    return lower


def _add_money(name: str) -> Rule:
    def lower(setting: Setting, args: Sequence[Sql]) -> Sql:
        a, b = args
        total = setting.dialect.to_money(op(_KINDS[name], a.node, b.node))
        return Sql(same_currency(a, b, total), Kind.MONEY, a.currency)

    return lower


def _scale_money(setting: Setting, money: Sql, number: Sql) -> Sql:
    factor = setting.dialect.to_decimal(settle(setting, number).node, 6)
    return _product(setting, money, factor, 6, money.currency)


def _product(setting: Setting, money: Sql, factor: Node, places: int, currency: Currency) -> Sql:
    """Money times a decimal factor of so many places, rounded; missing where decimal(38) overflows."""
    product = setting.dialect.to_money(op(exp.Mul, money.node, factor), 32 - places)
    return Sql(product, Kind.MONEY, currency)


def _divide_number(setting: Setting, args: Sequence[Sql]) -> Sql:
    a, b = args[0], settle(setting, args[1])
    quotient = exp.Div(
        this=sql.wrap(a.node), expression=sql.nullif(b.node, integer(0)), typed=False, safe=False
    )
    raw = a.raw or not a.bound <= INT_BOUND or not b.bound <= INT_BOUND
    return Sql(quotient, Kind.NUMBER, bound=math.inf if raw else a.bound, raw=raw)


def micros(setting: Setting, amount: Node) -> Node:
    """A money amount in millionths, as 128-bit integer."""
    return setting.dialect.to_wide(op(exp.Mul, amount, integer(1_000_000)))


def divide_away(setting: Setting, top: Node, bottom: Node) -> Node:
    """``operations.divide_away`` of 128-bit integers."""
    doubled = op(exp.Add, op(exp.Mul, integer(2), exp.Abs(this=again(top))), exp.Abs(this=again(bottom)))
    twice = op(exp.Mul, integer(2), exp.Abs(this=again(bottom)))
    size = setting.dialect.whole_division(doubled, twice)
    negative = op(exp.NEQ, op(exp.LT, top, integer(0)), op(exp.LT, bottom, integer(0)))
    return case((negative, exp.Neg(this=sql.wrap(size))), otherwise=again(size))


def from_micros(setting: Setting, count: Node) -> Node:
    """A 128-bit count of millionths as a money amount; NULL where it does not fit."""
    whole = exp.Cast(this=count, to=sql.decimal_type(0))
    millionth = exp.Cast(this=sql.text("0.000001"), to=sql.decimal_type(6))
    return setting.dialect.to_money(op(exp.Mul, whole, millionth))


def _divide_money(setting: Setting, args: Sequence[Sql]) -> Sql:
    money, number = args[0], settle(setting, args[1])
    million = cast(sql.text("1e6"), Kind.NUMBER)
    divisor = setting.dialect.to_wide(setting.dialect.round_half_away(op(exp.Mul, number.node, million)))
    widened = op(exp.Mul, micros(setting, money.node), integer(1_000_000))
    rounded = divide_away(setting, widened, sql.nullif(divisor, integer(0)))
    return Sql(from_micros(setting, rounded), Kind.MONEY, money.currency)


def _ratio(setting: Setting, args: Sequence[Sql]) -> Sql:
    a, b = args
    bottom = sql.nullif(cast(b.node, Kind.NUMBER), integer(0))
    ratio = exp.Div(this=cast(a.node, Kind.NUMBER), expression=bottom, typed=False, safe=False)
    return Sql(same_currency(a, b, ratio), Kind.NUMBER, bound=1e39)


def _modulo_int(setting: Setting, args: Sequence[Sql]) -> Sql:
    a, n = args
    if isinstance(n.constant, int) and 0 < n.constant < INT_BOUND / 2:
        once = op(exp.Mod, a.node, fresh(n))
        node = op(exp.Mod, op(exp.Add, once, fresh(n)), n.node)
        return Sql(node, Kind.INT, bound=n.bound)
    rest = op(exp.Mod, fresh(a), sql.nullif(fresh(n), integer(0)))
    other_sign = both(
        op(exp.NEQ, again(rest), integer(0)),
        op(exp.NEQ, op(exp.LT, again(rest), integer(0)), op(exp.LT, fresh(n), integer(0))),
    )
    wrapped = case((other_sign, op(exp.Add, again(rest), fresh(n))), otherwise=rest)
    by_minus_one = when(sql.is_present(a.node), sql.literal(0, Kind.INT))
    node = case((op(exp.EQ, n.node, integer(-1)), by_minus_one), otherwise=wrapped)
    return Sql(node, Kind.INT, bound=n.bound)


def _modulo_number(setting: Setting, args: Sequence[Sql]) -> Sql:
    a, n = (settle(setting, arg) for arg in args)
    divisor = sql.nullif(fresh(n), integer(0))
    quotient = exp.Div(this=sql.wrap(fresh(a)), expression=divisor, typed=False, safe=False)
    multiple = op(exp.Mul, n.node, exp.Floor(this=quotient))
    return Sql(op(exp.Sub, a.node, multiple), Kind.NUMBER, raw=True)


def _negate(setting: Setting, args: Sequence[Sql]) -> Sql:
    (x,) = args
    if x.kind is Kind.INT and not x.bound < INT_BOUND:
        return replace(x, node=setting.dialect.integer_op(exp.Sub, integer(0), x.node), certain=False)
    return replace(x, node=exp.Neg(this=sql.wrap(x.node)))


def _absolute(setting: Setting, args: Sequence[Sql]) -> Sql:
    (x,) = args
    if x.kind is Kind.INT and not x.bound < INT_BOUND:
        negative = setting.dialect.integer_op(exp.Sub, integer(0), fresh(x))
        return Sql(
            case((op(exp.LT, fresh(x), integer(0)), negative), otherwise=x.node), Kind.INT, bound=x.bound
        )
    return replace(x, node=exp.Abs(this=x.node))


def _rounding(name: str) -> Rule:
    kinds: Mapping[str, type[exp.Func]] = {"floor": exp.Floor, "ceil": exp.Ceil, "round": exp.Round}

    def lower(setting: Setting, args: Sequence[Sql]) -> Sql:
        x = settle(setting, args[0])
        if x.kind is Kind.INT:
            return x
        if x.kind is Kind.MONEY:
            return replace(x, node=setting.dialect.to_money(kinds[name](this=x.node)))
        away = name == "round"
        whole = setting.dialect.round_half_away(x.node) if away else kinds[name](this=x.node)
        return Sql(setting.dialect.to_integer(whole), Kind.INT, bound=min(x.bound + 1, INT_BOUND))

    return lower


def _extreme(name: str) -> Rule:
    kind: type[exp.Func] = exp.Least if name == "min" else exp.Greatest

    def lower(setting: Setting, args: Sequence[Sql]) -> Sql:
        first = args[0]
        nodes = [setting.dialect.ordered(a.node) if a.kind is Kind.TEXT else a.node for a in args]
        node = setting.dialect.least(kind, nodes)
        for other in args[1:] if first.kind is Kind.MONEY else ():
            node = same_currency(first, other, node)
        return replace(first, node=node, bound=max(a.bound for a in args), certain=False, constant=None)

    return lower


def _convert(setting: Setting, args: Sequence[Sql]) -> Sql:
    money, target = args
    codes = sorted({*setting.settings.rates, setting.settings.currency})
    sources = [money.currency] if isinstance(money.currency, str) else codes
    literal = isinstance(target.constant, str)
    targets = [str(target.constant)] if literal else codes
    branches = []
    for source in sources:
        for code in targets:
            factor = exchange_factor(setting.settings, source, code)
            if factor is None:
                continue
            tests = (
                []
                if isinstance(money.currency, str)
                else [op(exp.EQ, currency_node(money), sql.text(source))]
            )
            tests += [] if literal else [op(exp.EQ, fresh(target), sql.text(code))]
            branches.append((tests, factor))
    return _converted(setting, money, branches, targets[0] if literal else target.node)


def _converted(
    setting: Setting, money: Sql, branches: Sequence[tuple[list[Node], int]], currency: Currency
) -> Sql:
    def factor(value: int) -> Node:
        whole, places = divmod(value, RATE_SCALE)
        return exp.Cast(this=sql.text(f"{whole}.{places:012}"), to=sql.decimal_type(12))

    if not branches:
        return Sql(sql.null(Kind.MONEY), Kind.MONEY, currency)
    if not branches[0][0]:
        return _product(setting, money, factor(branches[0][1]), 12, currency)
    chosen = case(*((both(*tests), factor(value)) for tests, value in branches))
    converted = _product(setting, money, chosen, 12, currency)
    # Money in its own currency needs no rate, whether the project knows the code or not.
    if isinstance(currency, str):
        own = op(exp.EQ, currency_node(money), sql.text(currency))
    else:
        assert currency is not None
        own = op(exp.EQ, currency_node(money), again(currency))
    return replace(converted, node=case((own, fresh(money)), otherwise=converted.node))


NUMBER_RULES: Mapping[str, Rule] = {
    **{name: _arithmetic(name) for name in _KINDS},
    **{f"{name}:money": _add_money(name) for name in ("+", "-")},
    "*:money_number": lambda s, a: _scale_money(s, a[0], a[1]),
    "*:number_money": lambda s, a: _scale_money(s, a[1], a[0]),
    "/:number": _divide_number,
    "/:money_number": _divide_money,
    "/:money": _ratio,
    "%:int": _modulo_int,
    "%:number": _modulo_number,
    "neg": _negate,
    "abs": _absolute,
    **{name: _rounding(name) for name in ("round", "floor", "ceil")},
    **{name: _extreme(name) for name in ("min", "max")},
    "convert": _convert,
}
