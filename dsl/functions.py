"""The operators and functions of the language: one declared table of overloads (SPEC 4).

The checker asks ``resolve`` which overload a name means for the types at hand; interpreter and compiler look
an id up in ``OVERLOADS``. What an overload accepts, how its arguments are widened (int to number, datetime
to the project's local date), what it gives and how it treats missing arguments is said here and nowhere else.

Literals help the types along: a text literal has the type ``Type(Kind.TEXT, values=(literal,))``, so that
``convert(m, "JPY")`` knows its currency and ``"a" if c else "b"`` knows its values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from . import dates, operations
from .frozen import frozen
from .types import TEXTUAL, Kind, Type, Value

Nulls = Literal["strict", "kleene", "own"]
Rule = Callable[[Sequence[Type]], Type | None]


@frozen
class Pattern:
    """What one argument may be. ``to`` is the kind that it is widened to before the overload sees it
    (None: taken as it is); ``items``: a list of such."""

    kinds: frozenset[Kind]
    to: Kind | None = None
    items: bool = False

    def accepts(self, type_: Type) -> bool:
        """Whether a value of this type may stand here. An erroneous one may stand anywhere."""
        if type_.kind is Kind.ERROR:
            return True
        if not self.items:
            return type_.kind in self.kinds
        return type_.kind is Kind.LIST and (type_.item is None or Pattern(self.kinds).accepts(type_.item))


@frozen
class Overload:
    """One row of the table.

    ``result`` computes the type from those of the arguments, nullability apart; None: these do not combine.
    ``nulls``: ``strict`` (a missing argument makes it missing), ``kleene`` (three-valued logic) or ``own``
    (the implementation is handed None). ``total``: whether present arguments always give a value in the
    language's own terms (overflow aside). ``variadic``: the last pattern repeats. ``run`` takes the world
    first where ``worldly``, then the widened arguments.
    """

    id: str
    name: str
    patterns: tuple[Pattern, ...]
    result: Rule
    nulls: Nulls
    run: Callable[..., Value]
    total: bool = True
    variadic: bool = False
    worldly: bool = False

    def pattern(self, index: int) -> Pattern:
        """The pattern of the argument with this index."""
        return self.patterns[min(index, len(self.patterns) - 1)]

    def accepts(self, args: Sequence[Type]) -> bool:
        """Whether the number and kinds of the arguments fit."""
        enough = len(args) >= len(self.patterns) if self.variadic else len(args) == len(self.patterns)
        return enough and all(self.pattern(i).accepts(arg) for i, arg in enumerate(args))


@frozen
class Resolved:
    """The overload that a name means for some argument types, and the type it gives for them."""

    id: str
    result: Type


def _one(kind: Kind) -> Pattern:
    return Pattern(frozenset({kind}))


INT, BOOL, MONEY, MOMENT, DURATION = map(
    _one, (Kind.INT, Kind.BOOL, Kind.MONEY, Kind.DATETIME, Kind.DURATION)
)
NUMBER = Pattern(frozenset({Kind.INT, Kind.NUMBER}), Kind.NUMBER)
DAY = Pattern(frozenset({Kind.DATE, Kind.DATETIME}), Kind.DATE)
DATE = _one(Kind.DATE)
TEXT = Pattern(TEXTUAL)
WORD = Pattern(TEXTUAL | {Kind.INT, Kind.DATE})  # what has one spelling and so can be put into text
ANY = Pattern(frozenset(Kind) - {Kind.LIST, Kind.DURATION})

# Values of one family combine: they are compared, chosen between, listed. The first that fits is meant.
FAMILIES = {
    "int": INT,
    "number": NUMBER,
    "money": MONEY,
    "text": TEXT,
    "datetime": MOMENT,
    "date": DAY,
    "bool": BOOL,
    "duration": DURATION,
}
_COMPARED = ("int", "number", "money", "text", "datetime", "date", "bool")
_ORDERED = ("int", "number", "money", "text", "datetime", "date")


def join(args: Sequence[Type]) -> Type | None:
    """The type of a value that is one of several of a family; None for money of two known currencies."""
    first, *rest = args
    for other in rest:
        kinds = {first.kind, other.kind}
        if first.kind is other.kind:
            joined = _join_same(first, other)
        elif kinds <= TEXTUAL:
            joined = Type(Kind.TEXT, values=_both_values(first, other))
        else:
            joined = Type(Kind.NUMBER if Kind.NUMBER in kinds else Kind.DATE)
        if joined is None:
            return None
        first = joined
    return first.optional(False)


def _join_same(a: Type, b: Type) -> Type | None:
    if a.kind is Kind.MONEY and a.currency and b.currency and a.currency != b.currency:
        return None
    return Type(
        a.kind,
        values=_both_values(a, b),
        currency=a.currency if a.currency == b.currency else None,
        countdown=a.countdown if a.countdown == b.countdown else None,
    )


def _both_values(a: Type, b: Type) -> tuple[str, ...]:
    return tuple(dict.fromkeys(a.values + b.values)) if a.values and b.values else ()


def _gives(type_: Type) -> Rule:
    return lambda args: type_


def _gives_bool(args: Sequence[Type]) -> Type | None:
    """Comparisons: whatever can be joined can be compared."""
    return Type(Kind.BOOL) if join(args) is not None else None


def _gives_membership(args: Sequence[Type]) -> Type | None:
    item = args[1].item
    return Type(Kind.BOOL) if item is None else _gives_bool((args[0], item))


def _gives_list(args: Sequence[Type]) -> Type | None:
    item = join(args)
    nullable = any(arg.nullable for arg in args)
    return Type(Kind.LIST, item=item.optional(nullable)) if item is not None else None


def _gives_choice(args: Sequence[Type]) -> Type | None:
    return join(args[1:])


def _gives_first(args: Sequence[Type]) -> Type:
    """The type of the first argument as a plain value: money keeps its currency, a countdown ends."""
    return Type(args[0].kind, currency=args[0].currency)


def _gives_sum(args: Sequence[Type]) -> Type:
    """A countdown ± an int stays one; two countdowns, or an int less a countdown, are just an int."""
    left, right = args[0].countdown, args[1].countdown
    return Type(Kind.INT, countdown=None if left and right else left or right)


def _gives_difference(args: Sequence[Type]) -> Type:
    return Type(Kind.INT, countdown=None if args[1].countdown else args[0].countdown)


def _gives_scaled_money(args: Sequence[Type]) -> Type:
    return Type(Kind.MONEY, currency=next(a.currency for a in args if a.kind is Kind.MONEY))


def _gives_converted(args: Sequence[Type]) -> Type:
    values = args[1].values
    return Type(Kind.MONEY, currency=values[0] if len(values) == 1 else None)


_INT, _NUMBER, _BOOL = Type(Kind.INT), Type(Kind.NUMBER), Type(Kind.BOOL)
_TEXT, _DATE, _DATETIME = Type(Kind.TEXT), Type(Kind.DATE), Type(Kind.DATETIME)
_DAYS = Type(Kind.INT, countdown="days")
_BUSINESS_DAYS = Type(Kind.INT, countdown="business_days")

_TABLE: list[Overload] = []


def _add(
    name: str,
    variant: str,
    patterns: Sequence[Pattern],
    result: Rule | Type,
    run: Callable[..., Value],
    *,
    nulls: Nulls = "strict",
    total: bool = True,
    variadic: bool = False,
    worldly: bool = False,
) -> None:
    rule = _gives(result) if isinstance(result, Type) else result
    overload_id = f"{name}:{variant}" if variant else name
    _TABLE.append(Overload(overload_id, name, tuple(patterns), rule, nulls, run, total, variadic, worldly))


def _arithmetic() -> None:
    ops = operations
    _add("+", "int", (INT, INT), _gives_sum, ops.add_int)
    _add("-", "int", (INT, INT), _gives_difference, ops.subtract_int)
    _add("*", "int", (INT, INT), _INT, ops.multiply_int)
    _add("+", "number", (NUMBER, NUMBER), _NUMBER, ops.add_number)
    _add("-", "number", (NUMBER, NUMBER), _NUMBER, ops.subtract_number)
    _add("*", "number", (NUMBER, NUMBER), _NUMBER, ops.multiply_number)
    _add("+", "money", (MONEY, MONEY), join, ops.add_money)
    _add("-", "money", (MONEY, MONEY), join, ops.subtract_money)
    _add("*", "money_number", (MONEY, NUMBER), _gives_scaled_money, ops.multiply_money)
    _add("*", "number_money", (NUMBER, MONEY), _gives_scaled_money, lambda n, m: ops.multiply_money(m, n))
    _add("/", "number", (NUMBER, NUMBER), _NUMBER, ops.divide_number, total=False)
    _add("/", "money_number", (MONEY, NUMBER), _gives_scaled_money, ops.divide_money, total=False)
    _add("/", "money", (MONEY, MONEY), lambda a: join(a) and _NUMBER, ops.money_ratio, total=False)
    _add("%", "int", (INT, INT), _INT, ops.modulo_int, total=False)
    _add("%", "number", (NUMBER, NUMBER), _NUMBER, ops.modulo_number, total=False)
    _add("neg", "int", (INT,), _gives_first, ops.negate_int)
    _add("neg", "number", (NUMBER,), _NUMBER, lambda x: -x)
    _add("neg", "money", (MONEY,), _gives_first, ops.negate_money)
    _add("abs", "int", (INT,), _gives_first, ops.abs_int)
    _add("abs", "number", (NUMBER,), _NUMBER, abs)
    _add("abs", "money", (MONEY,), _gives_first, ops.abs_money)
    for name, (run, run_money) in ops.ROUNDINGS.items():
        _add(name, "int", (INT,), _gives_first, lambda x: x)
        _add(name, "number", (NUMBER,), _INT, run)
        _add(name, "money", (MONEY,), _gives_first, run_money)
    for name, pick in ops.EXTREMES.items():
        for family in _ORDERED:
            extreme = ops.MONEY_EXTREMES[name] if family == "money" else pick
            _add(name, family, (FAMILIES[family],) * 2, join, extreme, variadic=True)
    _add("convert", "", (MONEY, TEXT), _gives_converted, ops.convert, total=False, worldly=True)


def _dates() -> None:
    _add("+", "date_int", (DATE, INT), _DATE, dates.add_days)
    _add("-", "date_int", (DATE, INT), _DATE, dates.subtract_days)
    _add("+", "date_duration", (DATE, DURATION), _DATE, dates.add_to_date, worldly=True)
    _add("-", "date_duration", (DATE, DURATION), _DATE, dates.subtract_from_date, worldly=True)
    _add("+", "datetime_duration", (MOMENT, DURATION), _DATETIME, dates.add_to_moment, worldly=True)
    _add("-", "datetime_duration", (MOMENT, DURATION), _DATETIME, dates.subtract_from_moment, worldly=True)
    _add("-", "date", (DAY, DAY), _INT, dates.days_between)
    _add("days_until", "", (DAY,), _DAYS, dates.days_until, worldly=True)
    _add("days_since", "", (DAY,), _DAYS, dates.days_since, worldly=True)
    _add("months_until", "", (DAY,), _INT, dates.months_until, worldly=True)
    _add(
        "business_days_until",
        "",
        (DAY,),
        _BUSINESS_DAYS,
        dates.business_days_until,
        total=False,
        worldly=True,
    )
    _add("add_business_days", "", (DAY, INT), _DATE, dates.add_business_days, total=False, worldly=True)
    _add("date", "", (INT, INT, INT), _DATE, dates.make_date, total=False)
    _add("fiscal_year_end", "", (DAY,), _DATE, dates.fiscal_year_end, worldly=True)
    _add("fiscal_quarter", "", (DAY,), _INT, dates.fiscal_quarter, worldly=True)
    for name, run in dates.PARTS.items():
        _add(name, "", (DAY,), _INT, run)
    _add("same_cycle", "date", (TEXT, DAY, INT), _BOOL, dates.same_cycle_date)
    _add("same_cycle", "text", (TEXT, TEXT, INT), _BOOL, lambda touch, cycle, tolerance: touch == cycle)


def _text() -> None:
    for name, test in operations.TEXT_TESTS.items():
        _add(name, "", (TEXT, TEXT), _BOOL, test)
        _add(f"not {name}", "", (TEXT, TEXT), _BOOL, operations.negated(test))
    _add("lower", "", (TEXT,), _TEXT, operations.lower)
    _add("upper", "", (TEXT,), _TEXT, operations.upper)
    _add("trim", "", (TEXT,), _TEXT, lambda x: x.strip(" "))
    _add("length", "", (TEXT,), _INT, len)
    _add("concat", "", (WORD,), _TEXT, lambda *xs: "".join(map(str, xs)), variadic=True)


def _comparisons() -> None:
    for name, compare in operations.COMPARISONS.items():
        for family in _COMPARED if name in ("==", "!=") else _ORDERED:
            run = operations.compare_money(compare) if family == "money" else compare
            _add(name, family, (FAMILIES[family],) * 2, _gives_bool, run)
    for family in _COMPARED:
        pattern = FAMILIES[family]
        _add("is", family, (pattern,) * 2, _gives_bool, operations.is_same, nulls="own")
        _add("is not", family, (pattern,) * 2, _gives_bool, operations.is_not_same, nulls="own")
        items = replace(pattern, items=True)
        _add("in", family, (pattern, items), _gives_membership, operations.contained, nulls="own")
        _add("not in", family, (pattern, items), _gives_membership, operations.not_contained, nulls="own")
    _add("is missing", "", (ANY,), _BOOL, lambda x: x is None, nulls="own")
    _add("is not missing", "", (ANY,), _BOOL, lambda x: x is not None, nulls="own")


def _logic_and_choice() -> None:
    _add("and", "", (BOOL, BOOL), _BOOL, operations.kleene_and, nulls="kleene")
    _add("or", "", (BOOL, BOOL), _BOOL, operations.kleene_or, nulls="kleene")
    _add("not", "", (BOOL,), _BOOL, lambda x: not x)
    for family, pattern in FAMILIES.items():
        _add("if", family, (BOOL, pattern, pattern), _gives_choice, operations.choose, nulls="own")
        if family != "duration":
            _add("default", family, (pattern, pattern), join, operations.default, nulls="own")
            _add("list", family, (pattern,), _gives_list, lambda *xs: xs, nulls="own", variadic=True)


for _declare in (_arithmetic, _dates, _text, _comparisons, _logic_and_choice):
    _declare()

OVERLOADS: dict[str, Overload] = {overload.id: overload for overload in _TABLE}

_BY_NAME: dict[str, list[Overload]] = {}
for _overload in _TABLE:
    _BY_NAME.setdefault(_overload.name, []).append(_overload)

# What a person may call with parentheses; the other names are operators.
FUNCTION_NAMES = tuple(
    name
    for name in _BY_NAME
    if name.isidentifier()
    and name not in {"neg", "in", "contains", "matches", "is", "and", "or", "not", "if", "list", "same_cycle"}
)

_TRUTHS = frozenset({"and", "or", "not", "is", "is not", "in", "not in", "is missing", "is not missing"}) | {
    *operations.COMPARISONS,
    *operations.TEXT_TESTS,
    *(f"not {name}" for name in operations.TEXT_TESTS),
}
_NEVER_MISSING = frozenset({"is", "is not", "is missing", "is not missing", "list"})


def overloads(name: str) -> Sequence[Overload]:
    """The overloads of an operator or function, in the order in which they are tried."""
    return _BY_NAME.get(name, ())


def resolve(name: str, args: Sequence[Type]) -> Resolved | None:
    """The overload of ``name`` for arguments of these types, with its result type; None: there is none.

    An argument of kind ERROR fits everywhere; the result is then ERROR too, unless every overload of the
    name gives a bool.
    """
    return _resolve(name, tuple(args))


@lru_cache(4096)
def _resolve(name: str, args: tuple[Type, ...]) -> Resolved | None:
    for overload in overloads(name):
        if not overload.accepts(args):
            continue
        if any((arg.item or arg).kind is Kind.ERROR for arg in args):
            return Resolved(overload.id, _BOOL if name in _TRUTHS else Type(Kind.ERROR))
        result = overload.result(args)
        if result is not None:
            return Resolved(overload.id, result.optional(_nullable(overload, args)))
    return None


def _nullable(overload: Overload, args: Sequence[Type]) -> bool:
    if overload.name in _NEVER_MISSING:
        return False
    if overload.name == "default":
        return args[0].nullable and args[1].nullable
    return not overload.total or any(arg.nullable or (arg.item or arg).nullable for arg in args)
