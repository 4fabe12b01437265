"""When a table may not be acted upon: stale, empty, shrunk, broken, mistyped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from playcall.engine.facts.guards import EarlierLoad, TableReport, is_mistyped, judge
from playcall.engine.facts.model import Status

from .conftest import MakeFolder, state

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def loads(*loads: tuple[int, int, Status]) -> list[EarlierLoad]:
    """Earlier loads as (days ago, rows, status)."""
    return [
        EarlierLoad(MONDAY - days * DAY, {"crm.accounts": (rows, status)}) for days, rows, status in loads
    ]


def status(
    rows: int = 100,
    age: timedelta = timedelta(0),
    earlier: list[EarlierLoad] | None = None,
    clock: datetime = MONDAY,
    spine: bool = False,
    error: str = "",
) -> Status:
    report = TableReport("crm", "accounts", MONDAY, rows, MONDAY - age, spine=spine, error=error)
    return judge(report, timedelta(hours=36), clock, MONDAY, earlier or []).status


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (status(), "ok"),
        (status(error="gone"), "broken"),
        (status(age=35 * DAY / 24), "ok"),
        (status(age=37 * DAY / 24), "stale"),
        (status(age=2 * DAY, clock=MONDAY - DAY), "ok"),  # a run of yesterday: the data are a day old then
        (status(age=DAY, clock=MONDAY + 30 * DAY), "ok"),  # a look ahead does not age the data
        (status(rows=0), "ok"),
        (status(rows=0, spine=True), "empty"),
        (status(rows=0, earlier=loads((1, 5, "ok"))), "empty"),
        (status(rows=90, earlier=loads((1, 100, "ok"))), "ok"),
        (status(rows=89, earlier=loads((1, 100, "ok"))), "shrunk"),
        (status(rows=89, earlier=loads((2, 100, "ok"), (1, 89, "shrunk"))), "shrunk"),
        (status(rows=89, earlier=loads((3, 100, "ok"), (2, 0, "empty"), (1, 0, "broken"))), "shrunk"),
        (status(rows=100, earlier=loads((2, 100, "ok"), (1, 89, "shrunk"))), "ok"),
        (status(rows=89, earlier=loads((9, 100, "ok"), *((d, 89, "shrunk") for d in range(8, 0, -1)))), "ok"),
        (status(rows=85, earlier=loads((1, 100, "stale"))), "shrunk"),
    ],
)
def test_status(found: Status, wanted: Status) -> None:
    assert found == wanted


@pytest.mark.parametrize(
    ("bad", "cells", "mistyped"),
    [(1, 5, False), (3, 5, True), (10, 100, False), (11, 100, True), (50, 1000, False), (51, 1000, True)],
)
def test_mistyped(bad: int, cells: int, mistyped: bool) -> None:
    assert is_mistyped(bad, cells) is mistyped


CATALOG = """
entities:
  account:
    key: id
    from: crm.accounts
    fields: {id: text, since: {date: true, nullable: true}}
"""
HEADER = "id,since,changed\n"


def accounts(count: int, since: str = "2026-01-01") -> str:
    return HEADER + "".join(f"A{number},{since},2026-02-28 12:00\n" for number in range(count))


def test_the_life_of_a_table(folder: MakeFolder) -> None:
    made = folder(
        CATALOG,
        {"accounts.csv": accounts(100)},
        "{crm: {adapter: files, path: data, fresh: {within: 36h, by: changed}}}",
    )
    first = state(made.load(MONDAY - 2 * DAY), "crm.accounts")
    assert (first.status, first.data_time) == ("ok", datetime(2026, 2, 28, 3, tzinfo=UTC))
    made.write("accounts.csv", accounts(80))
    shrunk = state(made.load(MONDAY - DAY), "crm.accounts")
    assert (shrunk.status, shrunk.reason) == ("shrunk", "80 rows, where there were 100")
    made.write("accounts.csv", HEADER)
    assert state(made.load(MONDAY - DAY), "crm.accounts").reason == "no rows, where there were 100"
    made.write("accounts.csv", accounts(100, since="soon"))
    mistyped = state(made.load(MONDAY - DAY), "crm.accounts")
    assert (mistyped.status, mistyped.reason) == (
        "mistyped",
        "100 of 100 cells of account.since do not parse",
    )
    made.write("accounts.csv", accounts(100).replace("2026-02-28", "2026-02-20"))
    stale = state(made.load(MONDAY), "crm.accounts")
    assert (stale.status, stale.reason) == ("stale", "the data are of 2026-02-20T03:00:00Z, older than 36h")
