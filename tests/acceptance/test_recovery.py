"""What bad days leave behind: missed runs, sources that fail and recover, records that come and go."""

from __future__ import annotations

import pytest

from clikit import ACCOUNT, CONTACT, Company, Row, verdicts

ASK = """
ask:
  when: days_to_renewal == 140
  grace: 7d
  do: [{email: ask, to: decision_maker, from: csm}]
"""
LOW = """
low:
  when: devices < 50
  do: [{task: "Call", assign: csm}]
"""
MAIL = """
low:
  when: devices < 50
  again: 2d
  do: [{email: ask, to: decision_maker, from: csm}]
"""
NO_CONTACTS = {"data/crm/contacts.csv": "email,account_id,name,role\n"}
OTHERS: list[Row] = [{"contract_id": f"X{n}", "renewal_date": "2025-01-01"} for n in range(20)]


def test_a_follow_up_waits_for_an_absent_record(company: Company) -> None:
    company.playbook(ASK + "remind:\n  after: ask + 10d\n  do: [{email: ask, to: decision_maker}]\n")
    company.contracts({}, *OTHERS)
    company.runs("2024-03-01", "2024-03-02")
    company.contracts(*OTHERS)
    assert verdicts(company.run("2024-03-12")) == {}
    company.contracts({}, *OTHERS)
    assert verdicts(company.run("2024-03-13")) == {"fired": 1}


def test_a_follow_up_of_a_follow_up_ends_with_the_episode(company: Company) -> None:
    company.playbook(
        LOW
        + """
escalate:
  after: low + 3d
  do: [{task: "Escalate", assign: csm}]
alarm:
  after: escalate + 3d
  do: [{task: "Alarm", assign: csm}]
"""
    )
    company.contracts({"devices": 10})
    company.runs("2024-03-01", "2024-03-04")
    company.contracts({"devices": 90})
    company.run("2024-03-05")
    assert verdicts(company.run("2024-03-07")) == {}


def test_missed_slots_are_superseded_once(company: Company) -> None:
    company.playbook('daily:\n  every: "0 9 * * *"\n  do: [{task: "Look", assign: csm}]\n')
    days = ["2024-03-01", "2024-03-02", "2024-03-05", "2024-03-06", "2024-03-06", "2024-03-07"]
    assert [verdicts(one) for one in company.runs(*days)] == [
        {"fired": 1, "expired": 3},  # what fell due within the grace before the first run
        {"fired": 1},
        {"fired": 1, "expired": 2},
        {"fired": 1},
        {},
        {"fired": 1},
    ]


def test_bad_data_closes_no_task(company: Company) -> None:
    project = (company.root / "playcall.yaml").read_text()
    support = "sources:\n  support: {adapter: files, path: data/support}\n"
    ticket = "{key: id, from: support.tickets, belongs_to: {account: account_id}, many: tickets, "
    fields = "fields: {id: text, account_id: text}}"
    company.write(
        {
            "playcall.yaml": project.replace("sources:\n", support),
            "catalog/tickets.yaml": f"entities:\n  ticket: {ticket}{fields}\n",
            "data/support/tickets.csv": "id,account_id\n" + "".join(f"T{n},A1\n" for n in range(10)),
        }
    )
    company.playbook(
        "busy:\n  when: count(account.tickets) > 5\n"
        '  do: [{task: "Call", assign: csm, until: count(account.tickets) < 5}]\n'
    )
    company.run("2024-03-01")
    company.write({"data/support/tickets.csv": "id,account_id\n"})
    assert [one["reason"] for one in company.run("2024-03-02")["held"]] == ["source"]
    assert len(company.tasks()) == 1


def test_a_task_is_cleared_though_adopt_saw_its_episode_end(company: Company) -> None:
    company.playbook(LOW)
    company.contracts({"devices": 10})
    company.run("2024-03-01")
    company.contracts({"devices": 90})
    assert company.call("adopt", "renewals", "--as-of", "2024-03-02").code == 0
    company.run("2024-03-03")
    assert company.tasks() == []


def test_what_came_too_late_stays_so_after_a_hold(company: Company) -> None:
    company.playbook(ASK)
    company.contracts({"renewal_date": "2025-01-01"})
    company.run("2024-02-20")
    company.write(NO_CONTACTS)
    company.contracts({})
    assert verdicts(company.run("2024-03-12")) == {"held": 1}  # due on 2 March
    company.table("contacts", [CONTACT])
    assert verdicts(company.run("2024-03-13")) == {"expired": 1}


@pytest.mark.parametrize("bad_day", [True, False])
def test_a_recovered_source_releases_nothing_that_waits_for_a_person(company: Company, bad_day: bool) -> None:
    company.playbook(ASK)
    company.run("2024-03-01")
    company.call("pause", "renewals")
    assert verdicts(company.run("2024-03-02")) == {"held": 1}
    if bad_day:
        company.write(NO_CONTACTS)
        held = company.run("2024-03-03")["held"]
        assert [one["reason"] for one in held if one["count"]] == ["paused"]
        company.table("contacts", [CONTACT])
    company.call("resume", "renewals")
    assert verdicts(company.run("2024-03-04")) == {"held": 1}
    assert company.call("approve", "renewals", "--as-of", "2024-03-04").code == 0
    assert len(company.touches()) == 1


def test_a_date_that_moves_while_held_is_due_on_its_own_day(company: Company) -> None:
    company.playbook(ASK)
    company.run("2024-03-01")
    company.write(NO_CONTACTS)
    assert verdicts(company.run("2024-03-02")) == {"held": 1}
    company.table("contacts", [CONTACT])
    company.contracts({"renewal_date": "2024-09-20"})
    assert verdicts(company.run("2024-03-03")) == {"expired": 1}
    assert verdicts(company.run("2024-05-03")) == {"fired": 1}
    assert [verdicts(one) for one in company.runs("2024-05-03", "2024-05-04")] == [{}, {}]


def test_explain_tells_of_the_newest(company: Company) -> None:
    company.playbook(ASK.replace("== 140", "in [143, 142, 141, 140]"))
    company.run("2024-02-20")
    assert company.plan("2024-03-02")[0]["record"] == "C1"
    assert company.explain("renewals.ask", "C1", "2024-03-02")[0] == "fired"


def test_a_new_cycle_over_bad_data_waits_for_good_data(company: Company) -> None:
    company.playbook(LOW)
    company.contracts({"devices": 10})
    company.run("2024-03-01")
    company.contracts({"devices": 10, "term_start": "2024-07-20"}, *OTHERS)
    company.write({"data/crm/accounts.csv": "account_id,name,segment,csm,nps\n"})
    assert verdicts(company.run("2024-03-02")) == {}
    assert len(company.tasks()) == 1
    company.table("accounts", [ACCOUNT])
    assert verdicts(company.run("2024-03-03")) == {"fired": 1}
    assert len(company.tasks()) == 1


@pytest.mark.parametrize("command", ["approve", "adopt"])
def test_nobody_decides_on_a_settled_past(company: Company, command: str) -> None:
    company.playbook(ASK)
    company.run("2024-03-01")
    company.call("pause", "all")
    company.run("2024-03-02")
    answer = company.call(command, "renewals", "--as-of", "2024-02-01")
    assert answer.code == 3 and "the last run stands at" in answer.err
    assert verdicts(company.run("2024-03-02")) == {"held": 1}


def test_again_counts_from_the_day_that_it_acted(company: Company) -> None:
    company.playbook(MAIL)
    company.contracts({"devices": 10})
    assert verdicts(company.run("2024-03-01")) == {"fired": 1}
    company.write(NO_CONTACTS)
    assert verdicts(company.run("2024-03-03")) == {"held": 1}
    company.table("contacts", [CONTACT])
    assert [verdicts(one) for one in company.runs("2024-03-04", "2024-03-05", "2024-03-06")] == [
        {"fired": 1},
        {},
        {"fired": 1},
    ]


def test_an_episode_that_waits_fires_when_for_is_dropped(company: Company) -> None:
    company.playbook(LOW.replace("  do:", "  for: 7d\n  do:"))
    company.contracts({"devices": 10})
    assert verdicts(company.run("2024-03-01")) == {}
    company.playbook(LOW)
    assert verdicts(company.run("2024-03-02")) == {"fired": 1}
