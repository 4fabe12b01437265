"""`-k`: which tests to run, by words in their names joined by `and`, `or`, `not` and brackets."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ...dsl.diagnostics import PlaycallError

Chooses = Callable[[str], bool]
_TOKEN = re.compile(r"\s*(?P<sign>[()])|\s*(?P<quoted>\"[^\"]*\"|'[^']*')|\s*(?P<word>[^\s()]+)")
_OPERATORS = ("and", "or", "not", "(", ")")


def chooser(expression: str) -> Chooses:
    """Whether a test (``FILE::NAME``) is meant: a word is meant where it stands in that, in capitals or not;
    words that follow each other are one text. Raises ``PlaycallError`` for what cannot be read."""
    reader = _Reader(expression, [match.group(match.lastgroup or 0) for match in _TOKEN.finditer(expression)])
    found = reader.either()
    if reader.at < len(reader.tokens):
        raise reader.error(f"`{reader.tokens[reader.at]}` is one too many")
    return found


@dataclass(slots=True)
class _Reader:
    text: str
    tokens: list[str]
    at: int = 0

    def either(self) -> Chooses:
        parts = [self.both()]
        while self._takes("or"):
            parts.append(self.both())
        return lambda name: any(part(name) for part in parts)

    def both(self) -> Chooses:
        parts = [self.one()]
        while self._takes("and"):
            parts.append(self.one())
        return lambda name: all(part(name) for part in parts)

    def one(self) -> Chooses:
        if self._takes("not"):
            inner = self.one()
            return lambda name: not inner(name)
        if self._takes("("):
            inner = self.either()
            if not self._takes(")"):
                raise self.error("a bracket is not closed")
            return inner
        return self._words()

    def _words(self) -> Chooses:
        words: list[str] = []
        while self.at < len(self.tokens) and self.tokens[self.at] not in _OPERATORS:
            words.append(self.tokens[self.at].strip("\"'"))
            self.at += 1
        if not words:
            raise self.error("a word is missing")
        wanted = " ".join(words).casefold()
        return lambda name: wanted in name.casefold()

    def _takes(self, token: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == token:
            self.at += 1
            return True
        return False

    def error(self, why: str) -> PlaycallError:
        example = "write for example -k 'ask and not late'"
        return PlaycallError(f"-k {self.text!r} cannot be read: {why}; {example}")
