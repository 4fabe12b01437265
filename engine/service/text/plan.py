"""`plan` for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from .paper import Column, count, counts, lines, mark, moment, table, text, zone
from .remedies import held_section

# Occurrences of one play and verdict that are listed one by one; `--format json` has all.
MOST_LISTED = 20


def render_plan(plan: Mapping[str, Any]) -> Group:
    """What a run would do, play by play."""
    occurrences = plan["occurrences"]
    when = (moment(plan["as_of"]), f" {zone()}")
    head = Text.assemble("a run as of ", *when, " would decide ", count(len(occurrences)))
    totals = Text.assemble("  ", counts(plan["verdicts"]))
    ordered = sorted(occurrences, key=_group)
    groups = [part for group in groupby(ordered, _group) for part in _section(*group)]
    return Group(head, *([totals] if occurrences else []), *held_section(plan.get("held", [])), *groups)


def _group(one: Mapping[str, Any]) -> tuple[str, str, bool, str, str]:
    return one["playbook"], one["play"], one["verdict"] != "fired", one["verdict"], one["reason"]


def _section(
    key: tuple[str, str, bool, str, str], group: Iterable[Mapping[str, Any]]
) -> Iterable[RenderableType]:
    playbook, play, _, verdict, reason = key
    found = list(group)
    because = f" ({reason})" if reason else ""
    title = text(f"{playbook}.{play}: {len(found):,} ").append_text(mark(verdict)).append_text(text(because))
    rows = [(one["record"], one["due"], _late(one), what(one)) for one in found[:MOST_LISTED]]
    title.stylize("bold")
    body = table(rows, "record", Column("due", whole=True), "late", "what")
    yield Group(Text(""), title, Padding(body, (0, 0, 0, 2), expand=False))
    if len(found) > MOST_LISTED:
        yield text(f"  and {len(found) - MOST_LISTED:,} more; `--format json` lists all", "dim")


def _late(one: Mapping[str, Any]) -> str:
    return f"{one['late_days']}d" if one["late_days"] else ""


def what(one: Mapping[str, Any]) -> Text:
    """What an occurrence does for whom; of one that does nothing, the detail."""
    if not one["actions"]:
        return text(one.get("detail") or "", "dim")
    return lines(*(line for action in one["actions"] for line in _action(action)))


def _action(action: Mapping[str, Any]) -> Iterator[Text]:
    template = f" {action['template']}" if action["template"] else ""
    yield text(f"{action['type']}{template} → {action['to']}")
    for quote in action.get("quotes", ()):
        made = "new" if quote["made"] else "as it stands"
        yield text(f"  {quote['record']}: {quote['total']} (revision {quote['revision']}, {made})")
        for line in quote["lines"]:
            yield text(f"    {line['name']}: {line['amount']} = {'; '.join(line['how'])}", "dim")
