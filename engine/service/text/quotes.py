"""`quotes list` and `quotes show` for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Group
from rich.text import Text

from .paper import Column, count, lines, mark, moment, pairs, section, table, text, zone

_SHOWN: Final = ("state", "revision", "valid_until", "record", "account", "pricebook", "made_on", "sent_on")


def render_quotes(found: Mapping[str, Any]) -> Group:
    """A row a quote, the newest first."""
    quotes = found["quotes"]
    if not quotes:
        return Group(Text("no quotes"))
    rows = [
        (
            one["id"],
            mark(one["state"]),
            one["valid_until"],
            one["record"],
            f"{one['total']} {one['currency']}",
        )
        for one in quotes
    ]
    columns = (Column("quote", whole=True), "state", Column("valid until", whole=True), "record")
    return Group(
        table(rows, *columns, Column("total", right=True)),
        Text.assemble(count(len(quotes)), " quote(s)", style="dim"),
    )


def render_quote(found: Mapping[str, Any]) -> Group:
    """One quote: its lines with how each came about, its revisions, who accepted it."""
    facts = pairs((name.replace("_", " "), found[name]) for name in _SHOWN)
    currency = found["currency"]
    rows = [
        (
            lines(text(one["name"]), *(text(step, "dim") for step in one["how"])),
            one["quantity"],
            one["amount"],
        )
        for one in found["lines"]
    ]
    rows.append((text("total", "bold"), "", text(f"{found['total']} {currency}", "bold")))
    made = [
        (one["number"], one["total"], moment(one["made_at"]), one["actor"], one["reason"])
        for one in found["revisions"]
    ]
    parts = [
        section("lines", table(rows, "what", Column("quantity", right=True), Column("amount", right=True))),
        section("revisions", table(made, "number", "total", f"made ({zone()})", "by", "why")),
    ]
    if found["accepted"]:
        said = found["accepted"]
        parts.append(
            section("accepted", text(f"revision {said['revision']} by {said['name']}, {said['day']}"))
        )
    return Group(text(found["id"], "bold"), facts, *parts)
