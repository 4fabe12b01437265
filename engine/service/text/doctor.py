"""`doctor` for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from rich.console import Group
from rich.text import Text

from .paper import lines, table, text

_SIGNS: Final = {"ok": ("ok", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "bold red")}


def render_doctor(found: Mapping[str, Any]) -> Group:
    """A line a check, with what to do where one is not well."""
    rows = [_row(one) for one in found["checks"]]
    checks = table(rows, "", "check", "found")
    checks.show_header = False
    levels = Counter(one["level"] for one in found["checks"])
    said = [text(f"{levels['fail']} check(s) failed", "red")] if levels["fail"] else []
    said += [text(f"{levels['warn']} to look at", "yellow")] if levels["warn"] else []
    return Group(checks, Text(""), Text(", ").join(said) if said else Text("all is well", style="green"))


def _row(check: Mapping[str, Any]) -> tuple[object, ...]:
    said, style = _SIGNS[check["level"]]
    advice = text(f"→ {check['next']}", "cyan") if check["next"] else None
    return Text(said, style=style), check["name"], lines(text(check["detail"]), advice)
