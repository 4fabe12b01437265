"""`doctor` for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.text import Text

from .paper import lines, table, text


def render_doctor(found: Mapping[str, Any]) -> Group:
    """A line a check, with what to do where one fails."""
    rows = [_row(one) for one in found["checks"]]
    checks = table(rows, "", "check", "found")
    checks.show_header = False
    failed = sum(not one["ok"] for one in found["checks"])
    end = text(f"{failed} check(s) failed", "red") if failed else Text("all is well", style="green")
    return Group(checks, Text(""), end)


def _row(check: Mapping[str, Any]) -> tuple[object, ...]:
    sign = Text("ok", style="green") if check["ok"] else Text("FAIL", style="bold red")
    advice = text(f"→ {check['next']}", "cyan") if check["next"] else None
    return sign, check["name"], lines(text(check["detail"]), advice)
