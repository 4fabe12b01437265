"""What an expression says up to the cursor, however unfinished it is: read from its words alone, since
there may be no tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ...dsl.frozen import frozen
from ...dsl.related import AGGREGATE_NAMES

_TOKEN = re.compile(
    r"(?P<text>\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?)"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<number>[0-9][\w%-]*(?:\.[0-9]\w*%?)?)"
    r"|(?P<sign>==|!=|<=|>=|\S)"
)
COMPARISONS = frozenset(["==", "!=", "is", "in"])
# After one of these words an operand begins, so that they are no operand themselves.
_BETWEEN_OPERANDS = frozenset(
    ["and", "or", "not", "in", "is", "if", "else", "between", "contains", "with", "matches", "where", "by"]
)

Words = tuple[str, ...]


@frozen
class Token:
    kind: str
    text: str
    start: int

    @property
    def is_open_text(self) -> bool:
        """A text whose closing quote is missing."""
        return self.kind == "text" and (len(self.text) < 2 or self.text[-1] != self.text[0])


@dataclass(slots=True)
class Bracket:
    """One bracket that is open at the cursor: ``name`` is what is called (empty: none, or a list),
    ``target`` the path that stands first in it, ``inner`` whether its ``where`` or ``by`` has begun,
    ``argument`` counts from 0."""

    sign: str
    name: str
    target: list[str] = field(default_factory=list)
    inner: bool = False
    argument: int = 0


@frozen
class Cursor:
    """The place in an expression.

    - ``steps``: the words of a path before its last dot; ``prefix``: the word, or the text in quotes, up to
      the cursor; ``quoted``: the cursor is in a text.
    - ``around``: the paths of the aggregates whose ``where`` the cursor is in, outermost first.
    - ``call``: the function whose argument this is, and which one; ``target``: it is an aggregate's first.
    - ``compared``: the path on the other side of an equality; empty where there is none.
    - ``operand``: a value can begin here (not: an operator must follow first).
    """

    steps: Words
    prefix: str
    quoted: bool
    around: tuple[Words, ...]
    call: tuple[str, int]
    target: bool
    compared: Words
    operand: bool


def read(before: str) -> Cursor:
    """The place at the end of a text."""
    tokens = [Token(match.lastgroup or "", match[0], match.start()) for match in _TOKEN.finditer(before)]
    path, rest = _path(tokens, before)
    brackets = _brackets(rest)
    innermost = brackets[-1] if brackets else Bracket("", "")
    quoted = bool(tokens) and tokens[-1].is_open_text
    return Cursor(
        steps=() if quoted else tuple(path[:-1]),
        prefix=tokens[-1].text[1:] if quoted else path[-1],
        quoted=quoted,
        around=tuple(tuple(one.target) for one in brackets if one.inner),
        call=_call(brackets),
        target=innermost.name in AGGREGATE_NAMES and not innermost.inner and innermost.argument == 0,
        compared=_compared(rest),
        operand=_begins_operand(rest),
    )


def word_end(after: str) -> int:
    """How far the word at the cursor goes on."""
    match = re.match(r"\w*", after)
    return match.end() if match else 0


def _path(tokens: Sequence[Token], before: str) -> tuple[list[str], Sequence[Token]]:
    """The words of the path that the text ends with (the last may be empty), and the tokens before it."""
    index = len(tokens)
    last = tokens[-1] if tokens else None
    touches = last is not None and last.start + len(last.text) == len(before)
    if last is not None and last.is_open_text:
        return [""], tokens[:-1]
    if last is None or not touches or not (last.kind == "name" or last.text == "."):
        return [""], tokens
    words = [last.text if last.kind == "name" else ""]
    index -= 1 if last.kind == "name" else 0
    while index >= 2 and tokens[index - 1].text == "." and tokens[index - 2].kind == "name":
        words.insert(0, tokens[index - 2].text)
        index -= 2
    return words, tokens[:index]


def _brackets(tokens: Sequence[Token]) -> list[Bracket]:
    """The brackets that are open after some tokens."""
    opened: list[Bracket] = []
    for index, token in enumerate(tokens):
        top = opened[-1] if opened else None
        if token.text in ("(", "["):
            called = index > 0 and tokens[index - 1].kind == "name" and token.text == "("
            name = tokens[index - 1].text if called else ""
            opened.append(Bracket(token.text, "" if name in _BETWEEN_OPERANDS else name))
        elif top is None:
            continue
        elif token.text in (")", "]"):
            opened.pop()
        elif token.text == ",":
            top.argument += 1
        elif token.text in ("where", "by") and top.name in AGGREGATE_NAMES and top.target:
            top.inner = True
        elif token.kind == "name" and not top.inner and top.argument == 0:
            top.target.append(token.text)
    return opened


def _call(brackets: Sequence[Bracket]) -> tuple[str, int]:
    top = brackets[-1] if brackets else None
    return (top.name, top.argument) if top is not None and not top.inner else ("", 0)


def _compared(tokens: Sequence[Token]) -> Words:
    """The path before the ``==``, ``!=``, ``is`` or ``in`` that the next operand belongs to."""
    index = len(tokens)
    if index and tokens[-1].kind == "text":  # that operand is there already
        return ()
    while index and (tokens[index - 1].kind == "text" or tokens[index - 1].text in (",", "[")):
        index -= 1
    if index and tokens[index - 1].text == "not":
        index -= 1
    if not index or tokens[index - 1].text not in COMPARISONS:
        return ()
    index -= 1
    if index and tokens[index - 1].text == "not":
        index -= 1
    words: list[str] = []
    while index and (tokens[index - 1].kind == "name" or tokens[index - 1].text == "."):
        if tokens[index - 1].text in _BETWEEN_OPERANDS:
            break
        if tokens[index - 1].kind == "name":
            words.insert(0, tokens[index - 1].text)
        index -= 1
    return tuple(words)


def _begins_operand(tokens: Sequence[Token]) -> bool:
    if not tokens:
        return True
    last = tokens[-1]
    if last.kind == "name":
        return last.text in _BETWEEN_OPERANDS
    return last.kind == "sign" and last.text not in (")", "]", "%")
