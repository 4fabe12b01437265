"""Places in files: where a character of an expression stands in the YAML file that holds it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import overload

from .frozen import frozen

Position = tuple[int, int]  # (line, column), from 1


@frozen(order=True)
class Location:
    """A range in a file. Lines and columns count from 1, columns in characters; the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@frozen
class Span:
    """A range of characters in an expression's own text: ``text[start:end]``."""

    start: int
    end: int


@frozen
class Edit:
    """One change of a file: ``text``, as it is to stand there, takes the place of what is at ``location``.
    An empty range (its end is its start) inserts."""

    location: Location
    text: str


@frozen
class Straight(Sequence[Position]):
    """The positions of characters that stand one after another on one line, made as they are asked for: most
    expressions stand so, and nobody asks where they are correct."""

    line: int
    column: int
    size: int

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, at: int, /) -> Position: ...

    @overload
    def __getitem__(self, at: slice, /) -> tuple[Position, ...]: ...

    def __getitem__(self, at: int | slice) -> Position | tuple[Position, ...]:
        if isinstance(at, slice):
            return tuple((self.line, self.column + one) for one in range(*at.indices(self.size)))
        if not -self.size <= at < self.size:
            raise IndexError(at)
        return self.line, self.column + at % self.size


@frozen
class SourceText:
    """The decoded text of one YAML scalar and the place of each of its characters.

    ``positions[i]`` is the (line, column) of character ``i``; there is one entry more than there are
    characters, for the end. So quoting, escapes, folding and multi-byte characters keep exact carets.
    ``style`` is how the scalar is written: ``''`` plain, ``'`` or ``"`` quoted, ``|`` or ``>`` block.
    """

    text: str
    file: str
    positions: Sequence[Position]
    style: str = ""

    @classmethod
    def of(cls, text: str, file: str = "<expression>", line: int = 1, column: int = 1) -> SourceText:
        """Text that stands on one line as it is (tests, command-line arguments)."""
        return cls(text, file, Straight(line, column, len(text) + 1))

    def location(self, span: Span) -> Location:
        """Where a span of this text stands in the file. An empty span covers one character."""
        last = len(self.text)
        start = self.positions[min(span.start, last)]
        if span.end <= span.start:
            return Location(self.file, *start, start[0], start[1] + 1)
        line, column = self.positions[min(span.end, last) - 1]
        return Location(self.file, *start, line, column + 1)

    def edit(self, span: Span, text: str) -> Edit | None:
        """The change of the file that makes ``text[span]`` another text, escaped as the quotes want it; None
        where the span does not stand in the file as such (it was put together from other places)."""
        places = self.positions[span.start : span.end + 1]
        if any(first >= second for first, second in pairwise(places)):
            return None
        start, end = places[0], places[-1]
        if end[0] > start[0] and places[-2][0] < end[0]:
            end = (places[-2][0], places[-2][1] + 1)
        if self.style == '"':
            text = text.replace("\\", "\\\\").replace('"', '\\"')
        elif self.style == "'":
            text = text.replace("'", "''")
        return Edit(Location(self.file, *start, *end), text)
