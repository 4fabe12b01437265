"""`facts show` and `facts list` for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.text import Text

from .paper import count, lines, moment, table, text, zone

# Columns of a list beside the key: what fits on a line. `facts show` and JSON have all.
MOST_COLUMNS = 5


def render_record(found: Mapping[str, Any]) -> Group:
    """Every field of one record with where its value comes from."""
    head = text(f"{found['entity']} {found['record']}", "bold")
    rows = [_field(name, one) for name, one in found["fields"].items()]
    return Group(head, table(rows, "field", "value", f"from (loaded, {zone()})"))


def _field(name: str, one: Mapping[str, Any]) -> tuple[object, ...]:
    missing = [field for field in one["unknown_because"] if field != name]
    because = text(f"no value for {', '.join(missing)}", "yellow") if missing else None
    rivals = [text(f"{rival['source']} says {rival['value']}", "yellow") for rival in one["rivals"]]
    source = text(one["source"] or "", "dim")
    if one["loaded_at"]:
        source.append_text(text(" ")).append_text(moment(one["loaded_at"]))
    return name, lines(text(one["value"]), because, *rivals), source


def render_records(found: Mapping[str, Any]) -> Group:
    """The records by key with their first fields."""
    records = found["records"]
    total = found.get("count", len(records))
    foot = text(f"{total:,} {found['entity']} record(s)", "dim")
    if found.get("unknown"):
        foot.append_text(text(f"; unknown for {found['unknown']:,}"))
    if total > len(records):
        foot.append_text(text(f"; the first {len(records):,} are shown"))
    if not records:
        return Group(foot)
    first = records[0]
    names = [name for name, value in first["fields"].items() if value != first["record"]][:MOST_COLUMNS]
    rows = [(one["record"], *(one["fields"].get(name) for name in names)) for one in records]
    return Group(table(rows, "record", *names), foot)


def render_conflicts(found: Mapping[str, Any]) -> Group:
    """Where sources disagree: the value that counts, and those that lost."""
    conflicts = found["conflicts"]
    if not conflicts:
        return Group(Text("no conflicts: where several sources hold a value, they agree"))
    rows = [
        (
            f"{one['entity']} {one['record']}",
            one["field"],
            lines(text(one["value"]), text(one["source"], "dim")),
            lines(*(text(f"{rival['value']} ({rival['source']})") for rival in one["rivals"])),
        )
        for one in conflicts
    ]
    total = found.get("count", len(conflicts))
    more = f", the first {len(conflicts):,} are shown" if total > len(conflicts) else ""
    foot = Text.assemble(count(total), " conflict(s)", more, style="dim")
    return Group(table(rows, "record", "field", "counts", "lost"), foot)
