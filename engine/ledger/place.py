"""The place of a task on the worklist, as text that sorts the same in every database and collation."""

from __future__ import annotations

import struct
from datetime import date
from typing import Final

from ..catalog.builtin import PRIORITIES

_LAST_RANK: Final = 2**64 - 1
_LAST_DAY: Final = 9_999_999


def place_of(priority: str, rank: float | None, due: date | None) -> str:
    """28 digits: by priority, then the greatest rank, then the earliest due day; what is missing is last.
    One column to sort by lets an index give a page of the worklist without a sort."""
    urgency = PRIORITIES.index(priority) if priority in PRIORITIES else 9
    day = _LAST_DAY if due is None else due.toordinal()
    return f"{urgency}{_descending(rank):020d}{day:07d}"


def _descending(rank: float | None) -> int:
    """A whole number that falls where the rank rises: IEEE 754 doubles sort as integers once the sign bit is
    flipped, and all bits of negative ones."""
    if rank is None:
        return _LAST_RANK
    bits: int = struct.unpack(">Q", struct.pack(">d", -rank + 0.0))[0]
    return bits ^ (_LAST_RANK if bits >> 63 else 1 << 63)
