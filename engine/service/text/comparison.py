"""`plan --against` for a person: what a change would add, remove and change, play by play."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from .paper import Column, lines, mark, moment, safe, table, text, zone
from .plan import what

# Differences of one play and kind that are listed one by one; `--format json` has all.
MOST_LISTED = 5

SIGNS: Mapping[str, tuple[str, str]] = {
    "added": ("+", "green"),
    "removed": ("-", "red"),
    "changed": ("~", "yellow"),
}

Row = Mapping[str, Any]
Value = Mapping[str, Sequence[str]]  # amounts by kind, one a currency


def render_comparison(found: Row) -> Group:
    """The differences of two plans, play by play, with their totals."""
    against = found["against"]
    commit = str(against["commit"])[:10]
    when = (moment(found["as_of"]), f" {zone()}")
    head = Text.assemble("against ", safe(against["revision"]), f" ({commit}), a run as of ", *when, " would")
    if not found["plays"]:
        return Group(head.append(" decide the same: nothing changes"))
    parts = [part for play in found["plays"] for part in _play(play, found)]
    totals = (f"{sum(play[kind] for play in found['plays']):,} {kind}" for kind in SIGNS)
    return Group(head.append(" decide otherwise: " + ", ".join(totals)), *parts)


def _play(play: Row, found: Row) -> Iterable[RenderableType]:
    yield Text("")
    yield text(f"{play['playbook']}.{play['play']}", "bold")
    for kind in SIGNS:
        rows = [one for one in found[kind] if _is_of(one, play)]
        if rows:
            yield Padding(Group(*_kind(kind, rows, play["value"])), (0, 0, 0, 2), expand=False)
    missed = [one for one in found["skipped"] if _is_of(one, play)]
    if missed:
        yield Padding(Group(*_skipped(missed)), (0, 0, 0, 2), expand=False)


def _kind(kind: str, rows: Sequence[Row], value: Value | None) -> Iterable[RenderableType]:
    sign, style = SIGNS[kind]
    worth = f", worth {' + '.join(value[kind])}" if value and value[kind] else ""
    yield text(f"{sign} {len(rows):,} {kind}{worth}: {_verdicts(rows)}", style)
    listed = [(sign, one["record"], one["due"], _became(one), what(one)) for one in rows[:MOST_LISTED]]
    yield Padding(table(listed, "", "record", Column("due", whole=True), "verdict", "what"), (0, 0, 0, 2))
    yield from _more(rows)


def _skipped(rows: Sequence[Row]) -> Iterable[RenderableType]:
    yield text(f"! {len(rows):,} skipped: their day has passed as it is written now", "bold red")
    listed = [("!", one["record"], one["was_due"], one["now_due"]) for one in rows[:MOST_LISTED]]
    yield Padding(table(listed, "", "record", "was due", "now due"), (0, 0, 0, 2))
    yield from _more(rows)


def _more(rows: Sequence[Row]) -> Iterable[RenderableType]:
    if len(rows) > MOST_LISTED:
        yield text(f"  and {len(rows) - MOST_LISTED:,} more; `--format json` lists all", "dim")


def _is_of(one: Row, play: Row) -> bool:
    return bool(one["playbook"] == play["playbook"] and one["play"] == play["play"])


def _verdicts(rows: Iterable[Row]) -> str:
    """``3 fired, 1 held``."""
    ordered = sorted(str(one["verdict"]) for one in rows)
    return ", ".join(f"{len(list(group)):,} {verdict}" for verdict, group in groupby(ordered))


def _became(one: Row) -> Text:
    """The verdict; of a changed one, what it was before too."""
    now = mark(one["verdict"]).append_text(text(f" ({one['reason']})" if one["reason"] else ""))
    before = one.get("before")
    if before is None:
        return now
    reason = f" ({before['reason']})" if before["reason"] else ""
    if (before["verdict"], before["reason"]) == (one["verdict"], one["reason"]):
        return lines(now, text("does something else", "dim"))
    return lines(now, text(f"was {before['verdict']}{reason}", "dim"))
