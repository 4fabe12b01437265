"""What is said where types do not fit: every such message of the checker stands here."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from .frozen import frozen
from .functions import OVERLOADS, Overload
from .typed import Const, Typed
from .types import TEXTUAL, Duration, Kind, Type

_NOUNS = {
    Kind.TEXT: "text", Kind.ENUM: "an enum", Kind.BOOL: "a bool", Kind.INT: "an int",
    Kind.NUMBER: "a number", Kind.MONEY: "money", Kind.DATE: "a date", Kind.DATETIME: "a datetime",
    Kind.DURATION: "a duration", Kind.EMAIL: "an email", Kind.USER: "a user", Kind.URL: "a url",
    Kind.LIST: "a list", Kind.ERROR: "an error",
}  # fmt: skip
_FIGURES = frozenset({Kind.INT, Kind.NUMBER})
_DAYS = frozenset({Kind.DATE, Kind.DATETIME})
_ORDER = frozenset({"<", "<=", ">", ">="})
_RELATIONS = _ORDER | {"==", "!=", "is", "is not", "in", "not in"}


@frozen
class Mismatch:
    """A diagnostic's code, message and help."""

    code: str
    message: str
    help: str = ""
    argument: int | None = None  # the one that does not fit, if it is one


def noun(type_: Type) -> str:
    """A type in a sentence."""
    if type_.kind is Kind.MONEY and type_.currency:
        return f"money in {type_.currency}"
    if type_.kind is Kind.LIST and type_.item is not None:
        return f"a list of {type_.item.kind.value}"
    return _NOUNS[type_.kind]


def two_currencies(args: Sequence[Typed]) -> Mismatch | None:
    """E207 where money of two known currencies meets."""
    types = [arg.type.item or arg.type for arg in args]
    known = list(dict.fromkeys(t.currency for t in types if t.kind is Kind.MONEY and t.currency))
    if len(known) < 2:
        return None
    help_ = f'bring both to one currency: `convert(x, "{known[0]}")`'
    return Mismatch("E207", f"money of two currencies: {known[0]} and {known[1]}", help_)


def operator(op: str, args: Sequence[Typed], texts: Sequence[str], currency: str) -> Mismatch:
    """Why an operator does not take its operands. ``texts`` are the operands as written."""
    if len(args) == 1:
        says = "has no negative" if op == "neg" else "is never missing"
        return Mismatch("E205", f"{noun(args[0].type)} {says}")
    left, right = args[0].type, args[1].type
    if op in ("in", "not in") and right.kind is not Kind.LIST:
        return Mismatch("E205", f"`{op}` takes a list; this is {noun(right)}", f"write `{op} [{texts[1]}]`")
    two = two_currencies(args)
    if two and op != "*":
        return two
    if op in _RELATIONS:
        other = right.item if op in ("in", "not in") and right.item else right
        message = f"{noun(left)} cannot be compared with {noun(other)}"
        if left.kind is other.kind and op in _ORDER:
            message = f"{noun(left)} has no order"
    else:
        message = f"`{op}` does not take {noun(left)} and {noun(right)}"
    help_ = _operand_help(op, args[0], args[1], texts, currency)
    return Mismatch("E205", message, help_ or _operand_help(op, args[1], args[0], texts[::-1], currency))


def _operand_help(op: str, one: Typed, other: Typed, texts: Sequence[str], currency: str) -> str:
    """What to write instead, seen from one of the two operands."""
    literal = other.value if isinstance(other, Const) else None
    match one.type.kind:
        case Kind.MONEY if other.type.kind in _FIGURES and op not in ("*", "/", "%"):
            code = one.type.currency or currency
            return f"write the currency: `{texts[1] if literal is not None else 50000} {code}`"
        case Kind.DATE | Kind.DATETIME:
            return _day_help(op, one, other, texts)
        case Kind.INT | Kind.NUMBER if isinstance(literal, Duration):
            return f"write `{literal.amount}`" if literal.unit == "d" else "compare with a number of days"
        case Kind.INT | Kind.NUMBER if isinstance(literal, str) and re.fullmatch(r"-?\d+(\.\d+)?", literal):
            return f"write the number without quotes: `{literal}`"
        case Kind.BOOL if op not in _RELATIONS:
            return f"a condition is no number: count it as `(1 if {texts[0]} else 0)`"
        case Kind.BOOL if op not in _ORDER and literal in ("true", "false", "yes", "no", 0, 1):
            return "write `true` or `false`, without quotes"
        case Kind.LIST if op in ("==", "!=", "is", "is not"):
            return "use `in` to look into a list"
        case kind if kind in TEXTUAL and op == "+":
            return f"texts are joined by `concat({texts[0]}, {texts[1]})`"
        case kind if kind in TEXTUAL and op not in _RELATIONS and other.type.kind in _FIGURES:
            return f"`{texts[0]}` is text, and only numbers can be calculated with"
        case kind if kind in TEXTUAL and other.type.kind in _FIGURES and literal is not None:
            return f'write it as text: `"{texts[1]}"`'
    return ""


def _day_help(op: str, one: Typed, other: Typed, texts: Sequence[str]) -> str:
    literal = other.value if isinstance(other, Const) else None
    if isinstance(literal, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", literal):
        return f"write the date without quotes: `{literal}`"
    if op in ("+", "-"):
        return "write days as a duration: `1d`" if one.type.kind is Kind.DATETIME else ""
    if other.type.kind in _FIGURES:
        return f"count its days: `days_until({texts[0]})`"
    return f"compare with a date: `today + {texts[1]}`" if other.type.kind is Kind.DURATION else ""


def condition(type_: Type, text: str) -> Mismatch:
    """Why something is no condition."""
    example = {Kind.INT: "> 0", Kind.NUMBER: "> 0", Kind.DATE: "<= today", Kind.DATETIME: "<= now"}
    tail = example.get(type_.kind, '== "…"' if type_.kind in TEXTUAL else "")
    help_ = f"compare it: `{text} {tail}`" if tail and len(text) <= 60 else ""
    return Mismatch("E208", f"a condition is true or false; this is {noun(type_)}", help_)


def wanted(type_: Type, want: Collection[Kind]) -> str:
    """Why a result is not what its place takes."""
    if len(want) > 5:
        return f"{noun(type_)} cannot stand here"
    return f"this place takes {_kinds(frozenset(want))}; this is {noun(type_)}"


def choice(then: Typed, otherwise: Typed) -> Mismatch:
    """Why `A if C else B` has no one type."""
    message = (
        f"both sides of `if … else` have one type; these are {noun(then.type)} and {noun(otherwise.type)}"
    )
    return two_currencies((then, otherwise)) or Mismatch("E205", message)


def items(args: Sequence[Typed]) -> Mismatch:
    """Why values do not make one list."""
    if not args:
        return Mismatch(
            "E209", "an empty list holds nothing to compare with", "write its values, or leave it out"
        )
    two = two_currencies(args)
    if two:
        return two
    first = args[0].type
    odd = next((arg.type for arg in args if arg.type.kind is not first.kind), first)
    if odd is first:
        return Mismatch("E205", f"a list cannot hold {noun(first)}")
    return Mismatch("E205", f"a list holds values of one type; this one has {noun(first)} and {noun(odd)}")


def function(name: str, args: Sequence[Typed]) -> Mismatch:
    """Why a function does not take its arguments."""
    overloads = [overload for overload in OVERLOADS.values() if overload.name == name]
    fitting = [overload for overload in overloads if _takes(overload, len(args))]
    if not fitting:
        return Mismatch("E209", f"{name}() takes {_arity(overloads)}, not {len(args)}")
    for index, arg in enumerate(args):
        kinds = frozenset[Kind]().union(*(overload.pattern(index).kinds for overload in fitting))
        if arg.type.kind not in kinds | {Kind.ERROR}:
            help_ = ""
            if isinstance(arg, Const) and isinstance(arg.value, Duration) and Kind.INT in kinds:
                help_ = f"write `{arg.value.amount}`"
            return Mismatch(
                "E209", f"{name}() takes {_kinds(kinds)} here; this is {noun(arg.type)}", help_, index
            )
    two = two_currencies(args)
    return two or Mismatch("E209", f"{name}() does not take {' and '.join(noun(arg.type) for arg in args)}")


def _takes(overload: Overload, count: int) -> bool:
    least = len(overload.patterns)
    return count >= least if overload.variadic else count == least


def _arity(overloads: Sequence[Overload]) -> str:
    counts = sorted({len(overload.patterns) for overload in overloads})
    words = " or ".join(map(str, counts)) + (" or more" if any(o.variadic for o in overloads) else "")
    return f"{words} argument{'' if words == '1' else 's'}"


def _kinds(kinds: frozenset[Kind]) -> str:
    names = [
        _NOUNS[kind]
        for kind in Kind
        if kind in kinds and not (kind in TEXTUAL and Kind.TEXT in kinds - {kind})
    ]
    return " or ".join(names)
