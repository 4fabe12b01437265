"""`touches` for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from .paper import Column, count, lines, mark, moment, place, table, text, zone


def render_touches(found: Mapping[str, Any]) -> Group:
    """What was and will be sent, a touch a row."""
    touches = found["touches"]
    if not touches:
        return Group(Text("no touches"))
    return Group(touch_table(touches), Text.assemble(count(len(touches)), " touch(es)", style="dim"))


def touch_table(touches: list[Mapping[str, Any]]) -> Table:
    """A row a touch: its id (for settle and cancel), state, what it is, and when."""
    rows = [_row(one) for one in touches]
    state, when = Column("state", whole=True), Column(f"when ({zone()})", whole=True)
    return table(rows, Column("touch", whole=True), state, "what", when)


def _row(one: Mapping[str, Any]) -> tuple[object, ...]:
    play = place(one).append_text(text(f" {one['record']}"))
    reason = text(one["reason"], "yellow") if one["reason"] else None
    what = lines(play, text(f"{one['type']} → {one['to']}", "dim"), reason)
    return one["id"], mark(one["state"]), what, moment(one["sent_at"] or one["send_at"])
