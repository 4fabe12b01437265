"""`simulate` for a person: the load, who gets how much, what meets a cap or collides, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from .paper import Column, count, counts, lines, mark, place, section, table, text

Report = Mapping[str, Any]
_DAYS_SHOWN = 31  # a longer period is shown by weeks
_RIGHT = [Column(head, right=True) for head in ("messages", "tasks")]


def render_simulation(report: Report) -> Group:
    """Section by section; those about which there is nothing to say are left out."""
    parts: list[RenderableType] = [_head(report), section("Load", _load(report["days"]))]
    parts.append(section("Verdicts", _verdicts(report["verdicts"])))
    parts.append(section("Messages", _messages(report)))
    if report["assignees"]:
        parts.append(section("Tasks", _tasks(report["assignees"])))
    if report["caps"]:
        parts.append(section("Met a cap", _caps(report["caps"])))
    if report["collisions"]["count"]:
        parts.append(section("Two plays on one day, for one contact", _collisions(report["collisions"])))
    if any(report["answers"].values()):
        parts.append(section("Answers to surveys", counts(report["answers"])))
    if report["held"]:
        parts.append(section("Held when the period ends", _held(report["held"])))
    return Group(*parts)


def _head(report: Report) -> Text:
    days = len(report["days"])
    return Text.assemble(
        text(f"{report['from']} to {report['to']}", "bold"),
        f", {days:,} day{'' if days == 1 else 's'} simulated on a copy; nothing was sent or recorded",
    )


def _load(days: Sequence[Report]) -> RenderableType:
    if len(days) <= _DAYS_SHOWN:
        rows = [(one["day"], count(one["messages"]), count(one["tasks"])) for one in days]
        return table(rows, Column("day", whole=True), *_RIGHT)
    weeks: dict[date, Counter[str]] = {}
    busiest: dict[date, tuple[int, str]] = {}
    for one in days:
        day = date.fromisoformat(one["day"])
        monday = day - timedelta(days=day.weekday())
        weeks.setdefault(monday, Counter()).update(messages=one["messages"], tasks=one["tasks"])
        busiest[monday] = max(busiest.get(monday, (-1, "")), (one["messages"], one["day"]))
    found = [
        (monday.isoformat(), count(load["messages"]), count(load["tasks"]), busiest[monday][1])
        for monday, load in weeks.items()
    ]
    return table(found, Column("week of", whole=True), *_RIGHT, Column("most messages on", whole=True))


def _verdicts(plays: Sequence[Report]) -> RenderableType:
    return table(((place(one), counts(one["verdicts"])) for one in plays), "play", "verdicts")


def _messages(report: Report) -> RenderableType:
    rows = [
        (
            name,
            count(found["count"]),
            count(found["messages"]),
            f"{found['mean']:.2f}",
            count(found["most"]),
            count(found["week"]),
        )
        for name, found in (("contacts", report["contacts"]), ("accounts", report["accounts"]))
    ]
    heads = ("reached", "messages", "on average", "at most", "at most in 7 days")
    return table(rows, "", *(Column(head, right=True) for head in heads))


def _tasks(assignees: Sequence[Report]) -> RenderableType:
    numbers = ("opened", "closed", "most_open", "busiest_week")
    rows = [(one["assignee"], *(count(one[number]) for number in numbers)) for one in assignees]
    heads = ("opened", "closed", "open at most", "opened in a week at most")
    return table(rows, "assignee", *(Column(head, right=True) for head in heads))


def _caps(caps: Sequence[Report]) -> RenderableType:
    numbers = ("occurrences", "fired", "expired", "waiting")
    rows = [(place(one), mark(one["cap"]), *(count(one[number]) for number in numbers)) for one in caps]
    return table(rows, "play", "cap", *(Column(head, right=True) for head in numbers))


def _collisions(found: Report) -> RenderableType:
    rows = [(lines(*map(text, one["plays"])), count(one["count"])) for one in found["pairs"]]
    return table(rows, "plays", Column("times", right=True))


def _held(held: Sequence[Report]) -> RenderableType:
    return table(
        ((place(one), mark(one["reason"]), count(one["count"])) for one in held), "play", "why", "count"
    )
