"""The syntax tree: what an expression says, before names and types are looked at.

Two trees are equal when they say the same: spans do not take part in comparison. A node's span includes
the parentheses around it.
"""

from __future__ import annotations

from dataclasses import field
from typing import Literal as OneOf

from .frozen import frozen
from .source import Span
from .types import Kind, Value

# No field, param or relation may have one of these names.
RESERVED = frozenset(
    ["and", "or", "not", "in", "is", "if", "else", "true", "false", "today", "now", "params", "outer"]
)

BinaryOp = OneOf[
    "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%",
    "in", "not in", "contains", "not contains", "starts with", "not starts with", "matches", "not matches",
    "is", "is not",
]  # fmt: skip


@frozen
class Word:
    """One identifier: a part of a path, or the name of a function."""

    text: str
    span: Span = field(compare=False)


@frozen
class Literal:
    """``140 0.25 10% "text" true 2026-04-01 90d 50000 JPY``. ``text`` is its canonical spelling, and
    ``percent`` a number written as one."""

    kind: Kind
    value: Value
    text: str
    span: Span = field(compare=False)


@frozen
class Clock:
    """``today`` or ``now``."""

    name: OneOf["today", "now"]
    span: Span = field(compare=False)


@frozen
class Path:
    """``a.b.c``, ``outer.a``, ``params.a``: the words, and the scope that the first one names, if any."""

    scope: OneOf["", "outer", "params"]
    words: tuple[Word, ...]
    span: Span = field(compare=False)

    def __str__(self) -> str:
        return ".".join(([self.scope] if self.scope else []) + [word.text for word in self.words])


@frozen
class ListOf:
    """``[a, b, c]``."""

    items: tuple[Syntax, ...]
    span: Span = field(compare=False)


@frozen
class Unary:
    """``not x`` or ``-x``."""

    op: OneOf["not", "neg"]
    operand: Syntax
    span: Span = field(compare=False)


@frozen
class Binary:
    """Arithmetic or a comparison of two operands."""

    op: BinaryOp
    left: Syntax
    right: Syntax
    span: Span = field(compare=False)


@frozen
class Logic:
    """``a and b and c`` or ``a or b or c``: at least two parts, none of them the same operator again."""

    op: OneOf["and", "or"]
    parts: tuple[Syntax, ...]
    span: Span = field(compare=False)


@frozen
class Between:
    """``x between low and high``, both inclusive."""

    operand: Syntax
    low: Syntax
    high: Syntax
    negated: bool
    span: Span = field(compare=False)


@frozen
class IsMissing:
    """``x is missing`` or ``x is not missing``."""

    operand: Syntax
    negated: bool
    span: Span = field(compare=False)


@frozen
class Conditional:
    """``then if condition else otherwise``."""

    then: Syntax
    condition: Syntax
    otherwise: Syntax
    span: Span = field(compare=False)


@frozen
class Call:
    """``name(args)`` or, of an aggregate, ``name(arg by by where where)``."""

    name: Word
    args: tuple[Syntax, ...]
    by: Syntax | None
    where: Syntax | None
    span: Span = field(compare=False)


Syntax = Literal | Clock | Path | ListOf | Unary | Binary | Logic | Between | IsMissing | Conditional | Call


def children(node: Syntax) -> tuple[Syntax, ...]:
    """The direct parts of a node, in order of the text."""
    match node:
        case ListOf(items):
            return items
        case Unary(_, operand) | IsMissing(operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case Logic(_, parts):
            return parts
        case Between(operand, low, high):
            return (operand, low, high)
        case Conditional(then, condition, otherwise):
            return (then, condition, otherwise)
        case Call(_, args, by, where):
            return tuple(part for part in (*args, by, where) if part is not None)
        case _:
            return ()


def depth(node: Syntax) -> int:
    """How many levels a tree has. Counted without recursion, so that no input can exhaust the stack."""
    levels, below = 0, [node]
    while below:
        levels += 1
        below = [child for parent in below for child in children(parent)]
    return levels
