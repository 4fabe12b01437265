"""`facts check` for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from ...facts.check import WORDS
from .paper import Column, count, lines, mark, section, table, text


def render_check(found: Mapping[str, Any]) -> Group:
    """The state of every table, then what is wrong with its rows."""
    rows = [
        (_name(one), count(one["rows"]), mark(one["status"]), one.get("reason", ""))
        for one in found["sources"]
    ]
    return Group(
        table(rows, "table", Column("rows", right=True), "state", "why"), *_problems(found["sources"])
    )


def _name(source: Mapping[str, Any]) -> str:
    return f"{source['source']}.{source['table']}"


def _problems(sources: list[Mapping[str, Any]]) -> Iterable[RenderableType]:
    problems = [(source, problem) for source in sources for problem in source["problems"]]
    if not problems:
        yield Text("")
        yield Text("no problems in the rows", style="green")
        return
    rows = [
        (
            lines(text(f"{problem['entity']}.{problem['field']}".rstrip(".")), text(_name(source), "dim")),
            count(problem["count"]),
            lines(text(WORDS[problem["kind"]]), *map(_example, problem["examples"])),
        )
        for source, problem in problems
    ]
    yield section("problems", table(rows, "field", Column("count", right=True), "what"))


def _example(example: Mapping[str, Any]) -> Text:
    parts = [
        f"row {example['row']}" if example["row"] is not None else "",
        example["key"] or "",
        f'"{example["cell"]}"' if example["cell"] is not None else "",
    ]
    return text("  " + " ".join(part for part in parts if part), "dim")
