"""The days on which a test runs: `2026-03-01`, `2026-03-01..2026-03-05`, or a list of both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from ..document import Node, Scalar
from ..ports import FIRST_DAY, LAST_DAY
from ..shape import Fields, Findings, as_list
from .values import read_date

MOST_DAYS = 1_000
_RANGE = ".."


def read_days(node: Node, what: str, findings: Findings) -> tuple[date, ...]:
    """The days, in order; none of them, days that go back, or too many are reported."""
    days: list[date] = []
    if not as_list(node):
        findings.add("E505", node.location, f"{what} has no days, so nothing is tried")
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


def read_run_day(node: Node, what: str, findings: Findings) -> date | None:
    """A day on which a run can stand; None, reported, for anything else."""
    day = read_date(node, what, findings)
    return day if day is not None and _can_stand(day, node, what, findings) else None


def check_day(day: date, days: Sequence[date], fields: Fields, findings: Findings) -> None:
    """Report a day under ``on`` on which the test does not run."""
    if days and day not in days:
        message = f"the test does not run on {day}, so it makes no difference"
        findings.add("E505", fields.location("on"), message, "add the day to `run_on`, or correct it")


def _can_stand(day: date, node: Node, what: str, findings: Findings) -> bool:
    if FIRST_DAY <= day <= LAST_DAY:
        return True
    findings.add("E107", node.location, f"{what}: {day} does not lie between {FIRST_DAY} and {LAST_DAY}")
    return False


def _days(node: Node, what: str, findings: Findings) -> list[date]:
    if not isinstance(node, Scalar) or _RANGE not in node.text:
        day = read_run_day(node, what, findings)
        return [] if day is None else [day]
    try:
        first, last = (date.fromisoformat(part.strip()) for part in node.text.split(_RANGE, 1))
    except ValueError:
        message = f"{what}: `{node.text}` is no range of days"
        findings.add("E107", node.location, message, "write it as 2026-03-01..2026-03-05")
        return []
    if last < first:
        findings.add("E107", node.location, f"{what}: {last} lies before {first}")
    if not all(_can_stand(day, node, what, findings) for day in (first, last)):
        return []
    return [first + timedelta(days=n) for n in range(min((last - first).days + 1, MOST_DAYS + 1))]
