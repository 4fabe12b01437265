"""Positions of the Language Server Protocol ↔ lines and columns of playcall.

The protocol counts lines and characters from 0, characters in units of the encoding that client and server
have agreed on (UTF-16, if on nothing); playcall counts both from 1, columns in Unicode characters. Lines
end at LF, CR LF and CR for both.
"""

from __future__ import annotations

from lsprotocol import types

from ...dsl.frozen import frozen
from ...dsl.source import Location
from ..document import File


@frozen
class Places:
    """The positions of one file. ``encoding`` is ``utf-8``, ``utf-16`` or ``utf-32``."""

    file: File
    encoding: str

    def offset(self, position: types.Position) -> int:
        """The character of the text at a position; beyond the end of a line, its end."""
        line = self.file.line(position.line + 1)
        units = 0
        for index, char in enumerate(line):
            if units >= position.character:
                return self.file.begin(position.line + 1) + index
            units += self._units(char)
        return self.file.begin(position.line + 1) + len(line)

    def range(self, place: Location) -> types.Range:
        """The range of a location. One character where there is none (the end of a line) becomes an empty
        range."""
        return types.Range(
            self._position(place.line, place.column), self._position(place.end_line, place.end_column)
        )

    def span(self, start: int, end: int) -> types.Range:
        """The range ``text[start:end]``, which may be empty."""
        return types.Range(
            self._position(*self.file.position(start)), self._position(*self.file.position(end))
        )

    def _position(self, line: int, column: int) -> types.Position:
        before = self.file.line(line)[: column - 1]
        return types.Position(line - 1, sum(map(self._units, before)))

    def _units(self, char: str) -> int:
        if self.encoding == "utf-32":
            return 1
        if self.encoding == "utf-8":
            return len(char.encode("utf-8", "surrogatepass"))
        return 2 if ord(char) > 0xFFFF else 1
