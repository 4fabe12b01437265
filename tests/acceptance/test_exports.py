"""`export`: the ledger's tables in a database of the user's own, and what changes in them."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from clikit import PROJECT, Company

PLAYS = """
ask:
  when: days_to_renewal == 140
  grace: 7d
  do: [{email: ask, to: decision_maker}]
call:
  when: days_to_renewal == 140
  grace: 7d
  do: [{task: "Call {{ account.name }}", assign: csm, due: 2bd}]
"""
EXPORTS = """\
exports:
  warehouse:
    adapter: sql
    url: "${WAREHOUSE_URL}"
    tables: [touches, tasks, answers, quotes, occurrences, runs]
"""


@pytest.fixture
def exporting(company: Company, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("WAREHOUSE_URL", "sqlite:///out/warehouse.db")
    (company.root / "out").mkdir()
    company.write({"playcall.yaml": PROJECT + EXPORTS})
    company.playbook(PLAYS)
    return company


def rows(company: Company, statement: str) -> list[tuple[Any, ...]]:
    """What a reader of the database sees."""
    connection = sqlite3.connect(company.root / "out" / "warehouse.db")
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def told(report: Any) -> dict[str, tuple[int, bool]]:
    """Rows that travelled by table, and whether they were all."""
    return {one["table"]: (one["rows"], one["full"]) for one in report["exports"][0]["tables"]}


def test_what_is_there_travels_once_and_what_changes_again(exporting: Company) -> None:
    exporting.run("2024-03-02", "--no-deliver")
    first = told(exporting.json("export"))
    assert first == {
        "touches": (2, True),
        "tasks": (1, True),
        "answers": (0, True),
        "quotes": (0, True),
        "occurrences": (2, True),
        "runs": (1, True),
    }
    ids = {row[0] for row in rows(exporting, "select id from touches")}
    assert ids == {one["id"] for one in exporting.touches()}
    again = told(exporting.json("export"))
    assert all(not full for _, full in again.values())
    assert again["touches"] == (0, False) == again["tasks"]
    task = exporting.tasks()[0]["id"]
    exporting.call("tasks", "done", task, "--note", "They stay")
    changed = told(exporting.json("export", "warehouse"))
    assert changed["tasks"] == (1, False)
    assert rows(exporting, "select id, state, note from tasks") == [(task, "done", "They stay")]
