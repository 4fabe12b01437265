"""`inbox` for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Group
from rich.text import Text

from .paper import Column, count, counts, lines, mark, section, table, text

_QUIET: Final = frozenset({"known", "other", "unchanged"})  # counted, and not listed


def render_inbox(found: Mapping[str, Any]) -> Group:
    """How many letters came to what, then each that changed something or cannot be used."""
    head = Text.assemble(count(found["letters"]), " letter(s): ", counts(found["results"]))
    told = [item for item in found["items"] if item["result"] not in _QUIET]
    if not told:
        return Group(head)
    rows = [(mark(one["result"]), one["letter"], _about(one), one["touch"]) for one in told]
    body = table(rows, "", "letter", "about", Column("touch", whole=True))
    return Group(head, section("what came of them", body))


def _about(item: Mapping[str, Any]) -> Text:
    return lines(text(item["address"]), text(item["detail"], "dim") if item["detail"] else None)
