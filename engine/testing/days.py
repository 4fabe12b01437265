"""The days on which a test runs: `2026-03-01`, `2026-03-01..2026-03-05`, or a list of both."""

from __future__ import annotations

from datetime import date, timedelta

from ..document import Node, Scalar
from ..shape import Findings, as_list
from .values import read_date

MOST_DAYS = 1_000
_RANGE = ".."


def read_days(node: Node, what: str, findings: Findings) -> tuple[date, ...]:
    """The days, in order; days that go back, or too many of them, are reported."""
    days: list[date] = []
    for item in as_list(node):
        found = _days(item, what, findings)
        if days and found and found[0] <= days[-1]:
            message = f"{what} goes back: {found[0]} comes after {days[-1]}"
            findings.add("E107", item.location, message, "write the days in order, each once")
        days += found
    if len(days) > MOST_DAYS:
        message = f"{what} has {len(days):,} days; at most {MOST_DAYS:,} are run"
        findings.add("E107", node.location, message, "list the days on which something happens")
    return tuple(days)


def _days(node: Node, what: str, findings: Findings) -> list[date]:
    if not isinstance(node, Scalar) or _RANGE not in node.text:
        day = read_date(node, what, findings)
        return [] if day is None else [day]
    try:
        first, last = (date.fromisoformat(part.strip()) for part in node.text.split(_RANGE, 1))
    except ValueError:
        message = f"{what}: `{node.text}` is no range of days"
        findings.add("E107", node.location, message, "write it as 2026-03-01..2026-03-05")
        return []
    if last < first:
        findings.add("E107", node.location, f"{what}: {last} lies before {first}")
    return [first + timedelta(days=n) for n in range(min((last - first).days + 1, MOST_DAYS + 1))]
