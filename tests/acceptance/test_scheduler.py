"""`scheduler`: slots by local date and time, catching up, one leader, troubles that pass. The clock is moved
by the waits themselves: no test sleeps."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clikit import CONTRACT, Company
from officekit import Hours, Office, tokyo
from playcall.engine.service.scheduling import Scheduler
from playcall.engine.service.watching import watched
from postkit import maildir, report
from smtpkit import ScriptedSmtp

PLAYS = """
ask:
  when: days_to_renewal == 140
  grace: 7d
  do: [{email: ask, to: decision_maker}]
"""
DAILY = 'schedule: "0 8 * * *"\n'


@pytest.fixture
def office(company: Company) -> Office:
    company.playbook(PLAYS, head=DAILY)
    return Office(company)


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, office: Office) -> Office:
    """The office on each database."""
    if request.param == "postgresql":
        path = office.company.root / "playcall.yaml"
        url = request.getfixturevalue("postgres_url")
        office.company.write({"playcall.yaml": path.read_text("utf-8") + f'ledger: "{url}"\n'})
    return office


def test_each_slot_is_served_once(either: Office) -> None:
    """140 days before 20 July is 2 March."""
    either.keep("2024-03-01T07:00", "2024-03-03T09:00")
    assert [line["slot"] for line in either.said("run.started")] == [
        "2024-03-01T08:00",
        "2024-03-02T08:00",
        "2024-03-03T08:00",
    ]
    assert len(either.company.mails()) == 1
    assert either.company.touches()[0]["sent_at"].startswith("2024-03-01T23:0")
    either.keep("2024-03-03T10:00", "2024-03-03T12:00")
    assert len(either.said("run.started")) == 3
    assert either.served() == {"renewals": ("2024-03-03T08:00", 0)}


def test_down_for_days_is_caught_up_by_one_run(either: Office) -> None:
    either.keep("2024-03-01T07:00", "2024-03-01T09:00")
    either.keep("2024-03-05T15:00", "2024-03-05T15:20")
    assert [line["slot"] for line in either.said("run.started")] == ["2024-03-01T08:00", "2024-03-05T08:00"]
    assert either.served() == {"renewals": ("2024-03-05T08:00", 3)}
    assert len(either.company.mails()) == 1
    assert either.said("run.committed")[-1]["slots_missed"] == 3


def test_what_is_past_its_grace_is_declared(office: Office) -> None:
    office.keep("2024-03-01T07:00", "2024-03-01T09:00")
    office.keep("2024-03-31T15:00", "2024-03-31T15:20")
    assert office.company.mails() == []
    assert office.said("run.committed")[-1]["expired"] == 1


def test_a_new_schedule_begins_with_its_next_slot(office: Office) -> None:
    office.keep("2024-03-02T08:30", "2024-03-02T10:00")
    assert office.said("run.started") == []
    assert office.served() == {"renewals": ("2024-03-02T08:30", 0)}
    office.company.playbook(PLAYS, head='schedule: "0 6,14 * * *"\n')
    office.keep("2024-03-02T10:00", "2024-03-02T14:10")
    assert [line["slot"] for line in office.said("run.started")] == ["2024-03-02T14:00"]


def test_a_schedule_is_changed_while_it_runs(office: Office) -> None:
    hours = Hours(tokyo("2024-03-01T07:00"), tokyo("2024-03-02T12:00"))
    with office.scheduler(hours) as scheduler:
        scheduler.look()
        hours.at = tokyo("2024-03-01T09:00")
        scheduler.look()
        office.company.playbook("not a play", head=DAILY)  # half a pull
        hours.at = tokyo("2024-03-02T08:10")
        scheduler.look()
        assert scheduler.state.trouble.keys() == {"project"}
        office.company.playbook(PLAYS, head='schedule: "0 11 * * *"\n')
        hours.at = tokyo("2024-03-02T10:00")
        scheduler.look()
        assert scheduler.state.trouble == {}
        hours.at = tokyo("2024-03-02T11:30")
        scheduler.look()
    slots = [line["slot"] for line in office.said("run.started")]
    assert slots == ["2024-03-01T08:00", "2024-03-02T08:00", "2024-03-02T11:00"]


def test_playbooks_have_their_own_schedules_and_none_is_taken_for_removed(office: Office) -> None:
    office.company.playbook(PLAYS.replace("140", "139"), head='schedule: "0 12 * * *"\n', name="later")
    office.keep("2024-03-01T07:00", "2024-03-03T13:00")
    assert [(line["slot"], line["playbooks"]) for line in office.said("run.started")][:2] == [
        ("2024-03-01T08:00", ["renewals"]),
        ("2024-03-01T12:00", ["later"]),
    ]
    assert len(office.company.mails()) == 2
    assert office.company.json("status")["verdicts"] == {"fired": 2}


@pytest.mark.parametrize(
    ("day", "cron", "expected"),
    [
        ("2024-03-31", "30 2 * * *", ["02:30"]),  # the hour is left out: it comes as the clock goes forward
        ("2024-10-27", "30 2 * * *", ["02:30"]),  # the hour comes twice
        ("2024-03-31", "0,30 1-3 * * *", ["01:00", "01:30", "03:00", "03:30"]),
        ("2024-10-27", "0,30 1-3 * * *", ["01:00", "01:30", "02:00", "02:30", "03:00", "03:30"]),
    ],
)
def test_a_clock_change_neither_repeats_nor_loses_a_slot(
    office: Office, day: str, cron: str, expected: list[str]
) -> None:
    path = office.company.root / "playcall.yaml"
    office.company.write({"playcall.yaml": path.read_text("utf-8").replace("Asia/Tokyo", "Europe/Berlin")})
    office.company.playbook(PLAYS, head=f'schedule: "{cron}"\n')
    start = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=UTC) - timedelta(hours=2)
    with office.scheduler(Hours(start, start + timedelta(hours=8))) as scheduler:
        scheduler.run()
    assert [line["slot"] for line in office.said("run.started")] == [f"{day}T{time}" for time in expected]


def test_a_clock_that_was_put_back_serves_nothing_twice(office: Office) -> None:
    office.keep("2024-03-02T07:00", "2024-03-02T09:00")
    office.keep("2024-03-02T07:30", "2024-03-02T09:00")
    assert len(office.said("run.started")) == 1
    office.keep("2024-02-01T07:30", "2024-02-01T08:30")
    assert "a clock is or was wrong" in office.said("slots.failed")[0]["why"]


def test_a_run_by_hand_in_between_is_gone_on_from(office: Office) -> None:
    office.keep("2024-03-01T07:00", "2024-03-01T09:00")
    office.company.run("2024-03-03T10:00")
    office.keep("2024-03-03T11:00", "2024-03-03T11:20")
    assert office.served() == {"renewals": ("2024-03-03T08:00", 1)}
    assert len(office.company.mails()) == 1


def test_started_three_times_one_leads_and_another_takes_over(either: Office) -> None:
    begin, end = tokyo("2024-03-02T07:55"), tokyo("2024-03-09T00:00")
    hours = [Hours(begin, end) for _ in range(3)]
    with (
        either.scheduler(hours[0]) as first,
        either.scheduler(hours[1]) as second,
        either.scheduler(hours[2]) as third,
    ):

        def look(at: str, *all_: Scheduler) -> list[bool]:
            for one in hours:
                one.at = tokyo(at)
            for scheduler in all_:
                scheduler.look()
            return [scheduler.state.leader for scheduler in (first, second, third)]

        assert look("2024-03-02T07:56", first, second, third) == [True, False, False]
        assert look("2024-03-02T08:01", third, second, first) == [True, False, False]
        first._leadership.release()
        assert look("2024-03-03T08:01", third, second) == [True, False, True]  # the first did not look since
        assert look("2024-03-03T08:02", first, second, third) == [False, False, True]
    assert [line["slot"] for line in either.said("run.started")] == ["2024-03-02T08:00", "2024-03-03T08:00"]
    assert len(either.company.mails()) == 1


def test_a_mail_server_that_is_down_is_tried_ever_more_rarely(office: Office) -> None:
    server = ScriptedSmtp({"CONNECT": ["drop"] * 1000})
    path = office.company.root / "playcall.yaml"
    channel = f"channels: {{email: {{adapter: smtp, url: '{server.url}', from: cs@acme.test}}}}\n"
    office.company.write({"playcall.yaml": path.read_text("utf-8") + channel})
    hours = Hours(tokyo("2024-03-02T07:55"), tokyo("2024-03-02T23:00"))
    with office.scheduler(hours) as scheduler:
        scheduler.look()
        hours.at = tokyo("2024-03-02T08:00")
        attempts = []
        for _ in range(200):  # 1,000 seconds
            before = server.connections
            scheduler.look()
            attempts.append(server.connections > before)
            hours.at += timedelta(seconds=5)
        assert sum(attempts) <= 10
        assert [line["seconds"] for line in office.said("channel.resting")][:5] == [5, 10, 20, 40, 80]
        assert scheduler.state.resting.keys() == {"email"}
        server._script["CONNECT"].clear()
        hours.at += timedelta(minutes=6)
        scheduler.look()
        assert scheduler.state.resting == {}
    assert len(server.messages) == 1
    server.close()


def test_a_database_that_goes_away_is_waited_for(office: Office, postgres_databases: Any) -> None:
    url = postgres_databases.create()
    path = office.company.root / "playcall.yaml"
    office.company.write({"playcall.yaml": path.read_text("utf-8") + f'ledger: "{url}"\n'})
    hours = Hours(tokyo("2024-03-02T07:55"), tokyo("2024-03-03T09:00"))
    with office.scheduler(hours) as scheduler:
        scheduler.look()
        assert scheduler.state.leader
        postgres_databases.drop(url)
        for _ in range(20):
            hours.at += timedelta(seconds=5)
            scheduler.look()
        assert not scheduler.state.leader
        assert scheduler.state.trouble.keys() == {"lead"}
    assert [line["seconds"] for line in office.said("lead.failed")][:3] == [5, 10, 20]


def test_metrics_and_health(office: Office) -> None:
    hours = Hours(tokyo("2024-03-02T07:55"), tokyo("2024-03-03T09:00"))
    with office.scheduler(hours) as scheduler, watched(scheduler, scheduler._ledger, "127.0.0.1:0") as port:

        def get(path: str) -> tuple[int, str]:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, error.read().decode()

        scheduler.look()
        hours.at = tokyo("2024-03-02T08:00")
        scheduler.look()
        status, page = get("/metrics")
        assert status == 200
        samples = dict(line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#"))
        assert samples["playcall_scheduler_leader"] == "1"
        assert samples['playcall_runs_total{result="done"}'] == "1"
        assert samples['playcall_messages_total{result="sent"}'] == "1"
        assert samples['playcall_verdicts_total{verdict="fired"}'] == "1"
        assert samples["playcall_queue_age_seconds"] == "0"
        assert page.count("# TYPE") == page.count("# HELP") >= 10
        status, text = get("/healthz")
        health = json.loads(text)
        assert (status, health["ok"], health["leader"]) == (200, True, True)
        assert health["playbooks"]["renewals"]["slot"] == "2024-03-02T08:00"
        office.company.playbook("not a play")
        hours.at = tokyo("2024-03-02T08:10")
        scheduler.look()
        status, text = get("/healthz")
        assert (status, json.loads(text)["trouble"].keys()) == (503, {"project"})
        hours.at = tokyo("2024-03-02T12:10")
        assert json.loads(get("/healthz")[1])["trouble"].keys() == {"project", "scheduler"}
        assert get("/other")[0] == 404


@pytest.mark.parametrize("listen", ["here", "127.0.0.1:99999", "256.1.1.1:80"])
def test_an_address_that_cannot_be_listened_on_is_told(office: Office, listen: str) -> None:
    answer = office.company.call("scheduler", "--listen", listen)
    assert (answer.code, answer.err.splitlines()[-1].startswith("playcall: --listen")) == (3, True)


def wait_for(what: Callable[[], bool]) -> None:
    for _ in range(600):
        if what():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come")


@pytest.mark.parametrize("command", [["scheduler", "--log", "json"], ["deliver", "--watch", "--log", "json"]])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well(office: Office, tmp_path: Path, command: list[str], number: int) -> None:
    office.company.contracts({**CONTRACT, "renewal_date": "2044-07-20"})
    log = tmp_path / "log"
    with log.open("wb") as file:
        program = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from playcall.cli import main; main()",
                "--project",
                str(office.company.root),
                *command,
            ],
            stderr=file,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONWARNINGS": "error"},
        )
        ready = f'"{"scheduler.leads" if command[0] == "scheduler" else "deliver.started"}"'.encode()
        wait_for(lambda: ready in log.read_bytes())
        program.send_signal(number)
        assert program.wait(30) == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert lines[0]["event"] == f"{command[0]}.started"


def test_what_comes_back_is_read_in_between(office: Office) -> None:
    path = office.company.root / "playcall.yaml"
    office.company.write({"playcall.yaml": path.read_text("utf-8") + "inbox: {folder: in}\n"})
    maildir(office.company.root / "in", {})
    office.keep("2024-03-01T07:00", "2024-03-02T09:00")
    [touch] = office.company.touches()
    letter = report("gmail", touch["message_id"])
    maildir(office.company.root / "in", {"1": letter})
    office.keep("2024-03-02T09:00", "2024-03-02T09:10")
    assert [line["suppressed"] for line in office.said("inbox")] == [1]
    assert office.company.touches()[0]["state"] == "failed"


def test_what_is_no_longer_kept_goes_once_a_day(office: Office) -> None:
    """The message of 2 March, kept for 30 days, goes on 2 April; what has nothing to remove says nothing."""
    path = office.company.root / "playcall.yaml"
    office.company.write({"playcall.yaml": path.read_text("utf-8") + "retention: {messages: 30d}\n"})
    office.keep("2024-03-02T07:58", "2024-03-02T08:10")
    office.keep("2024-04-01T07:00", "2024-04-01T07:01")
    assert (len(office.company.mails()), office.said("pruned")) == (1, [])
    office.keep("2024-04-01T23:59", "2024-04-02T00:10")
    assert [line["messages"] for line in office.said("pruned")] == [1]
    assert office.company.json("status")["pruned"]["at"].startswith("2024-04-01T15:0")
    assert office.said("prune.failed") == []
