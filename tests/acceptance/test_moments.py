"""Plays that are due a number of days before a date."""

from __future__ import annotations

import pytest

from clikit import ACCOUNT, CONTACT, CONTRACT, MAIL, Company, verdicts

ASK = """
ask:
  when: days_to_renewal == lead
  grace: 7d
  do:
    - email: ask
      to: decision_maker
      from: csm
"""
LEAD = 'where: status == "active" and not auto_renew\nparams: {lead: 140}\n'


@pytest.fixture
def asking(company: Company) -> Company:
    """140 days before the end is 2 March 2024."""
    company.playbook(ASK, LEAD)
    return company


def test_asks_once_across_a_two_day_outage(asking: Company) -> None:
    assert verdicts(asking.run("2024-03-01")) == {}
    [due] = asking.plan("2024-03-04")
    assert (due["due"], due["late_days"], due["verdict"]) == ("2024-03-02", 2, "fired")
    assert [(a["type"], a["to"], a["template"]) for a in due["actions"]] == [
        ("email", "ceo@acme.test", "ask")
    ]
    report = asking.run("2024-03-04")
    assert verdicts(report) == {"fired": 1}
    assert report["touches"]["email"] == 1
    assert report["delivery"]["sent"] == 1
    after = asking.run("2024-03-05")
    assert (verdicts(after), after["duplicates"]) == ({}, 1)
    [mail] = asking.mails()
    assert mail["To"] == "Carla Chief <ceo@acme.test>"
    assert mail["From"] == "Kato Yui <kato@acme.test>"
    assert mail["Subject"] == "mdm ends on July 20, 2024"
    [touch] = asking.touches()
    assert (touch["state"], touch["record"], touch["to"]) == ("sent", "C1", "ceo@acme.test")
    assert touch["message_id"] == mail["Message-ID"]
    assert touch["sent_at"].startswith("2024-03-0")


def test_the_same_day_again_decides_nothing_new(asking: Company) -> None:
    asking.run("2024-03-01")
    assert verdicts(asking.run("2024-03-02")) == {"fired": 1}
    again = asking.run("2024-03-02")
    assert (verdicts(again), again["duplicates"], again["touches"]["email"]) == ({}, 1, 0)
    assert len(asking.mails()) == 1


def test_what_comes_into_sight_within_grace_is_caught(asking: Company) -> None:
    asking.contracts({"contract_id": "OTHER", "renewal_date": "2025-07-20"})
    asking.run("2024-03-01")
    asking.contracts({"contract_id": "OTHER", "renewal_date": "2025-07-20"}, CONTRACT)
    [due] = asking.plan("2024-03-09")
    assert (due["record"], due["late_days"], due["verdict"]) == ("C1", 7, "fired")


def test_a_day_missed_by_more_than_the_grace_is_recorded_once(asking: Company) -> None:
    asking.run("2024-03-01")
    assert verdicts(asking.run("2024-03-10")) == {"expired": 1}
    assert verdicts(asking.run("2024-03-11")) == {}
    assert asking.explain("renewals.ask", "C1", "2024-03-11")[0] == "not_due"
    assert asking.mails() == []


def test_a_first_deployment_neither_fires_nor_records_the_past(asking: Company) -> None:
    report = asking.run("2024-04-01")
    assert verdicts(report) == {}
    assert asking.json("status")["verdicts"] == {}


def test_a_first_run_inside_the_grace_fires(asking: Company) -> None:
    assert verdicts(asking.run("2024-03-05")) == {"fired": 1}


def test_of_several_moments_only_the_newest_is_decided(company: Company) -> None:
    company.playbook(
        """
remind:
  when: days_to_renewal in [90, 88, 45]
  grace: 7d
  do: [{email: ask, to: decision_maker}]
"""
    )
    company.run("2024-04-01")
    report = company.run("2024-04-23")
    assert verdicts(report) == {"expired": 1, "fired": 1}
    assert len(company.mails()) == 1
    assert verdicts(company.run("2024-06-05")) == {"fired": 1}
    assert len(company.mails()) == 2


def test_a_corrected_date_or_an_edited_lead_asks_nobody_twice(asking: Company) -> None:
    asking.runs("2024-03-01", "2024-03-02")
    asking.contracts({"term_start": "2023-07-25", "renewal_date": "2024-07-25"})
    assert verdicts(asking.run("2024-03-07")) == {}
    asking.playbook(ASK, LEAD.replace("140", "130"))
    assert verdicts(asking.run("2024-03-17")) == {}
    assert len(asking.mails()) == 1


def test_the_next_term_is_asked_again(asking: Company) -> None:
    asking.runs("2024-03-01", "2024-03-02")
    asking.contracts({"term_start": "2024-07-20", "renewal_date": "2025-07-20"})
    assert verdicts(asking.run("2025-03-02")) == {"fired": 1}


def test_who_leaves_the_population_is_not_written_to(asking: Company) -> None:
    asking.run("2024-03-01")
    asking.contracts({"auto_renew": "true"})
    assert verdicts(asking.run("2024-03-02")) == {}
    assert asking.explain("renewals.ask", "C1", "2024-03-02") == (
        "not_due",
        "the record is not in the population (`where` is false)",
    )


def test_stop_decides_before_anything_is_sent(asking: Company) -> None:
    asking.playbook(ASK, 'params: {lead: 140}\nstop: status in ["cancelled", "renewed"]\n')
    asking.run("2024-03-01")
    asking.contracts({"status": "cancelled"})
    assert verdicts(asking.run("2024-03-02")) == {"stopped": 1}
    assert asking.mails() == []


def test_stop_cancels_what_is_queued(asking: Company) -> None:
    asking.playbook(ASK, 'params: {lead: 140}\nstop: status in ["cancelled", "renewed"]\n')
    asking.run("2024-03-01")
    asking.run("2024-03-02", "--no-deliver")
    assert [touch["state"] for touch in asking.touches()] == ["queued"]
    asking.contracts({"status": "renewed"})
    asking.run("2024-03-03")
    assert [touch["state"] for touch in asking.touches()] == ["cancelled"]
    assert asking.mails() == []


def test_a_run_before_the_last_one_or_far_ahead_wants_force(asking: Company) -> None:
    asking.run("2024-03-02")
    refused = asking.call("run", "--as-of", "2024-03-01")
    assert refused.code == 3
    assert "--force" in refused.err
    far = asking.call("run", "--as-of", "2999-01-01")
    assert far.code == 3
    assert "more than a day ahead" in far.err
    assert asking.call("plan", "--as-of", "2024-03-01").code == 0
    assert asking.call("run", "--as-of", "2024-03-01", "--force").code == 0


@pytest.mark.parametrize("day", ["yesterday", "2024-02-30", "2024-3-1"])
def test_a_day_that_is_none(asking: Company, day: str) -> None:
    refused = asking.call("run", "--as-of", day)
    assert refused.code in (2, 3)
    assert "2026-03-01" in refused.err


def test_no_recipient_then_else(company: Company) -> None:
    company.playbook(ASK, LEAD)
    company.table("contacts", [{**CONTACT, "role": "user"}])
    assert verdicts(company.run("2024-03-02")) == {"no_recipient": 1}
    assert company.mails() == []


def test_the_else_rule_is_asked_where_the_first_gives_nobody(company: Company) -> None:
    company.playbook(ASK, LEAD)
    company.table("contacts", [{**CONTACT, "email": "it@acme.test", "role": "admin"}])
    assert verdicts(company.run("2024-03-02")) == {"fired": 1}
    assert [touch["to"] for touch in company.touches()] == ["it@acme.test"]


def test_where_from_finds_nobody_the_project_writes(company: Company) -> None:
    company.playbook(ASK, LEAD)
    company.table("accounts", [{**ACCOUNT, "csm": ""}])
    company.write({"templates/ask.md": MAIL + "\n{{ sender.name }}\n"})
    assert company.run("2024-03-02")["delivery"]["sent"] == 1
    [mail] = company.mails()
    assert "acme-cs" in mail.as_string()
