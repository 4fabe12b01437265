"""Changing files that people wrote: edits put in place, and the file replaced in one step."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ..dsl.diagnostics import PlaycallError
from ..dsl.source import Edit, Location

BOM = b"\xef\xbb\xbf"


def edited(text: str, edits: Iterable[Edit]) -> str:
    """A text with edits put in place. They are all of this text, and none overlaps another."""
    starts = [0, *(found.end() for found in re.finditer("\r\n|\r|\n", text)), len(text)]

    def offset(line: int, column: int) -> int:
        return min(starts[min(line, len(starts)) - 1] + column - 1, len(text))

    for edit in sorted(edits, key=lambda one: one.location, reverse=True):
        place = edit.location
        start, end = offset(place.line, place.column), offset(place.end_line, place.end_column)
        text = text[:start] + edit.text + text[end:]
    return text


def overlap(one: Location, other: Location) -> bool:
    """Whether two ranges share a character, or begin at the same place (what comes first cannot be said)."""
    if one.file != other.file:
        return False
    first, second = sorted((one, other))
    starts_at = (second.line, second.column)
    return starts_at < (first.end_line, first.end_column) or starts_at == (first.line, first.column)


def encoded(text: str, before: bytes) -> bytes:
    """A file's new content: UTF-8, with a byte order mark where the file had one."""
    return (BOM if before.startswith(BOM) else b"") + text.encode()


def replace_file(path: Path, data: bytes) -> None:
    """Put a file's new content in place in one step: who reads it meanwhile, or after a crash, finds the old
    one or the new one whole. Keeps its permissions; a link stays one. Raises ``PlaycallError``."""
    target = path.resolve()
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except OSError as error:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)
        raise PlaycallError(f"{path} cannot be written: {error.strerror or error}") from error
