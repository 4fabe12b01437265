"""How wide text is on a terminal and in an editor."""

from __future__ import annotations

import unicodedata


def width(text: str) -> int:
    """Columns of a text: two for a wide character, none for a combining one (Unicode TR 11)."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
