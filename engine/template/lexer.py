"""Jinja's lexer with offsets for line numbers.

Jinja's tokens, nodes, syntax errors and compiled code know only the line that they come from. All of it is
one integer that Jinja hands through untouched, so here it is the place in the text: its offset, from 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import TemplateSyntaxError
from jinja2.lexer import Lexer


class OffsetLexer(Lexer):
    """Takes texts whose lines end with ``\\n``."""

    def tokeniter(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> Iterator[tuple[int, str, str]]:
        end = 0
        try:
            for _, kind, text in super().tokeniter(source, name, filename, state):
                start = source.index(text, end)  # between two tokens stand only blanks that a tag takes away
                end = start + len(text)
                yield start + 1, kind, text
        except TemplateSyntaxError as error:
            raise TemplateSyntaxError(error.message or "", end + 1, name, filename) from error
