"""An LALR(1) parser with a contextual lexer, run from a table: text → what a builder makes of it.

It does what lark does with the same grammar (a test compares the two), in a third of the time: a parse is one
loop over one regular expression and one list of states, and a token is made once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .table import Rule, Table

END = "$END"


@dataclass(slots=True)
class Token:
    """A word or sign of the text: ``text[start:end]``, which is a ``type`` of the grammar."""

    type: str
    text: str
    start: int
    end: int


class UnexpectedError(Exception):
    """The text cannot go on at ``start`` with ``found`` (empty: it ends there). ``expected``: which terminals
    could stand there."""

    def __init__(self, start: int, found: str, expected: frozenset[str]) -> None:
        super().__init__(start, found)
        self.start = start
        self.found = found
        self.expected = expected


class Parser:
    """``builder`` has a method for every name that rules of the table build by; each is given the values of
    the rule's parts, tokens among them."""

    def __init__(self, table: Table, builder: object) -> None:
        self._table = table
        self._rules = [(rule.origin, rule.size, _maker(rule, builder)) for rule in table.rules]
        blank = "|".join(pattern for name, pattern in table.terminals if name in table.ignored)
        blanks = f"(?>(?:{blank})*)"  # nothing is given back: else many blanks before a slip take for ever
        self._skip = re.compile(blanks).match
        self._scan = _pattern(table.terminals, blanks).match
        self._terminals = [frozenset(name for name in row if name.isupper()) for row in table.states]
        self._narrow: dict[frozenset[str], re.Pattern[str]] = {}

    def parse(self, text: str) -> Any:
        """The builder's value of the whole text. Raises ``UnexpectedError``, and what the builder raises."""
        states, rules, end, scan = self._table.states, self._rules, self._table.end, self._scan
        stack, values = [0], list[Any]()
        at = state = 0
        while state != end:
            found = scan(text, at)
            if found is not None and (type_ := found.lastgroup) is not None and type_ in states[state]:
                start, at = found.span(type_)
                token = Token(type_, text[start:at], start, at)
            else:
                token = self._narrowed(text, at, state, found)
                type_, at = token.type, token.end
            while (step := states[state].get(type_)) is not None and step < 0:
                origin, size, make = rules[-1 - step]
                if make is not None:
                    values[-size:] = [make(values[-size:])]
                del stack[-size:]
                state = states[stack[-1]][origin]
                stack.append(state)
            if step is not None:
                state = step
                stack.append(state)
                values.append(token)
            elif state != end:
                raise UnexpectedError(token.start, token.text, self._terminals[state])
        return values[-1]

    def _narrowed(self, text: str, at: int, state: int, found: re.Match[str] | None) -> Token:
        """The text's end, or what the text reads as if only those types are looked for that the state can
        take: a field may be called as a word of the language is where that word cannot stand."""
        blank = self._skip(text, at)
        at = blank.end() if blank is not None else at
        if at == len(text):
            return Token(END, "", at, at)
        allowed = self._terminals[state] - {END}
        if allowed not in self._narrow:
            wanted = ((name, pattern) for name, pattern in self._table.terminals if name in allowed)
            self._narrow[allowed] = _pattern(wanted)
        narrow = self._narrow[allowed].match(text, at)
        if narrow is None:
            raise UnexpectedError(at, found[found.lastgroup or 0] if found else text[at], allowed)
        return Token(narrow.lastgroup or "", narrow[0], at, narrow.end())


def _maker(rule: Rule, builder: object) -> Callable[[list[Any]], Any] | None:
    """What makes a rule's value of those of its parts; None where its one part stands for it."""
    if rule.build == "" and rule.size == 1:
        return None
    make: Callable[[list[Any]], Any] = _all if rule.build is None else _first
    if rule.build:
        make = getattr(builder, rule.build)
    if rule.kept == tuple(range(rule.size)) and not rule.spread:
        return make

    def made(parts: list[Any]) -> Any:
        values: list[Any] = []
        for index in rule.kept:
            if index not in rule.spread:
                values.append(parts[index])
            elif values:
                values += parts[index]
            else:
                values = parts[index]  # a list that grows at its end is not copied for every element
        return make(values)

    return made


def _first(parts: list[Any]) -> Any:
    return parts[0]


def _all(parts: list[Any]) -> Any:
    return parts


def _pattern(terminals: Iterable[tuple[str, str]], before: str = "") -> re.Pattern[str]:
    """Each terminal as a group of its name, behind what may stand before it."""
    return re.compile(
        before + "(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in terminals) + ")"
    )
