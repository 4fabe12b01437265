"""Places in files: where a character of an expression stands in the YAML file that holds it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A range in a file. Lines and columns count from 1, columns in characters; the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Span:
    """A range of characters in an expression's own text: ``text[start:end]``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SourceText:
    """The decoded text of one YAML scalar and the place of each of its characters.

    ``positions[i]`` is the (line, column) of character ``i``; there is one entry more than there are
    characters, for the end. So quoting, escapes, folding and multi-byte characters keep exact carets.
    """

    text: str
    file: str
    positions: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, text: str, file: str = "<expression>", line: int = 1, column: int = 1) -> SourceText:
        """Text that stands on one line as it is (tests, command-line arguments)."""
        return cls(text, file, tuple((line, column + i) for i in range(len(text) + 1)))

    def location(self, span: Span) -> Location:
        """Where a span of this text stands in the file. An empty span covers one character."""
        last = len(self.text)
        start = self.positions[min(span.start, last)]
        if span.end <= span.start:
            return Location(self.file, *start, start[0], start[1] + 1)
        line, column = self.positions[min(span.end, last) - 1]
        return Location(self.file, *start, line, column + 1)
