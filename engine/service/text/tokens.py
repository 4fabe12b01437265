"""`tokens list` for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.text import Text

from .paper import Column, mark, table


def render_tokens(found: Mapping[str, Any]) -> Group:
    """A row a token."""
    listed = found["tokens"]
    if not listed:
        return Group(Text("there are no tokens; `playcall tokens create NAME --user U` makes one"))
    rows = [
        (one["name"], one["user"], one["role"], one["expires_at"], one["used_at"], mark(one["state"]))
        for one in listed
    ]
    return Group(table(rows, Column("name", whole=True), "user", "role", "expires", "last used", "state"))
