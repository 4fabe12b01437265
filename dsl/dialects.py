"""What differs between the engines that evaluate in bulk: one class an engine, nothing about it elsewhere.

``Dialect`` is DuckDB, the engine in the process; the others override what they spell, or do, differently.
``check_dialect`` refuses by name what an engine cannot keep.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlglot import exp

from .diagnostics import PlaycallError
from .functions import OVERLOADS
from .operations import INT_MAX, INT_MIN, WIDE_LIMIT
from .sqltree import (
    Node,
    again,
    between,
    both,
    call,
    case,
    cast,
    data_type,
    decimal_type,
    either,
    filtered,
    integer,
    interval,
    is_null,
    negation,
    op,
    text,
    when,
    wrap,
)
from .typed import Call, Const, Typed, walk
from .types import Kind


class Dialect:
    """DuckDB: its spelling of what has several."""

    name = "duckdb"

    def attempt(self, node: Node) -> Node:
        """The node, or NULL where evaluating it fails (an overflow)."""
        return call("TRY", node)

    def integer_op(self, kind: type[exp.Binary], left: Node, right: Node) -> Node:
        """+, - or * of 64-bit integers; NULL on overflow."""
        return self.attempt(op(kind, left, right))

    def to_integer(self, node: Node) -> Node:
        """A whole double, or a wide integer, as 64-bit integer; NULL where it does not fit."""
        return exp.TryCast(this=node, to=exp.DataType(this=exp.DataType.Type.BIGINT))

    def to_decimal(self, node: Node, places: int) -> Node:
        """A finite double as decimal(38, places), half away from zero; NULL where it does not fit."""
        return exp.TryCast(this=node, to=decimal_type(places))

    def to_wide(self, node: Node) -> Node:
        """A whole double, or a decimal without places, as 128-bit integer; NULL where it does not fit."""
        return exp.TryCast(this=node, to=exp.DataType(this=exp.DataType.Type.INT128))

    def to_money(self, node: Node, digits: int = 32) -> Node:
        """A decimal as money amount, half away from zero; NULL where it has more digits before the point,
        which is what is left of decimal(38) by the places of the node."""
        return self.attempt(cast(node, Kind.MONEY))

    def finite(self, node: Node) -> Node:
        """A double, or NULL where it is infinite or not a number."""
        return when(call("ISFINITE", again(node)), node)

    def round_half_away(self, node: Node) -> Node:
        """A double to the nearest whole double."""
        return exp.Round(this=node)

    def whole_division(self, top: Node, bottom: Node) -> Node:
        """The quotient of non-negative 128-bit integers, rounded down."""
        return exp.IntDiv(this=wrap(top), expression=wrap(bottom))

    def days_between(self, later: Node, earlier: Node) -> Node:
        """Whole days between two dates, as an integer."""
        return op(exp.Sub, later, earlier)

    def plus_days(self, day: Node, number: Node) -> Node:
        """A date some days on; the number is a 64-bit integer that is known to fit."""
        return op(exp.Add, day, exp.Cast(this=number, to=exp.DataType(this=exp.DataType.Type.INT)))

    def local_date(self, moment: Node, zone: str) -> Node:
        """The date in a time zone of a moment, which is kept as UTC without a zone."""
        if zone == "UTC":
            return cast(moment, Kind.DATE)
        utc = exp.AtTimeZone(this=wrap(moment), zone=text("UTC"))
        return cast(exp.AtTimeZone(this=utc, zone=text(zone)), Kind.DATE)

    def plus_whole_days(self, moment: Node, number: Node) -> Node:
        """A moment some days of 24 hours on."""
        return op(exp.Add, moment, op(exp.Mul, interval(1, "DAY"), number))

    def make_date(self, year: Node, month: Node, day: Node) -> Node:
        """The date of three integers, or NULL where there is none in the years 1 to 9999."""
        inside = between(again(year), integer(1), integer(9999))
        return when(inside, self.attempt(call("MAKE_DATE", year, month, day)))

    def iso_date(self, node: Node) -> Node:
        """The date that a text spells as YYYY-MM-DD, or NULL."""
        spelled = call("REGEXP_FULL_MATCH", again(node), text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"))
        later = op(exp.GTE, again(node), text("0001"))
        return when(both(spelled, later), exp.TryCast(this=node, to=data_type(Kind.DATE)))

    def ordered(self, node: Node) -> Node:
        """A text as it is compared by code point."""
        return node

    def contains(self, whole: Node, part: Node) -> Node:
        return call("CONTAINS", whole, part)

    def matches(self, whole: Node, pattern: Node) -> Node:
        """Whether RE2 finds the pattern; NULL where it is not one."""
        matched = call("REGEXP_MATCHES", whole, pattern)
        return matched if isinstance(pattern, exp.Literal) else self.attempt(matched)

    def lower(self, node: Node) -> Node:
        return exp.Lower(this=node)

    def upper(self, node: Node) -> Node:
        return exp.Upper(this=node)

    def least(self, kind: type[exp.Func], nodes: list[Node]) -> Node:
        """LEAST or GREATEST of present values; NULL where one is missing."""
        if kind is exp.Least:  # sqlglot itself puts the test for NULL around both in DuckDB
            return exp.Least(this=nodes[0], expressions=nodes[1:])
        return exp.Greatest(this=nodes[0], expressions=nodes[1:])

    def latest(self, value: Node, by: Sequence[Node], condition: Node) -> Node:
        """The value of the row that comes last in the order of ``by``, among those where the condition
        holds."""
        return filtered(call("ARG_MAX", value, call("ROW", *by)), condition)


class Postgres(Dialect):
    """PostgreSQL. It fails a statement on the overflow of a double, where the language says missing, and
    takes doubles beyond 2⁵³ into decimals by their shortest digits, not by their exact value."""

    name = "postgres"

    def attempt(self, node: Node) -> Node:
        return node

    def integer_op(self, kind: type[exp.Binary], left: Node, right: Node) -> Node:
        return self.to_integer(op(kind, exp.Cast(this=left, to=decimal_type(0)), right))

    def to_integer(self, node: Node) -> Node:
        fits = between(again(node), integer(INT_MIN), integer(INT_MAX))
        if isinstance(node, exp.Cast | exp.Round | exp.Floor | exp.Ceil):  # a double: 2⁶³ itself does not fit
            fits = both(
                exp.GTE(this=wrap(again(node)), expression=integer(INT_MIN)),
                exp.LT(this=wrap(again(node)), expression=cast(text(str(float(INT_MAX))), Kind.NUMBER)),
            )
        return when(fits, cast(node, Kind.INT))

    def to_decimal(self, node: Node, places: int) -> Node:
        scaled = self.round_half_away(op(exp.Mul, node, cast(text(f"1e{places}"), Kind.NUMBER)))
        unit = exp.Cast(this=text(f"1e-{places}"), to=decimal_type(places))
        return op(exp.Mul, self.to_wide(scaled), unit)

    def to_wide(self, node: Node) -> Node:
        inside = op(exp.LT, exp.Abs(this=again(node)), cast(text("1e38"), Kind.NUMBER))
        # By way of text: the direct cast of a double keeps 15 digits only, its text every one it needs.
        return when(inside, exp.Cast(this=cast(node, Kind.TEXT), to=decimal_type(0)))

    def to_money(self, node: Node, digits: int = 32) -> Node:
        limit = exp.Cast(this=text(f"1e{digits}"), to=decimal_type(0))
        return when(op(exp.LT, exp.Abs(this=again(node)), limit), cast(node, Kind.MONEY))

    def finite(self, node: Node) -> Node:
        return node

    def round_half_away(self, node: Node) -> Node:
        size = exp.Floor(this=exp.Abs(this=again(node)))
        up = op(exp.GTE, op(exp.Sub, exp.Abs(this=again(node)), again(size)), cast(text("0.5"), Kind.NUMBER))
        rounded = op(exp.Add, size, case((up, integer(1)), otherwise=integer(0)))
        return op(exp.Mul, exp.Sign(this=node), rounded)

    def whole_division(self, top: Node, bottom: Node) -> Node:
        limit = exp.Literal.number(WIDE_LIMIT)
        return when(op(exp.LT, again(top), limit), call("DIV", top, bottom))

    def days_between(self, later: Node, earlier: Node) -> Node:
        return cast(op(exp.Sub, later, earlier), Kind.INT)

    def make_date(self, year: Node, month: Node, day: Node) -> Node:
        inside = both(
            between(again(year), integer(1), integer(9999)),
            between(again(month), integer(1), integer(12)),
            between(again(day), integer(1), integer(31)),
        )
        months = op(
            exp.Add,
            op(exp.Mul, op(exp.Sub, year, integer(1)), integer(12)),
            op(exp.Sub, again(month), integer(1)),
        )
        first = cast(
            op(exp.Add, cast(text("0001-01-01"), Kind.DATE), op(exp.Mul, interval(1, "MONTH"), months)),
            Kind.DATE,
        )
        found = self.plus_days(first, op(exp.Sub, day, integer(1)))
        same = op(exp.EQ, exp.Extract(this=exp.Var(this="MONTH"), expression=again(found)), month)
        return when(inside, when(same, found))

    def iso_date(self, node: Node) -> Node:
        spelled = exp.RegexpLike(this=wrap(again(node)), expression=text(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))
        parts = [
            cast(exp.Substring(this=again(node), start=integer(start), length=integer(length)), Kind.INT)
            for start, length in ((1, 4), (6, 2), (9, 2))
        ]
        return when(spelled, self.make_date(*parts))

    def ordered(self, node: Node) -> Node:
        return exp.Collate(this=wrap(node), expression=exp.Identifier(this="C", quoted=True))

    def contains(self, whole: Node, part: Node) -> Node:
        return op(exp.GT, call("STRPOS", whole, part), integer(0))

    def matches(self, whole: Node, pattern: Node) -> Node:
        return exp.RegexpLike(this=wrap(whole), expression=wrap(pattern))

    def lower(self, node: Node) -> Node:
        return _by_default(exp.Lower(this=exp.Collate(this=wrap(node), expression=_BUILTIN_UNICODE.copy())))

    def upper(self, node: Node) -> Node:
        upper = exp.Upper(this=exp.Collate(this=wrap(node), expression=_BUILTIN_UNICODE.copy()))
        return _by_default(call("REPLACE", upper, text("ß"), text("ẞ")))

    def least(self, kind: type[exp.Func], nodes: list[Node]) -> Node:
        missing = [is_null(again(node)) for node in nodes if not isinstance(node, exp.Literal)]
        extreme: Node = kind(this=nodes[0], expressions=nodes[1:])
        if any(isinstance(node, exp.Collate) for node in nodes):
            extreme = _by_default(extreme)  # else it could not be compared with another function's result
        return when(negation(either(*missing)), extreme) if missing else extreme

    def latest(self, value: Node, by: Sequence[Node], condition: Node) -> Node:
        order = [exp.Ordered(this=part, desc=True, nulls_first=False) for part in by]
        listed = exp.ArrayAgg(this=exp.Order(this=value, expressions=order))
        first = filtered(listed, condition)
        return exp.Bracket(this=exp.Paren(this=first), expressions=[integer(1)], offset=1)


def _by_default(node: Node) -> Node:
    return exp.Collate(this=wrap(node), expression=exp.Identifier(this="default", quoted=True))


_BUILTIN_UNICODE = exp.Identifier(this="pg_c_utf8", quoted=True)


DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in (Dialect(), Postgres())}

# Patterns that mean the same to RE2 and to PostgreSQL: characters, classes, groups, anchors, counts.
_PLAIN_PATTERN = re.compile(
    r"(?:[^\\.\[\](){}*+?|]|\\[^\w\s]|\[\^?[^\\\[\]]+\]|\((?:\?:)?|\)|[*+?|]|\{\d+(?:,\d*)?\})*"
)


def dialect_of(name: str) -> Dialect:
    """The dialect of an engine; a PlaycallError says which there are."""
    if name not in DIALECTS:
        raise PlaycallError(f"no engine `{name}`; playcall evaluates on {', '.join(DIALECTS)}")
    return DIALECTS[name]


def check_dialect(tree: Typed, dialect: str) -> tuple[str, ...]:
    """What an engine cannot keep of an expression: one sentence each, none for DuckDB."""
    if dialect_of(dialect).name == "duckdb":
        return ()
    found = []
    for node in walk(tree):
        if not isinstance(node, Call) or OVERLOADS[node.op].name not in ("matches", "not matches"):
            continue
        pattern = node.args[1]
        if not isinstance(pattern, Const) or not _PLAIN_PATTERN.fullmatch(str(pattern.value)):
            found.append(
                f"{dialect} has no RE2: `matches` takes a literal of plain characters, classes and counts"
            )
    return tuple(found)
