"""`suppress list` and `consent list` for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.text import Text

from .paper import Column, count, lines, mark, moment, table, text, zone


def render_suppressions(found: Mapping[str, Any]) -> Group:
    """Who is not written to, why, of what, and since when."""
    listed = found["suppressions"]
    if not listed:
        return Group(Text("nobody is suppressed"))
    rows = [
        (
            one["address"],
            mark(one["reason"]),
            "everything" if one["scope"] == "*" else one["scope"],
            moment(one["since"]),
            moment(one["until"]) if one["until"] else None,
            lines(text(one["actor"]), text(one["note"], "dim") if one["note"] else None),
        )
        for one in listed
    ]
    since, until = Column(f"since ({zone()})", whole=True), Column("until", whole=True)
    body = table(rows, Column("address", whole=True), "reason", "of", since, until, "by")
    return Group(body, Text.assemble(count(len(rows)), " suppression(s)", style="dim"))


def render_consents(found: Mapping[str, Any]) -> Group:
    """Who agreed to what, when, how one knows, and until when."""
    listed = found["consents"]
    if not listed:
        return Group(Text("no consent is on record"))
    rows = [
        (
            one["address"],
            "everything" if one["scope"] == "*" else one["scope"],
            mark(one["ground"]),
            moment(one["given_at"]),
            lines(text(one["evidence"]), text(one["wording"], "dim") if one["wording"] else None),
            moment(one["withdrawn_at"]) if one["withdrawn_at"] else None,
        )
        for one in listed
    ]
    given, ended = Column(f"given ({zone()})", whole=True), Column("withdrawn", whole=True)
    body = table(rows, Column("address", whole=True), "to", "ground", given, "evidence", ended)
    return Group(body, Text.assemble(count(len(rows)), " consent(s)", style="dim"))
