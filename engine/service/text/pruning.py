"""`prune` for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group

from .paper import pairs, text


def render_pruned(found: Mapping[str, Any]) -> Group:
    """What was, or would be, removed, and from which day on everything is kept."""
    removed, kept = found["removed"], found["kept_from"]
    rows = [
        ("loads", f"{removed['loads']:,}"),
        ("runs", f"{removed['runs']:,} that can be explained and replayed no more"),
        ("files", f"{removed['files']:,} ({removed['bytes']:,} bytes)"),
        ("messages", f"{removed['messages']:,} ({removed['message_bytes']:,} bytes)"),
        ("snapshots kept from", kept["snapshots"] or "the first"),
        ("messages kept from", kept["messages"] or "the first"),
    ]
    says = "would be removed; nothing was changed" if found["dry_run"] else "removed"
    return Group(text(says, "yellow" if found["dry_run"] else "green"), pairs(rows))
