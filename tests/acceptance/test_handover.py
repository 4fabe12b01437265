"""Tasks handed to another system: each change once, signed, by way of the outbox."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from clikit import PROJECT, Company
from playcall.engine.ports import FixedClock
from playcall.engine.service.digesting import write_digests
from playcall.engine.service.handing_over import hand_over
from playcall.engine.service.staff import staff
from playcall.engine.service.workspace import Workspace
from yearkit import hooks

PLAYS = """
call:
  when: days_to_renewal == 140
  grace: 7d
  do: [{task: "Call {{ account.name }}", assign: csm, due: 2bd}]
"""
DESK = """\
links: {url: "http://localhost:8080"}
exports:
  desk: {adapter: folder, path: desk, tables: [tasks]}
"""


@pytest.fixture
def desk(company: Company) -> Company:
    company.write({"playcall.yaml": PROJECT + DESK})
    company.playbook(PLAYS, head='stop: status == "cancelled"\n')
    return company


def handed(company: Company) -> list[dict[str, Any]]:
    """What the desk was told, in order."""
    found = [json.loads(path.read_text("utf-8")) for path in (company.root / "desk").glob("*.json")]
    return sorted((one["payload"] for one in found), key=lambda said: int(said["number"]))


def test_each_change_is_told_once(desk: Company) -> None:
    desk.run("2024-03-02")
    task = desk.tasks()[0]["id"]
    first = handed(desk)
    assert [one["event"] for one in first] == ["task.opened"]
    assert first[0]["task"] | {"rank": None} == {
        **first[0]["task"],
        "id": task,
        "title": "Call Acme",
        "assignee": "kato",
        "state": "open",
        "due": "2024-03-05",
    }
    assert first[0]["assignee"] == {"name": "Kato Yui", "email": "kato@acme.test"}
    assert first[0]["url"] == f"http://localhost:8080/staff/tasks/{task}"
    desk.call("tasks", "reassign", task, "mori")
    desk.call("tasks", "done", task, "--note", "They stay")
    desk.json("deliver")
    desk.json("deliver")
    told = handed(desk)
    assert [one["event"] for one in told] == ["task.opened", "task.reassigned", "task.done"]
    assert told[1]["data"] == {"from": "kato", "to": "mori"}
    assert (told[2]["task"]["state"], told[2]["task"]["note"]) == ("done", "They stay")
    sent = [one for one in desk.touches() if one["type"] == "webhook"]
    assert [one["state"] for one in sent] == ["sent"] * 3
    assert {one["record"] for one in sent} == {task}


def test_a_new_desk_is_told_of_what_is_open(company: Company) -> None:
    company.playbook(PLAYS)
    company.many(3)
    company.run("2024-03-02")
    done = company.tasks()[0]["id"]
    company.call("tasks", "done", done)
    company.write({"playcall.yaml": PROJECT + DESK})
    company.json("deliver")
    told = handed(company)
    assert [one["event"] for one in told] == ["task.opened"] * 2
    assert done not in {one["task"]["id"] for one in told}


def test_what_is_done_is_told_though_the_record_has_left(desk: Company) -> None:
    desk.run("2024-03-02")
    desk.contracts({"status": "cancelled"})
    desk.run("2024-03-03", "--no-deliver")
    desk.call("tasks", "done", desk.tasks()[0]["id"])
    desk.json("deliver")
    assert [one["event"] for one in handed(desk)] == ["task.opened", "task.done"]


def test_a_hook_that_fails_is_tried_again_with_the_same_id(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_SECRET", "a secret of both sides")
    with hooks() as received:
        hook = f'{{adapter: webhook, url: "{received.url}", secret: "${{DESK_SECRET}}", tables: tasks, '
        company.write({"playcall.yaml": f"{PROJECT}exports:\n  desk: {hook}allow_private: true}}\n"})
        company.playbook(PLAYS)
        received.answers.append(503)
        assert company.run("2024-03-02")["delivery"]["queued"] == 1
        company.run("2024-03-03")
    [posted] = received.got
    assert (posted["entity"], posted["payload"]["event"]) == ("task", "task.opened")
    assert "webhook-signature" in received.headers[-1]
    assert received.headers[-1]["webhook-id"] == posted["touch"]


def test_two_who_look_at_once_tell_it_once(company: Company, postgres_url: str) -> None:
    """On PostgreSQL, where they do not wait for each other by themselves; the digest of a day likewise."""
    ledger = f'ledger: "{postgres_url}"\ndigest: {{at: "08:00"}}\n'
    company.write({"playcall.yaml": PROJECT + DESK + ledger})
    company.playbook(PLAYS)
    company.run("2024-03-02", "--no-deliver")
    workspace = Workspace.open(company.root, None, {}, FixedClock(datetime(2024, 3, 5, 1, tzinfo=UTC)))
    people = list(staff(workspace).values())

    def look(_: int) -> tuple[int, int]:
        with workspace.ledger() as own:
            handed_over = hand_over(workspace, own, workspace.clock.now())
            found = write_digests(workspace, own, people, workspace.clock.now())
            return handed_over, sum(one.state == "queued" for one in found)

    with ThreadPoolExecutor(4) as pool:
        counted = list(pool.map(look, range(4)))
    assert [sum(column) for column in zip(*counted, strict=True)] == [1, 1]
    assert sorted(one["type"] for one in company.touches()) == ["email", "task", "webhook"]
