"""The tables that `simulate --out` writes, as CSV that a spreadsheet reads as text and numbers alone."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Final

from .tally import Tally, Went

# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection); `＝` is read as `=`.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_TOUCHES: Final = ("day", "playbook", "play", "type", "entity", "record", "account", "to")


def files(tally: Tally) -> dict[str, bytes]:
    """``touches.csv``: who gets what when, in order of time."""
    rows = sorted(_cells(one) for one in tally.went)
    return {"touches.csv": csv_bytes(_TOUCHES, rows)}


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file (RFC 4180) in UTF-8 with a byte order mark, so that Excel reads Japanese as it is."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def safe_cell(cell: str) -> str:
    """The cell as text: one that a spreadsheet would run gets an apostrophe in front."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def _cells(one: Went) -> tuple[str, ...]:
    of_play = (one.day.isoformat(), one.playbook, one.play, one.type)
    return (*of_play, one.entity, one.record, one.account or "", one.to)
