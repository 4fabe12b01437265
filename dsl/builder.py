"""Tokens and parts of the grammar → nodes of the syntax tree. One method a rule of ``grammar.lark``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from . import literals
from .lalr import Token
from .source import Span
from .syntax import (
    Between,
    Binary,
    BinaryOp,
    Call,
    Clock,
    Conditional,
    IsMissing,
    ListOf,
    Literal,
    Logic,
    Path,
    Syntax,
    Unary,
    Word,
)

_OPERATOR_WORDS = {"STARTS_WITH": "starts with"}
_CLAUSES = {"BY": "by", "WHERE": "where", "OVER": "where"}  # by the token that begins them


class Builder:
    """What the parser calls while it reads. Stateless, so that one serves every parse."""

    def start(self, parts: Sequence[Any]) -> Syntax:
        return cast(Syntax, parts[0])

    def conditional(self, parts: Sequence[Any]) -> Syntax:
        then, _, condition, _, otherwise = parts
        return Conditional(then, condition, otherwise, _across(then, otherwise))

    def logic(self, parts: Sequence[Any]) -> Syntax:
        left, token, right = parts
        op = "and" if token.type == "AND" else "or"
        sides = tuple(
            part
            for side in (left, right)
            for part in (side.parts if isinstance(side, Logic) and side.op == op else (side,))
        )
        return Logic(op, sides, _across(left, right))  # type: ignore[arg-type]

    def unary(self, parts: Sequence[Any]) -> Syntax:
        token, operand = parts
        return Unary("not" if token.type == "NOT" else "neg", operand, _across(token, operand))

    def comparison(self, parts: Sequence[Any]) -> Syntax:
        left, token, right = parts
        return Binary(_operator(token), left, right, _across(left, right))

    arithmetic = comparison

    def not_comparison(self, parts: Sequence[Any]) -> Syntax:
        left, _, token, right = parts
        return Binary(cast(BinaryOp, f"not {_operator(token)}"), left, right, _across(left, right))

    def is_not(self, parts: Sequence[Any]) -> Syntax:
        return Binary("is not", parts[0], parts[-1], _across(parts[0], parts[-1]))

    def is_missing(self, parts: Sequence[Any]) -> Syntax:
        return IsMissing(parts[0], False, _across(parts[0], parts[-1]))

    def is_not_missing(self, parts: Sequence[Any]) -> Syntax:
        return IsMissing(parts[0], True, _across(parts[0], parts[-1]))

    def between(self, parts: Sequence[Any]) -> Syntax:
        operand, _, low, _, high = parts
        return Between(operand, low, high, False, _across(operand, high))

    def not_between(self, parts: Sequence[Any]) -> Syntax:
        operand, _, _, low, _, high = parts
        return Between(operand, low, high, True, _across(operand, high))

    def group(self, parts: Sequence[Any]) -> Syntax:
        return cast(Syntax, replace(parts[1], span=_across(parts[0], parts[2])))

    def list(self, parts: Sequence[Any]) -> Syntax:
        return ListOf(tuple(parts[1:-1:2]), _across(parts[0], parts[-1]))

    def call(self, parts: Sequence[Any]) -> Syntax:
        name, _, *inside, close = parts
        clauses: dict[str, Syntax] = {}
        while len(inside) > 1 and _is(inside[-2], *_CLAUSES):
            clauses[_CLAUSES[inside[-2].type]] = inside[-1]
            del inside[-2:]
        arguments = tuple(inside[::2])
        return Call(_word(name), arguments, clauses.get("by"), clauses.get("where"), _across(name, close))

    def path(self, parts: Sequence[Any]) -> Syntax:
        scoped = _is(parts[0], "OUTER", "PARAMS")
        words = tuple(_word(token) for token in parts[scoped:])
        return Path(parts[0].text if scoped else "", words, _across(parts[0], parts[-1]))

    def clock(self, parts: Sequence[Any]) -> Syntax:
        token = parts[0]
        return Clock("today" if token.type == "TODAY" else "now", _span(token))

    def boolean(self, parts: Sequence[Any]) -> Syntax:
        return _literal(literals.boolean, parts[0])

    def integer(self, parts: Sequence[Any]) -> Syntax:
        return _literal(literals.integer, parts[0])

    def number(self, parts: Sequence[Any]) -> Syntax:
        return _literal(literals.number, parts[0])

    def percent(self, parts: Sequence[Any]) -> Syntax:
        return _literal(literals.percent, parts[0])

    def money(self, parts: Sequence[Any]) -> Syntax:
        return _literal(literals.money, parts[0])

    def duration(self, parts: Sequence[Any]) -> Syntax:
        return _literal(literals.duration, parts[0])

    def date(self, parts: Sequence[Any]) -> Syntax:
        return _literal(literals.date_literal, parts[0])

    def text(self, parts: Sequence[Any]) -> Syntax:
        return _literal(literals.text, parts[0])


def _literal(read: literals.Reader, token: Token) -> Literal:
    span = _span(token)
    kind, value, canonical = read(token.text, span)
    return Literal(kind, value, canonical, span)


def _operator(token: Token) -> BinaryOp:
    return cast(BinaryOp, _OPERATOR_WORDS.get(token.type, token.text))


def _word(token: Token) -> Word:
    span = _span(token)
    return Word(literals.name(token.text, span), span)


def _is(part: Any, *types: str) -> bool:
    return isinstance(part, Token) and part.type in types


def _span(part: Any) -> Span:
    """The place of a token or of a node."""
    return Span(part.start, part.end) if isinstance(part, Token) else cast(Span, part.span)


def _across(first: Any, last: Any) -> Span:
    start = first.start if isinstance(first, Token) else first.span.start
    return Span(start, last.end if isinstance(last, Token) else last.span.end)
