"""What a person typed, as the use cases take it; or a sentence that says what is wrong with it."""

from __future__ import annotations

from datetime import date

from ...dsl.diagnostics import PlaycallError


def day(text: str) -> date:
    """A day as ISO writes it. Raises ``PlaycallError``."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PlaycallError(f"{text!r} is not a day: write it as 2026-03-01") from None


def words(text: str, most: int, missing: str = "") -> str:
    """A text without blanks around it, of at most so many characters. ``missing``: what is asked for where it
    is empty; without, it may be. Raises ``PlaycallError``."""
    found = text.strip()
    if missing and not found:
        raise PlaycallError(missing)
    if len(found) > most:
        raise PlaycallError(f"that is longer than {most:,} characters")
    return found
