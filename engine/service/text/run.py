"""`run` and `approve` for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from .paper import Column, count, counts, mark, moment, pairs, place, section, table, text, zone
from .remedies import held_section


def render_run(run: Mapping[str, Any]) -> Group:
    """What came due, what was decided and sent, and what needs somebody."""
    head = Text.assemble("run ", text(run["run"], "bold"), " as of ", moment(run["as_of"]), f" {zone()}")
    decided = pairs(
        [
            ("evaluated", count(run["evaluated"])),
            ("decided", counts(run["verdicts"])),
            *([("decided before", count(run["duplicates"]))] if run["duplicates"] else []),
            ("made", counts(run["touches"])),
            ("delivery", counts(run["delivery"])),
        ],
    )
    return Group(
        head,
        decided,
        *held_section(run["held"]),
        *unknown_section(run["unknown"]),
        *sources_section(run["sources"]),
    )


def unknown_section(unknown: list[Mapping[str, Any]]) -> Iterable[RenderableType]:
    """Records for which a trigger or `where` could not be told, by the field that is missing."""
    if unknown:
        rows = [(place(one), one["field"], count(one["count"])) for one in unknown]
        body = table(rows, "play", "missing field", Column("records", right=True))
        yield section("unknown: not judged, because a field is missing", body)


def sources_section(sources: list[Mapping[str, Any]]) -> Iterable[RenderableType]:
    """The tables that were read; those with problems say how many."""
    rows = [
        (f"{one['source']}.{one['table']}", count(one["rows"]), mark(one.get("status", "ok")), _trouble(one))
        for one in sources
    ]
    if rows:
        yield section("sources", table(rows, "table", Column("rows", right=True), "state", "what"))
    if any(one["problems"] for one in sources):
        yield Text("  `playcall facts check` shows the rows", style="dim")


def _trouble(source: Mapping[str, Any]) -> Text:
    problems = sum(int(one["count"]) for one in source["problems"])
    rows = f"{problems:,} cell(s) or row(s) with problems" if problems else ""
    return text("; ".join(part for part in (source.get("reason", ""), rows) if part))
