"""`explain` for a person: a tree of the expressions, each with its value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any

from rich.console import Group
from rich.text import Text
from rich.tree import Tree

from .paper import mark, moment, plain, section, text, zone
from .touches import touch_table

Node = Mapping[str, Any]

_TRUTH = {"true": "green", "false": "red"}


def render_explanation(found: Mapping[str, Any], roles: Sequence[str] = ()) -> Group:
    """The verdict with its reason, then what led to it: the trigger, and each condition under its key
    in the playbook (``roles``)."""
    head = text(f"{found['playbook']}.{found['play']} for {found['record']}", "bold")
    verdict = Text.assemble("  ", mark(found["verdict"]))
    if found["reason"]:
        verdict.append_text(text(f": {found['reason']}"))
    by = f", as run {found['run']} decided" if found.get("run") else ""
    as_of = Text.assemble("  as of ", moment(found["as_of"]), f" {zone()}{by}")
    trees = [
        _tree("trigger", found["trigger"]),
        *map(_tree, roles or repeat("condition"), found["conditions"]),
    ]
    shown = [part for tree in trees for part in (Text(""), tree)]
    touches = found.get("touches")
    return Group(head, verdict, as_of, *shown, *([section("since", touch_table(touches))] if touches else []))


def _tree(title: str, node: Node) -> Tree:
    made = Tree(Text(title, style="bold"), guide_style="dim")
    _grow(made, node)
    return made


def _grow(tree: Tree, node: Node) -> None:
    branch = tree.add(label(node))
    for part in node["parts"]:
        _grow(branch, part)


def label(node: Node) -> Text:
    """``days_to_renewal == lead  true``; unknown ones name the field that is missing."""
    said = text(node["text"])
    if node["value"] is None and node["unknown_because"]:
        fields = ", ".join(node["unknown_because"])
        return said.append("  unknown", "bold yellow").append_text(text(f": no value for {fields}", "yellow"))
    if node["value"] is None and (node["parts"] or node["type"] != "text"):
        return said.append("  missing", "yellow")
    value = _written(node["value"])
    if node["value"] is None or value == node["text"]:  # a schedule, or a literal, which says it itself
        return said
    return said.append("  ").append_text(text(value, _TRUTH.get(value, "cyan")))


def _written(value: object) -> str:
    """A value as the language writes it: text in quotes."""
    return f'"{value}"' if isinstance(value, str) and not _is_literal(value) else plain(value)


def _is_literal(value: str) -> bool:
    """Dates, moments and money come as text and need no quotes."""
    return value[:1].isdigit() and (value[-3:].isupper() or value[4:5] == "-")
