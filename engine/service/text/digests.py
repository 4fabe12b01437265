"""`digest` for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Group
from rich.text import Text

from .paper import Column, count, mark, table

_SAID: Final[Mapping[str, str]] = {
    "told": "has had one today",
    "nothing": "nothing waits",
    "day_off": "a day off",
    "no_address": "has no address",
    "unwanted": "wants none",
}
_COUNTED: Final = ("overdue", "due", "new", "cleared")


def render_digests(found: Mapping[str, Any]) -> Group:
    """A row a person: what their digest counts, or why there is none."""
    rows = [
        (one["user"], mark(_SAID.get(one["state"], one["state"])), *(count(one[name]) for name in _COUNTED))
        for one in found["digests"]
    ]
    if not rows:
        return Group(Text("there are no users"))
    columns = [Column(name, right=True) for name in _COUNTED]
    says = [Text("a dry run; nothing was queued", style="yellow")] if found["dry_run"] else []
    return Group(table(rows, "user", "digest", *columns), *says)
