"""`export`: the ledger's tables in a database of the user's own, and what changes in them."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from clikit import PROJECT, Company
from officekit import Office
from playcall.engine.service.exporting import export
from playcall.engine.service.workspace import Workspace

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


def test_everything_travels_again_when_it_is_asked_for(exporting: Company) -> None:
    exporting.run("2024-03-02", "--no-deliver")
    exporting.json("export")
    before = rows(exporting, "select * from touches order by id")
    again = exporting.json("export", "--full", "--table", "touches")
    assert told(again) == {"touches": (2, True)}
    assert rows(exporting, "select * from touches order by id") == before


def test_what_a_delivery_and_the_next_day_change_travels(exporting: Company) -> None:
    """A snoozed task wakes with its day alone; a run may move an occurrence that is open."""
    exporting.run("2024-03-02", "--no-deliver")
    exporting.json("export")
    exporting.json("deliver")
    assert told(exporting.json("export"))["touches"] == (1, False)
    assert rows(exporting, "select state from touches where type = 'email'") == [("sent",)]


def test_a_play_that_is_renamed_is_renamed_there(exporting: Company) -> None:
    exporting.run("2024-03-02", "--no-deliver")
    exporting.json("export")
    exporting.playbook(PLAYS.replace("call:", "ring:\n  was: call"))
    exporting.run("2024-03-03", "--no-deliver")
    assert told(exporting.json("export"))["touches"] == (2, True)
    assert rows(exporting, "select distinct play from tasks") == [("ring",)]


def test_an_erased_person_is_erased_there(exporting: Company) -> None:
    exporting.run("2024-03-02")
    exporting.json("export")
    assert rows(exporting, "select recipient from touches where type = 'email'") == [("ceo@acme.test",)]
    exporting.json("erase", "ceo@acme.test")
    exporting.json("export")
    [(recipient,)] = rows(exporting, "select recipient from touches where type = 'email'")
    assert recipient.endswith("@erased.invalid")


def test_sensitive_fields_are_masked(exporting: Company) -> None:
    catalog = (exporting.root / "catalog/all.yaml").read_text("utf-8")
    hidden = catalog.replace("      email: email\n", "      email: {email: true, sensitive: true}\n")
    hidden = hidden.replace("      name: text\n", "      name: {text: true, sensitive: true}\n", 1)
    exporting.run("2024-03-02", "--no-deliver")
    exporting.json("export")
    exporting.write({"catalog/all.yaml": hidden})
    assert told(exporting.json("export"))["tasks"] == (1, True)
    assert rows(exporting, "select recipient, record from touches order by type") == [
        ("***", "C1"),
        ("kato", "C1"),
    ]
    assert rows(exporting, "select title, assignee from tasks") == [("***", "kato")]


REFUSED = {
    "an export that is none": (("export", "warehous"), "no export `warehous`; did you mean warehouse?"),
    "a table that is none": (("export", "--table", "touchs"), "did you mean touches?"),
}


@pytest.mark.parametrize(("arguments", "said"), REFUSED.values(), ids=REFUSED)
def test_names_that_are_none(exporting: Company, arguments: tuple[str, ...], said: str) -> None:
    answer = exporting.call(*arguments)
    assert answer.code == 3
    assert said in answer.err


def test_a_variable_that_is_not_set_is_named(exporting: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAREHOUSE_URL")
    answer = exporting.call("export")
    assert answer.code == 3
    assert "WAREHOUSE_URL is not set; export `warehouse` (playcall.yaml:" in answer.err


def test_a_table_of_somebody_else_is_left_alone(exporting: Company) -> None:
    with sqlite3.connect(exporting.root / "out" / "warehouse.db") as connection:
        connection.execute("create table touches (id text)")
    exporting.run("2024-03-02", "--no-deliver")
    answer = exporting.call("export")
    assert answer.code == 3
    assert "has a table `touches` that playcall did not make" in answer.err
    assert rows(exporting, "select name from sqlite_master where type = 'table'") == [("touches",)]


def test_half_an_export_is_none(exporting: Company) -> None:
    """The tables that were written before the one that fails are as they were, and so are their marks."""
    exporting.run("2024-03-02", "--no-deliver")
    exporting.json("export")
    before = rows(exporting, "select * from playcall_exports")
    with sqlite3.connect(exporting.root / "out" / "warehouse.db") as connection:
        connection.execute("create trigger no before update on tasks begin select raise(abort, 'full'); end")
    exporting.call("tasks", "reassign", exporting.tasks()[0]["id"], "mori")
    exporting.call("cancel", next(one["id"] for one in exporting.touches() if one["type"] == "email"))
    answer = exporting.call("export")
    assert answer.code == 3
    assert "full. Nothing there has changed" in answer.err
    assert rows(exporting, "select state from touches where type = 'email'") == [("queued",)]
    assert rows(exporting, "select * from playcall_exports") == before
    with sqlite3.connect(exporting.root / "out" / "warehouse.db") as connection:
        connection.execute("drop trigger no")
    exporting.json("export")
    assert rows(exporting, "select state from touches where type = 'email'") == [("cancelled",)]
    assert rows(exporting, "select assignee from tasks") == [("mori",)]


def test_two_at_once_write_nothing_twice(exporting: Company) -> None:
    exporting.run("2024-03-02", "--no-deliver")
    workspace = Workspace.open(exporting.root, None, os.environ)
    with ThreadPoolExecutor(4) as pool:
        reports = [report for [report] in pool.map(lambda _: export(workspace), range(4))]
    assert [one.trouble for one in reports] == [""] * 4
    assert sorted(one.tables[0].full for one in reports) == [False, False, False, True]
    assert rows(exporting, "select count(*) from touches") == [(2,)]


def test_another_project_is_refused(exporting: Company) -> None:
    exporting.run("2024-03-02", "--no-deliver")
    exporting.json("export")
    text = (exporting.root / "playcall.yaml").read_text("utf-8")
    exporting.write({"playcall.yaml": text.replace("project: acme-cs", "project: other")})
    answer = exporting.call("export")
    assert answer.code == 3
    assert "holds rows of the project `acme-cs`" in answer.err


def test_postgresql_to_postgresql(
    exporting: Company, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A schema of its own in the ledger's own database; days and moments in types of their own."""
    monkeypatch.setenv("WAREHOUSE_URL", postgres_url)
    text = (exporting.root / "playcall.yaml").read_text("utf-8")
    schema = text.replace("    adapter: sql\n", "    adapter: sql\n    schema: playcall\n")
    exporting.write({"playcall.yaml": schema + f'ledger: "{postgres_url}"\n'})
    exporting.run("2024-03-02", "--no-deliver")
    assert told(exporting.json("export"))["touches"] == (2, True)
    exporting.call("tasks", "snooze", exporting.tasks()[0]["id"], "2999-01-01")
    assert told(exporting.json("export"))["tasks"] == (1, False)
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        found = connection.execute("select state, due, rank from playcall.tasks").fetchall()
        assert found == [("snoozed", date(2024, 3, 5), None)]
        [(sent_at,)] = connection.execute(
            "select send_at from playcall.touches where type = 'email'"
        ).fetchall()
        assert sent_at == datetime(2024, 3, 1, 23, tzinfo=UTC)


def test_the_scheduler_exports_after_each_run_and_goes_on_where_it_cannot(exporting: Company) -> None:
    office = Office(exporting)
    (exporting.root / "out").rename(exporting.root / "away")
    office.keep("2024-03-02T07:00", "2024-03-02T09:00")
    assert len(office.said("run.committed")) == 1
    assert "export warehouse: sqlite:///" in office.said("export.failed")[0]["why"]
    (exporting.root / "away").rename(exporting.root / "out")
    office.keep("2024-03-03T07:00", "2024-03-03T09:00")
    assert rows(exporting, "select state from touches where type = 'email'") == [("sent",)]


def test_doctor_tries_it(exporting: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    def said() -> tuple[str, str]:
        checks = exporting.call("doctor", "--format", "json").json()["checks"]
        return next((one["level"], one["detail"]) for one in checks if one["name"] == "export warehouse")

    assert said()[1].endswith("warehouse.db: is made by the first export")
    monkeypatch.setenv("WAREHOUSE_URL", "mysql://host/db")
    assert said() == (
        "fail",
        (
            "export warehouse: tables go to SQLite or PostgreSQL, not mysql; write sqlite:///exports.db or "
            "postgresql://user:password@host/name"
        ),
    )
