"""`tasks` and `tasks show` for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from .paper import Column, count, lines, mark, moment, pairs, place, section, table, text, zone


def render_tasks(found: Mapping[str, Any]) -> Group:
    """The worklist, most urgent first."""
    tasks = found["tasks"]
    if not tasks:
        return Group(Text("no open tasks"))
    return Group(task_table(tasks), Text.assemble(count(len(tasks)), " task(s)", style="dim"))


def task_table(tasks: list[Mapping[str, Any]]) -> Table:
    """A row a task."""
    rows = [_row(one) for one in tasks]
    return table(rows, Column("task", whole=True), "priority", Column("due", whole=True), "what", "who")


def _row(one: Mapping[str, Any]) -> tuple[object, ...]:
    state = f", {one['state']}" if one["state"] != "open" else ""
    what = lines(text(one["title"]), place(one).append(f" {one['record']}{state}"))
    what.stylize("dim", len(one["title"]))
    return one["id"], mark(one["priority"]), one["due"], what, one["assignee"]


def render_task(task: Mapping[str, Any]) -> Group:
    """One task with its checklist and what happened to it."""
    rest = [name for name in task if name not in ("title", "checklist", "history", "outcomes", "mails")]
    facts = pairs((name.replace("_", " "), _value(name, task[name])) for name in rest)
    return Group(text(task["title"], "bold"), facts, *_checklist(task), *_history(task))


def _value(name: str, value: object) -> Text:
    return mark(value) if name in ("priority", "state") else text(value)


def _checklist(task: Mapping[str, Any]) -> Iterable[RenderableType]:
    if task.get("checklist"):
        steps = [text(f"[{'x' if one['done'] else ' '}] {one['text']}") for one in task["checklist"]]
        yield section("checklist", Group(*steps))


def _history(task: Mapping[str, Any]) -> Iterable[RenderableType]:
    if task.get("history"):
        rows = [
            (moment(one["at"]), one["actor"], one["kind"], one.get("note", "")) for one in task["history"]
        ]
        yield section("history", table(rows, Column(f"when ({zone()})", whole=True), "who", "what", "note"))
