"""From one operator or function to a sqlglot node: a table by name, like the one of the overloads.

Arguments arrive widened (``functions.Pattern.to``). Whatever an engine does differently is asked of its
``Dialect``. Each result says what is known of it, so that guards against overflow stand only where needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from . import sqltree as sql
from .functions import OVERLOADS
from .lowering_dates import DATE_RULES
from .lowering_numbers import NUMBER_RULES
from .operations import is_pattern
from .sqltree import Node, both, case, cast, op, when
from .sqlvalue import Rule, Setting, Sql, currency_node, fresh, same_currency, settle
from .types import Kind

_COMPARISONS: Mapping[str, type[exp.Binary]] = {
    "==": exp.EQ,
    "!=": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}


def _comparison(name: str) -> Rule:
    kind = _COMPARISONS[name]

    def lower(setting: Setting, args: Sequence[Sql]) -> Sql:
        a, b = args
        certain = a.certain and b.certain and a.kind is not Kind.MONEY
        by_order = name not in ("==", "!=") and a.kind is Kind.TEXT
        sides = [setting.dialect.ordered(x.node) if by_order else x.node for x in (a, b)]
        compared = op(kind, *sides)
        if a.kind is Kind.MONEY:
            compared = same_currency(a, b, compared)
        return Sql(compared, Kind.BOOL, certain=certain)

    return lower


def _is_same(setting: Setting, args: Sequence[Sql]) -> Sql:
    a, b = args
    same = op(exp.NullSafeEQ, a.node, b.node)
    if a.kind is Kind.MONEY:
        currencies = op(exp.EQ, currency_node(a), currency_node(b))
        same = both(same, sql.either(sql.is_null(fresh(a)), currencies))
    return Sql(same, Kind.BOOL, certain=True)


def _is_not_same(setting: Setting, args: Sequence[Sql]) -> Sql:
    if args[0].kind is Kind.MONEY:
        return Sql(sql.negation(_is_same(setting, args).node), Kind.BOOL, certain=True)
    return Sql(op(exp.NullSafeNEQ, args[0].node, args[1].node), Kind.BOOL, certain=True)


def membership(setting: Setting, x: Sql, items: Sequence[Sql]) -> Node:
    """``x in items``: unknown where it is not found and x or an item is missing."""
    if not items:
        return when(sql.is_present(x.node), sql.boolean(False))
    if x.kind is not Kind.MONEY:
        return exp.In(this=sql.wrap(x.node), expressions=[item.node for item in items])
    equal = [same_currency(x, item, op(exp.EQ, fresh(x), item.node)) for item in items]
    return sql.either(*equal)


def _choose(setting: Setting, args: Sequence[Sql]) -> Sql:
    condition, a, b = args

    def choice(then: Node, otherwise: Node) -> Node:
        if condition.certain:
            return case((fresh(condition), then), otherwise=otherwise)
        return case((fresh(condition), then), (sql.negation(fresh(condition)), otherwise))

    currency = a.currency
    if a.kind is Kind.MONEY and not (isinstance(a.currency, str) and a.currency == b.currency):
        currency = choice(currency_node(a), currency_node(b))
    certain = all(arg.certain for arg in args)
    return Sql(choice(a.node, b.node), a.kind, currency, max(a.bound, b.bound), certain=certain)


def _default(setting: Setting, args: Sequence[Sql]) -> Sql:
    x, v = args
    currency = x.currency
    if x.kind is Kind.MONEY and not (isinstance(x.currency, str) and x.currency == v.currency):
        currency = case((sql.is_present(fresh(x)), currency_node(x)), otherwise=currency_node(v))
    node = sql.coalesce(x.node, v.node)
    return Sql(node, x.kind, currency, max(x.bound, v.bound), certain=x.certain or v.certain)


def _logic(connect: Callable[..., Node]) -> Rule:
    def lower(setting: Setting, args: Sequence[Sql]) -> Sql:
        return Sql(connect(*(a.node for a in args)), Kind.BOOL, certain=all(a.certain for a in args))

    return lower


def _not(setting: Setting, args: Sequence[Sql]) -> Sql:
    return replace(args[0], node=sql.negation(args[0].node))


# -- text ---------------------------------------------------------------------------------------------------


def _matches(setting: Setting, args: Sequence[Sql]) -> Node:
    whole, pattern = args
    if isinstance(pattern.constant, str) and not is_pattern(pattern.constant):
        return sql.null(Kind.BOOL)
    return setting.dialect.matches(whole.node, pattern.node)


def _starts_with(setting: Setting, args: Sequence[Sql]) -> Node:
    return exp.StartsWith(this=args[0].node, expression=args[1].node)


def _contains(setting: Setting, args: Sequence[Sql]) -> Node:
    return setting.dialect.contains(args[0].node, args[1].node)


def _negated(rule: Rule) -> Rule:
    def lower(setting: Setting, args: Sequence[Sql]) -> Node:
        found = rule(setting, args)
        return sql.negation(found.node if isinstance(found, Sql) else found)

    return lower


def _concat(setting: Setting, args: Sequence[Sql]) -> Node:
    first, *rest = (a.node if a.kind is Kind.TEXT else cast(a.node, Kind.TEXT) for a in args)
    for part in rest:
        first = op(exp.DPipe, first, part)
    return first


def _length(setting: Setting, args: Sequence[Sql]) -> Sql:
    return Sql(cast(exp.Length(this=args[0].node), Kind.INT), Kind.INT, bound=2.0**31)


RULES: dict[str, Rule] = {
    **NUMBER_RULES,
    **DATE_RULES,
    **{name: _comparison(name) for name in _COMPARISONS},
    "is": _is_same,
    "is not": _is_not_same,
    "is missing": lambda s, a: Sql(sql.is_null(a[0].node), Kind.BOOL, certain=True),
    "is not missing": lambda s, a: Sql(sql.is_present(a[0].node), Kind.BOOL, certain=True),
    "if": _choose,
    "default": _default,
    "and": _logic(both),
    "or": _logic(sql.either),
    "not": _not,
    "contains": _contains,
    "starts with": _starts_with,
    "matches": _matches,
    **{
        f"not {name}": _negated(rule)
        for name, rule in (("contains", _contains), ("starts with", _starts_with), ("matches", _matches))
    },
    "lower": lambda s, a: s.dialect.lower(a[0].node),
    "upper": lambda s, a: s.dialect.upper(a[0].node),
    "trim": lambda s, a: exp.Trim(this=a[0].node, expression=sql.text(" ")),
    "length": _length,
    "concat": _concat,
}

_RAW_TAKERS = frozenset({"+", "-", "*", "/", "neg", "abs"})


def lower(setting: Setting, overload_id: str, kind: Kind, args: Sequence[Sql]) -> Sql:
    """The SQL of one overload (by its id) that gives ``kind``, for widened arguments."""
    name = OVERLOADS[overload_id].name
    rule = RULES.get(overload_id) or RULES[name]
    if name not in _RAW_TAKERS:
        args = [settle(setting, arg) for arg in args]
    lowered = rule(setting, args)
    return lowered if isinstance(lowered, Sql) else Sql(lowered, kind)
