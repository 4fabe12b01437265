"""`users list` for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.text import Text

from .paper import Column, mark, table


def render_users(found: Mapping[str, Any]) -> Group:
    """A row an account."""
    listed = found["users"]
    if not listed:
        return Group(Text("nobody has an account; `playcall users add NAME --role admin` makes one"))
    rows = [
        (one["name"], one["role"], one["email"], ", ".join(one["signs_in_by"]), mark(one["state"]))
        for one in listed
    ]
    return Group(table(rows, Column("name", whole=True), "role", "address", "signs in by", "state"))
