"""`replay` for a person: whether a past run comes out again as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.text import Text

from .paper import Column, counts, moment, section, table, text, zone

# Differences that are listed; `--format json` has all.
MOST_LISTED = 20


def render_replay(found: Mapping[str, Any]) -> Group:
    """One sentence where all is the same; else what differs, as recorded and as replayed."""
    when = (moment(found["as_of"]), f" {zone()}")
    head = Text.assemble(f"run {found['run']} of ", *when, f", {found['decisions']:,} decisions: ")
    told = Text.assemble("  ", counts(found["verdicts"]))
    if found["same"]:
        return Group(head.append("decided again, all the same", "green"), told)
    differences = found["differences"]
    head.append(f"{len(differences):,} come out otherwise", "bold red")
    rows = [(one["kind"], one["id"], one["recorded"], one["replayed"]) for one in differences[:MOST_LISTED]]
    body = table(rows, "what", Column("id", whole=True), "recorded", "replayed")
    more = len(differences) - MOST_LISTED
    rest = [text(f"  and {more:,} more; `--format json` lists all", "dim")] if more > 0 else []
    return Group(head, told, section("differences", body), *rest)
