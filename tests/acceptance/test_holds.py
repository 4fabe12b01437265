"""What people decide: limits, approval, adoption, pauses; and bad data that must not act."""

from __future__ import annotations

import pytest

from clikit import ACCOUNT, CONTACT, CONTRACT, Company, verdicts

ASK = """
ask:
  when: days_to_renewal == 140
  grace: 7d
  do: [{email: ask, to: decision_maker, from: csm}]
"""
LIMITED = "limits: {per_play: 2}\n"


def test_a_limit_holds_all_and_approve_releases_them(company: Company) -> None:
    company.playbook(ASK, LIMITED)
    company.many(3)
    company.run("2024-03-01")
    report = company.run("2024-03-02")
    assert verdicts(report) == {"held": 3}
    [held] = report["held"]
    assert (held["playbook"], held["play"], held["reason"], held["count"]) == ("renewals", "ask", "limit", 3)
    assert company.mails() == []
    assert verdicts(company.run("2024-03-03")).get("fired") is None
    assert company.json("status")["held"][0]["count"] == 3
    released = company.json("approve", "renewals.ask", "--as-of", "2024-03-04")
    assert verdicts(released) == {"fired": 3}
    assert company.call("deliver").code == 0
    assert len(company.mails()) == 3
    assert company.json("status")["held"] == []
    assert verdicts(company.run("2024-03-05")) == {}
    nothing = company.call("approve", "renewals.ask")
    assert (nothing.code, "playcall status" in nothing.err) == (3, True)


def test_held_days_do_not_count_against_grace(company: Company) -> None:
    company.playbook(ASK, LIMITED)
    company.many(3)
    company.runs("2024-03-01", "2024-03-02", "2024-03-20")
    assert verdicts(company.json("approve", "renewals", "--as-of", "2024-03-20")) == {"fired": 3}


def test_approve_judges_the_population_again(company: Company) -> None:
    company.playbook(ASK, 'where: status == "active"\n' + LIMITED)
    company.many(3)
    company.runs("2024-03-01", "2024-03-02")
    company.many(3, status="renewed")
    assert verdicts(company.json("approve", "renewals.ask", "--as-of", "2024-03-03")) == {"stopped": 3}
    assert company.touches() == []


def test_strict_tells_that_something_is_held(company: Company) -> None:
    company.playbook(ASK, LIMITED)
    company.many(3)
    company.run("2024-03-01")
    assert company.call("run", "--as-of", "2024-03-02", "--strict").code == 1


def test_the_projects_limit_counts_where_a_play_has_none(company: Company) -> None:
    company.playbook(ASK)
    text = (company.root / "playcall.yaml").read_text()
    company.write({"playcall.yaml": text + "limits: {per_play: 2}\n"})
    company.many(3)
    company.run("2024-03-01")
    assert verdicts(company.run("2024-03-02")) == {"held": 3}


def test_without_a_written_limit_fifty_may_fire(company: Company) -> None:
    company.playbook('low:\n  when: devices < 50\n  do: [{task: "Call", assign: csm}]\n')
    company.many(51, devices=110)
    company.run("2024-03-01")
    company.many(51, devices=10)
    assert verdicts(company.run("2024-03-02")) == {"held": 51}


def test_what_was_foreseen_is_not_held(company: Company) -> None:
    company.playbook(ASK)
    company.many(60)
    company.run("2024-03-01")
    assert verdicts(company.run("2024-03-02")) == {"fired": 60}


def test_adopt_records_what_is_due_without_acting(company: Company) -> None:
    company.playbook(ASK + "remind:\n  after: ask + 2d\n  do: [{email: ask, to: decision_maker}]\n")
    answer = company.call("adopt", "renewals", "--as-of", "2024-03-03")
    assert (answer.code, "1 occurrence" in answer.out) == (0, True)
    assert verdicts(company.run("2024-03-03")) == {}
    assert verdicts(company.run("2024-03-05")) == {}
    assert company.mails() == []
    assert company.json("status")["verdicts"] == {"adopted": 1}


def test_adopt_takes_open_states_as_done(company: Company) -> None:
    low = 'low:\n  when: devices < 50\n  do: [{task: "Call", assign: csm}]\n'
    company.playbook(low)
    company.contracts({"devices": 10})
    assert company.call("adopt", "renewals.low", "--as-of", "2024-03-01").code == 0
    assert verdicts(company.run("2024-03-02")) == {}
    assert company.touches() == []
    company.contracts({"devices": 90})
    company.run("2024-03-03")
    company.contracts({"devices": 10})
    assert verdicts(company.run("2024-03-04")) == {"fired": 1}


def test_a_pause_holds_until_somebody_approves(company: Company) -> None:
    company.playbook(ASK)
    company.run("2024-03-01")
    assert company.call("pause", "renewals.ask").code == 0
    assert verdicts(company.run("2024-03-02")) == {"held": 1}
    assert company.call("resume", "renewals.ask").code == 0
    assert verdicts(company.run("2024-03-03")).get("fired") is None
    assert verdicts(company.json("approve", "renewals.ask", "--as-of", "2024-03-03")) == {"fired": 1}
    assert company.call("resume", "renewals.ask").code == 3


def test_what_is_released_during_a_pause_stays_held(company: Company) -> None:
    company.playbook(
        ASK + 'call:\n  when: days_to_renewal == 140\n  do: [{task: "Call", assign: csm}]\n', LIMITED
    )
    company.many(3)
    company.runs("2024-03-01", "2024-03-02")
    company.call("pause", "renewals")
    still = company.json("approve", "renewals", "--as-of", "2024-03-02")
    assert [(one["play"], one["reason"], one["count"]) for one in still["held"]] == [
        ("ask", "paused", 3),
        ("call", "paused", 3),
    ]
    assert company.touches() == company.tasks() == []
    company.call("resume", "renewals")
    assert verdicts(company.json("approve", "renewals", "--as-of", "2024-03-02")) == {"fired": 6}


def test_a_pause_is_seen_and_ended(company: Company) -> None:
    company.playbook(ASK)
    company.run("2024-03-01")
    company.run("2024-03-02", "--no-deliver")
    company.call("pause", "renewals.ask")
    company.call("pause", "all")
    assert company.json("deliver")["queued"] == 1
    paused = company.json("status")["paused"]
    assert [(one["scope"], one["waiting"]) for one in paused] == [("all", 1), ("renewals.ask", 1)]
    told = company.call("status").out
    assert ("playcall resume all" in told, "nothing is held" in told) == (True, False)
    assert "stays paused until `playcall resume all`" in company.call("resume", "renewals.ask").out
    assert company.call("resume", "all").code == 0
    assert (company.json("status")["paused"], company.json("deliver")["sent"]) == ([], 1)


@pytest.mark.parametrize("command", ["approve", "adopt"])
def test_nobody_decides_far_ahead(company: Company, command: str) -> None:
    """It would stand as the last run, and every run until then would be refused."""
    company.playbook(ASK, LIMITED)
    company.many(3)
    company.runs("2024-03-01", "2024-03-02")
    refused = company.call(command, "renewals", "--as-of", "2999-01-01")
    assert (refused.code, "more than a day ahead" in refused.err, "--force" in refused.err) == (
        3,
        True,
        False,
    )
    assert company.run("2024-03-03")["held"][0]["count"] == 3


def test_everything_can_be_paused(company: Company) -> None:
    company.playbook(ASK)
    company.run("2024-03-01")
    assert company.call("pause", "all").code == 0
    assert verdicts(company.run("2024-03-02")) == {"held": 1}
    assert company.call("resume", "all").code == 0


def test_what_is_held_past_its_date_expires(company: Company) -> None:
    company.playbook(ASK)
    company.run("2024-03-01")
    company.call("pause", "renewals")
    company.run("2024-03-02")
    assert verdicts(company.run("2024-07-22")) == {"expired": 1}


def test_an_empty_table_holds_and_says_so(company: Company) -> None:
    company.playbook(ASK)
    company.run("2024-03-01")
    company.write({"data/crm/contracts.csv": ",".join(CONTRACT) + "\n"})
    report = company.run("2024-03-02")
    assert [(one["reason"], one["play"]) for one in report["held"]] == [("source", "ask")]
    company.contracts(CONTRACT)
    assert verdicts(company.run("2024-03-03")) == {"fired": 1}


def test_a_table_that_is_gone_holds_and_says_so(company: Company) -> None:
    company.playbook(ASK)
    company.run("2024-03-01")
    (company.root / "data/crm/contracts.csv").unlink()
    report = company.run("2024-03-02")
    [held] = report["held"]
    assert (held["reason"], "contracts" in held["detail"]) == ("source", True)
    assert company.mails() == []


def test_a_table_that_shrinks_holds(company: Company) -> None:
    company.playbook(ASK)
    company.many(30)
    company.run("2024-03-01")
    company.many(20)
    report = company.run("2024-03-02")
    assert {one["reason"] for one in report["held"]} == {"source"}
    assert "fired" not in verdicts(report)


def test_stale_data_holds(company: Company) -> None:
    company.playbook(ASK)
    text = (company.root / "playcall.yaml").read_text()
    fresh = text.replace("path: data/crm", "path: data/crm, fresh: {within: 36h, by: updated_at}")
    company.write({"playcall.yaml": fresh})
    for table, row in (("contracts", CONTRACT), ("accounts", ACCOUNT), ("contacts", CONTACT)):
        company.table(table, [{**row, "updated_at": "2024-03-01T00:00:00+09:00"}])
    assert verdicts(company.run("2024-03-02")) == {"fired": 1}
    assert {one["reason"] for one in company.run("2024-03-06")["held"]} == {"source"}


def test_a_play_that_is_gone_stops_what_it_had_open(company: Company) -> None:
    company.playbook(ASK, LIMITED)
    company.many(3)
    company.runs("2024-03-01", "2024-03-02")
    company.playbook('other:\n  when: days_to_renewal == 10\n  do: [{task: "x", assign: csm}]\n')
    assert verdicts(company.run("2024-03-03")) == {"stopped": 3}


def test_a_rename_carries_the_history(company: Company) -> None:
    company.playbook(ASK)
    company.runs("2024-03-01", "2024-03-02")
    company.playbook(ASK.replace("ask:", "invite:\n  was: ask", 1))
    assert verdicts(company.run("2024-03-03")) == {}
    assert len(company.mails()) == 1


def test_a_touch_is_cancelled_by_hand(company: Company) -> None:
    company.playbook(ASK)
    company.run("2024-03-01")
    company.run("2024-03-02", "--no-deliver")
    [touch] = company.touches("--state", "queued")
    slip = company.call("cancel", touch["id"], "nobody")
    assert (slip.code, "there is no touch `nobody`" in slip.err) == (3, True)
    assert company.touches("--state", "queued") == [touch]
    assert company.call("cancel", touch["id"]).code == 0
    assert company.json("deliver") == {"sent": 0, "failed": 0, "unknown": 0, "queued": 0}
    assert company.mails() == []
    late = company.call("cancel", touch["id"])
    assert (late.code, f"touch {touch['id']} is cancelled: only what waits" in late.err) == (3, True)


def test_stop_is_read_again_before_sending(company: Company) -> None:
    company.playbook(
        ASK + 'call:\n  when: days_to_renewal == 140\n  do: [{task: "Call", assign: csm}]\n',
        'stop: count(tasks where state == "done") > 0\n',
    )
    company.run("2024-03-01")
    assert verdicts(company.run("2024-03-02", "--no-deliver")) == {"fired": 2}
    [task] = company.tasks()
    assert company.call("tasks", "done", task["id"]).code == 0
    assert company.call("deliver").code == 0
    assert company.mails() == []
    [touch] = company.touches("--state", "cancelled")
    assert (touch["play"], touch["reason"]) == ("ask", "stop")


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        (["touches", "--state", "queud"], "there is no state `queud` of a touch; did you mean queued?"),
        (["tasks", "--state", "xyz"], "there is no state `xyz` of a task; there are: open, "),
    ],
)
def test_a_state_that_there_is_not_is_no_empty_list(company: Company, command: list[str], hint: str) -> None:
    company.playbook(ASK)
    company.run("2024-03-02")
    answer = company.call(*command)
    assert (answer.code, hint in answer.err) == (3, True), answer.err
