"""`export` for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.text import Text

from .paper import Column, count, table, text


def render_exports(found: Mapping[str, Any]) -> Group:
    """A row a table; what could not be done is said by the command."""
    rows = [
        (export["export"], one["table"], count(one["rows"]), "all" if one["full"] else "changes")
        for export in found["exports"]
        for one in export["tables"]
    ]
    if not found["exports"]:
        return Group(Text("playcall.yaml exports no tables to a database"))
    failed = [text(f"{one['export']}: not exported", "red") for one in found["exports"] if one["trouble"]]
    shown = [table(rows, "export", "table", Column("rows", right=True), "what")] if rows else []
    return Group(*shown, *failed)
