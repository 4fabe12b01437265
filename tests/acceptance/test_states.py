"""Plays on a condition: episodes open, last, close and open again."""

from __future__ import annotations

import pytest

from clikit import ACCOUNT, Company, verdicts

LOW = """
low-usage:
  when: devices < quantity * 50%
  do:
    - task: "{{ account.name }} uses {{ contract.devices }}"
      assign: csm
      priority: high
      due: 2bd
      checklist: ["Call the sponsor", "Agree a plan"]
      rank: quantity
"""


def usage(company: Company, devices: object, **more: object) -> None:
    company.contracts({"devices": devices, **more})


def everything(company: Company) -> list[str]:
    """The states of all tasks that there ever were, sorted."""
    states = ("open", "snoozed", "done", "cleared", "cancelled")
    return sorted(one["state"] for state in states for one in company.tasks("--state", state))


def test_fires_once_an_episode_and_again_when_it_opens_again(company: Company) -> None:
    company.playbook(LOW)
    assert verdicts(company.run("2024-03-01")) == {}
    usage(company, 20)
    assert verdicts(company.run("2024-03-04")) == {"fired": 1}
    assert verdicts(company.run("2024-03-05")) == {}
    [task] = company.tasks()
    assert (task["title"], task["assignee"], task["priority"], task["rank"]) == (
        "Acme uses 20",
        "kato",
        "high",
        100,
    )
    assert (task["due"], task["state"], task["record"]) == ("2024-03-06", "open", "C1")
    usage(company, 90)
    assert verdicts(company.run("2024-03-06")) == {}
    assert company.tasks() == []
    assert everything(company) == ["cleared"]
    usage(company, 10)
    assert verdicts(company.run("2024-03-07")) == {"fired": 1}
    assert everything(company) == ["cleared", "open"]


def test_unknown_neither_opens_nor_closes(company: Company) -> None:
    company.playbook(LOW)
    usage(company, "")
    report = company.run("2024-03-01")
    assert verdicts(report) == {}
    assert report["unknown"] == [
        {"playbook": "renewals", "play": "low-usage", "field": "devices", "count": 1}
    ]
    usage(company, 20)
    company.run("2024-03-02")
    usage(company, "")
    company.run("2024-03-03")
    assert [one["state"] for one in company.tasks()] == ["open"]
    found = company.json("explain", "renewals.low-usage", "C1", "--as-of", "2024-03-03")
    assert found["trigger"]["value"] is None
    assert found["trigger"]["unknown_because"] == ["devices"]


def test_for_asks_that_it_holds_so_long(company: Company) -> None:
    company.playbook(LOW.replace("  do:", "  for: 7d\n  do:"))
    usage(company, 20)
    assert [verdicts(one) for one in company.runs("2024-03-01", "2024-03-07")] == [{}, {}]
    assert verdicts(company.run("2024-03-08")) == {"fired": 1}


def test_for_begins_again_after_a_false(company: Company) -> None:
    company.playbook(LOW.replace("  do:", "  for: 7d\n  do:"))
    usage(company, 20)
    company.run("2024-03-01")
    usage(company, 90)
    company.run("2024-03-04")
    usage(company, 20)
    assert [verdicts(one) for one in company.runs("2024-03-05", "2024-03-08")] == [{}, {}]
    assert verdicts(company.run("2024-03-12")) == {"fired": 1}


def test_clear_closes_separately(company: Company) -> None:
    company.playbook(LOW.replace("  do:", "  clear: devices > quantity * 80%\n  do:"))
    usage(company, 20)
    company.run("2024-03-01")
    usage(company, 60)
    company.run("2024-03-02")
    assert len(company.tasks()) == 1
    usage(company, 20)
    assert verdicts(company.run("2024-03-03")) == {}
    usage(company, 90)
    company.run("2024-03-04")
    assert company.tasks() == []


def test_again_fires_while_it_lasts_and_once_after_an_outage(company: Company) -> None:
    company.playbook(LOW.replace("  do:", "  again: 30d\n  do:"))
    usage(company, 20)
    assert verdicts(company.run("2024-01-01")) == {"fired": 1}
    assert verdicts(company.run("2024-01-30")) == {}
    assert verdicts(company.run("2024-01-31")) == {"fired": 1}
    assert verdicts(company.run("2024-05-15")) == {"fired": 1}
    assert verdicts(company.run("2024-05-16")) == {}


def test_once_per_cycle(company: Company) -> None:
    company.playbook(LOW.replace("  do:", "  once: per cycle\n  do:"))
    usage(company, 20)
    company.run("2024-03-01")
    usage(company, 90)
    company.run("2024-03-02")
    usage(company, 20)
    assert verdicts(company.run("2024-03-03")) == {}
    usage(company, 20, term_start="2024-07-20", renewal_date="2025-07-20")
    assert verdicts(company.run("2024-07-21")) == {"fired": 1}


def test_until_clears_the_task_while_the_state_lasts(company: Company) -> None:
    company.playbook(LOW + '      until: product == "connect"\n')
    usage(company, 20)
    company.run("2024-03-01")
    usage(company, 20, product="connect")
    assert verdicts(company.run("2024-03-02")) == {}
    assert everything(company) == ["cleared"]


def test_keep_leaves_the_task_when_the_state_ends(company: Company) -> None:
    company.playbook(LOW.replace("  do:", "  keep: true\n  do:"))
    usage(company, 20)
    company.run("2024-03-01")
    usage(company, 90)
    company.run("2024-03-02")
    assert [one["state"] for one in company.tasks()] == ["open"]


def test_who_leaves_the_population_ends_the_episode(company: Company) -> None:
    company.playbook(LOW, 'where: status == "active"\n')
    usage(company, 20)
    company.run("2024-03-01")
    usage(company, 20, status="lapsed")
    company.run("2024-03-02")
    assert everything(company) == ["cleared"]
    usage(company, 20)
    assert verdicts(company.run("2024-03-03")) == {"fired": 1}


def test_the_end_of_the_cycle_ends_the_episode(company: Company) -> None:
    company.playbook(LOW)
    usage(company, 20)
    company.run("2024-03-01")
    usage(company, 20, term_start="2024-07-20", renewal_date="2025-07-20")
    assert verdicts(company.run("2024-07-21")) == {"fired": 1}
    assert everything(company) == ["cleared", "open"]


def test_a_record_that_is_absent_changes_nothing(company: Company) -> None:
    company.playbook(LOW)
    many = [{"contract_id": f"C{number}", "devices": 20 if number == 1 else 110} for number in range(1, 30)]
    company.contracts(*many)
    company.run("2024-03-01")
    company.contracts(*many[1:])
    assert verdicts(company.run("2024-03-02")) == {}
    assert len(company.tasks()) == 1
    company.contracts(*many)
    assert verdicts(company.run("2024-03-03")) == {}
    assert len(company.tasks()) == 1


def test_a_task_and_a_mail_beside_it_go_their_own_ways(company: Company) -> None:
    company.playbook(LOW + "    - email: ask\n      to: decision_maker\n      from: csm\n")
    company.write({"data/crm/contacts.csv": "email,account_id,name,role\nx@acme.test,A9,Nobody,user\n"})
    usage(company, 20)
    report = company.run("2024-03-01")
    assert verdicts(report) == {"fired": 1}
    assert (report["touches"]["task"], report["touches"]["email"]) == (1, 0)


def test_a_task_nobody_can_take_is_no_recipient(company: Company) -> None:
    company.playbook(LOW)
    company.table("accounts", [{**ACCOUNT, "csm": ""}])
    usage(company, 20)
    assert verdicts(company.run("2024-03-01")) == {"no_recipient": 1}


def test_the_worklist_is_worked_on(company: Company) -> None:
    company.playbook(LOW)
    usage(company, 20)
    company.run("2024-03-01")
    [task] = company.tasks()
    assert company.tasks("--assignee", "mori") == []
    assert company.call("tasks", "reassign", task["id"], "mori").code == 0
    assert [one["id"] for one in company.tasks("--assignee", "mori")] == [task["id"]]
    assert company.call("tasks", "snooze", task["id"], "2999-01-01").code == 0
    assert company.tasks() == []
    assert company.call("tasks", "done", task["id"], "--note", "they train").code == 0
    shown = company.json("tasks", "show", task["id"])
    assert (shown["state"], shown["note"]) == ("done", "they train")
    again = company.call("tasks", "done", task["id"])
    assert (again.code, "done already" in again.err) == (3, True)
    assert verdicts(company.run("2024-03-02")) == {}


def test_open_tasks_are_facts(company: Company) -> None:
    watch = """
nobody-acts:
  after: low-usage + 5bd
  if: open_task("low-usage")
  do:
    - task: "Nobody has acted on {{ account.name }}"
      assign: csm
      priority: urgent
"""
    company.playbook(LOW + watch)
    usage(company, 20)
    company.run("2024-03-01")
    assert verdicts(company.run("2024-03-07")) == {}
    assert verdicts(company.run("2024-03-08")) == {"fired": 1}
    assert [one["priority"] for one in company.tasks()] == ["urgent", "high"]


@pytest.mark.parametrize("once", ["per cycle", "ever"])
def test_what_never_acted_does_not_use_up_once(company: Company, once: str) -> None:
    company.playbook(LOW.replace("  do:", f"  once: {once}\n  if: quantity > 50\n  do:"))
    company.run("2024-03-01")
    company.contracts({"devices": 10, "quantity": 40})
    assert verdicts(company.run("2024-03-02")) == {"declined": 1}
    company.contracts({"devices": 90})
    company.run("2024-03-03")
    company.contracts({"devices": 10})
    assert verdicts(company.run("2024-03-04")) == {"fired": 1}
    company.contracts({"devices": 90})
    company.run("2024-03-05")
    company.contracts({"devices": 10})
    assert verdicts(company.run("2024-03-06")) == {}
