"""What a YAML file is made of, to playcall: its text, and nodes that know their place in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

from ..dsl.frozen import frozen
from ..dsl.source import Location, SourceText
from .scalars import BREAKS, decode


class File:
    """One text file and where its lines begin. Lines end as editors see them: LF, CR LF or CR."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._starts = [0, *(found.end() for found in re.finditer("\r\n|\r|\n", text))]
        self._size = len(text)
        self._skipped = int(text.startswith("\ufeff"))

    def offset(self, mark: Any) -> int:
        """The offset of a mark of the YAML scanner, which does not count a byte order mark."""
        at: int = mark.index + self._skipped
        return min(self._size, at)

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) of a character, from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def location(self, start: int, end: int) -> Location:
        """The range ``text[start:end]``; an empty one covers one character."""
        line, column = self.position(start)
        if end <= start:
            return Location(self.name, line, column, line, column + 1)
        if line == len(self._starts) or end <= self._starts[line]:
            return Location(self.name, line, column, line, column + end - start)
        last = self.position(end - 1)
        return Location(self.name, line, column, last[0], last[1] + 1)

    def begin(self, number: int) -> int:
        """The offset at which a line begins; the text's end beyond the file."""
        return self._starts[number - 1] if 1 <= number <= len(self._starts) else len(self.text)

    def line(self, number: int) -> str:
        """The text of a line, without its end; empty beyond the file."""
        if not 1 <= number <= len(self._starts):
            return ""
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[self._starts[number - 1] : end].rstrip("\r\n")


@frozen(eq=False)
class Scalar:
    """A text. ``style`` is how it is written: ``''`` plain, ``'`` or ``"`` quoted, ``|`` or ``>`` block.
    ``broken``: YAML has cut it short, which is already reported."""

    text: str
    style: str
    file: File
    start: int
    end: int
    indent: int = 0
    broken: bool = False

    @property
    def plain(self) -> bool:
        return self.style == ""

    @property
    def location(self) -> Location:
        end = self.end
        while end > self.start and self.file.text[end - 1] in " " + BREAKS:
            end -= 1
        return self.file.location(self.start, end)

    @property
    def source(self) -> SourceText:
        """The text with the place of each of its characters."""
        file, text = self.file, self.text
        if self.plain and self.end - self.start == len(text) and file.text.startswith(text, self.start):
            line, column = file.position(self.start)
            return SourceText.of(text, file.name, line, column)
        decoded = decode(file.text, self.start, self.end, self.style, self.indent)
        offsets = [at for _, at in decoded]
        quoted = self.style in ("'", '"')
        last = self.end - 1 if quoted else offsets[-1] + 1 if offsets else self.start
        return SourceText(text, file.name, tuple(file.position(at) for at in (*offsets, last)), self.style)


@frozen(eq=False)
class Items:
    """A list."""

    items: tuple[Node, ...]
    location: Location


@frozen(eq=False)
class Entries:
    """A mapping: keys are always text; each key's own place is in ``keys``."""

    values: dict[str, Node]
    keys: dict[str, Scalar]
    location: Location

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return ((self.keys[name], node) for name, node in self.values.items())


Node = Scalar | Items | Entries
