"""`report` for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from .paper import Column, count, section, table, text

_REACHED = {True: Text("reached", style="green"), False: Text("not reached", style="red"), None: text(None)}


def render_report(found: Mapping[str, Any]) -> Group:
    """A row a group, the total last; what is aimed at, and what could not be counted."""
    title = f"{found['report']} on {found['as_of']}"
    parts: list[RenderableType] = [text(found["describe"])] if found["describe"] else []
    rows = [_row(group, found) for group in (*found["groups"], found["total"])]
    columns = [*found["by"], *(Column(name, right=True) for name in found["show"])]
    if not found["by"]:
        columns.insert(0, "")
    if found["goal"]:
        columns.append(found["goal"])
    parts.append(table(rows, *columns))
    if found["unknown"]:
        parts.append(
            text(f"{found['unknown']:,} more lack a value that the report's `where` needs", "yellow")
        )
    return Group(section(title, Group(*parts)))


def _row(group: Mapping[str, Any], found: Mapping[str, Any]) -> list[object]:
    by = [group["by"].get(name) for name in found["by"]]
    if group is found["total"]:
        by = [Text("all", style="bold"), *(Text("") for _ in found["by"][1:])]
    shown = [count(value) if isinstance(value, int) else text(value) for value in group["show"].values()]
    return [*by, *shown, *([_REACHED[group["reached"]]] if found["goal"] else [])]
