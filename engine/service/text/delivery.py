"""`deliver` for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.text import Text

from .paper import command, counts


def render_delivery(found: Mapping[str, Any]) -> Group:
    """What was sent, and what to look at."""
    head = Text.assemble("delivery: ", counts({key: n for key, n in found.items() if isinstance(n, int)}))
    if not found.get("unknown"):
        return Group(head)
    return Group(head, Text.assemble("whether some were accepted is unknown: ", command("playcall status")))
