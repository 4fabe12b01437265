"""`erase` for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group

from .paper import pairs, text


def render_erasure(found: Mapping[str, Any]) -> Group:
    """What was replaced, and what is left to do."""
    rows = [
        ("now called", found["pseudonym"]),
        ("rows of the ledger", sum(found["rows"].values())),
        ("messages cancelled", found["cancelled"]),
        ("kept tables", found["files"]["tables"]),
        ("kept runs", found["files"]["runs"]),
    ]
    if not found["trouble"]:
        return Group(text("the person is forgotten, and will not be written to", "green"), pairs(rows))
    why = text(f"the database's files may still hold old bytes: {found['trouble']}; erase again", "yellow")
    return Group(pairs(rows), why)
