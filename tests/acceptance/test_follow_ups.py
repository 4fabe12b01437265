"""Plays that follow another, plays on a schedule, and conditions."""

from __future__ import annotations

from clikit import ACCOUNT, CONTACT, Company, verdicts

ASK = """
ask:
  when: days_to_renewal == 140
  grace: 7d
  do: [{email: ask, to: decision_maker, from: csm}]
"""
REMIND = """
remind:
  after: ask + 10d
  unless: devices is missing
  do: [{email: ask, to: decision_maker, from: csm}]
"""


def test_follows_ten_days_after_the_message_was_sent(company: Company) -> None:
    company.playbook(ASK + REMIND)
    company.run("2024-03-01")
    assert verdicts(company.run("2024-03-04")) == {"fired": 1}  # two days late: 10 days count from here
    assert verdicts(company.run("2024-03-13")) == {}
    [due] = company.plan("2024-03-14")
    assert (due["play"], due["due"], due["verdict"]) == ("remind", "2024-03-14", "fired")
    assert verdicts(company.run("2024-03-16")) == {"fired": 1}
    assert verdicts(company.run("2024-03-17")) == {}
    assert len(company.mails()) == 2


def test_unless_declines_and_closes_it(company: Company) -> None:
    company.playbook(ASK + REMIND)
    company.runs("2024-03-01", "2024-03-02")
    company.contracts({"devices": ""})
    assert verdicts(company.run("2024-03-12")) == {"declined": 1}
    company.contracts({})
    assert verdicts(company.run("2024-03-13")) == {}
    assert company.explain("renewals.remind", "C1", "2024-03-12")[0] == "declined"


def test_a_follow_up_has_its_parents_grace(company: Company) -> None:
    company.playbook(ASK + REMIND)
    company.runs("2024-03-01", "2024-03-02")
    assert verdicts(company.run("2024-03-20")) == {"expired": 1}


def test_none_follows_a_parent_that_did_not_act(company: Company) -> None:
    company.playbook(ASK + REMIND)
    company.table("contacts", [{**CONTACT, "role": "user"}])
    assert verdicts(company.run("2024-03-02")) == {"no_recipient": 1}
    assert [verdicts(one) for one in company.runs("2024-03-12", "2024-03-13")] == [{}, {}]


def test_none_follows_a_closed_episode(company: Company) -> None:
    company.playbook(
        """
low:
  when: devices < 50
  do: [{task: "Call", assign: csm}]
escalate:
  after: low + 3d
  do: [{task: "Escalate", assign: csm, priority: urgent}]
"""
    )
    company.contracts({"devices": 10})
    company.run("2024-03-01")
    company.contracts({"devices": 90})
    company.run("2024-03-02")
    assert verdicts(company.run("2024-03-04")) == {}


def test_what_stays_unknown_is_pending_and_then_expires(company: Company) -> None:
    company.playbook(ASK.replace("  grace: 7d", "  grace: 3d\n  if: devices > 50"))
    company.contracts({"devices": ""})
    company.run("2024-03-01")
    assert verdicts(company.run("2024-03-02")) == {"pending": 1}
    assert verdicts(company.run("2024-03-05")) == {"pending": 1}
    assert verdicts(company.run("2024-03-06")) == {"expired": 1}
    assert verdicts(company.run("2024-03-07")) == {}


def test_what_becomes_known_while_pending_fires(company: Company) -> None:
    company.playbook(ASK.replace("  grace: 7d", "  grace: 3d\n  if: devices > 50"))
    company.contracts({"devices": ""})
    company.runs("2024-03-01", "2024-03-02")
    company.contracts({})
    assert verdicts(company.run("2024-03-04")) == {"fired": 1}


def test_every_acts_once_a_slot(company: Company) -> None:
    company.playbook(
        """
quarterly:
  every: "0 9 1 */3 *"
  do: [{task: "Review {{ account.name }}", assign: csm}]
"""
    )
    assert verdicts(company.run("2024-03-31")) == {}
    assert verdicts(company.run("2024-04-01")) == {"fired": 1}
    assert verdicts(company.run("2024-04-01")) == {}
    assert verdicts(company.run("2024-04-02")) == {}
    assert verdicts(company.run("2024-07-02")) == {"fired": 1}


def test_history_is_in_reach_of_conditions(company: Company) -> None:
    company.playbook(
        ASK
        + """
thank:
  when: fired("ask") and days_since_fired("ask") >= 2
  do: [{task: "Thank {{ account.name }}", assign: csm}]
"""
    )
    company.runs("2024-03-01", "2024-03-02")
    assert verdicts(company.run("2024-03-03")) == {}
    assert verdicts(company.run("2024-03-04")) == {"fired": 1}


TOGETHER = """
ask:
  when: days_to_renewal == 140
  together: account
  ahead: 30d
  do: [{email: together, to: decision_maker, from: csm}]
"""
TOGETHER_MAIL = """\
---
subject: "{{ account.name }}: {{ records | length }} contracts"
---
{% for one in records %}
- {{ one.contract.contract_id }} ends on {{ one.contract.renewal_date }}
{% endfor %}
"""


def test_one_mail_not_three(company: Company) -> None:
    company.playbook(TOGETHER)
    company.write({"templates/together.md": TOGETHER_MAIL})
    company.contracts(
        {"contract_id": "C1"},
        {"contract_id": "C2"},
        {"contract_id": "C3", "renewal_date": "2024-08-10", "term_start": "2023-08-10"},
        {"contract_id": "C4", "renewal_date": "2024-12-01", "term_start": "2023-12-01"},
    )
    company.run("2024-03-01")
    report = company.run("2024-03-02")
    assert verdicts(report) == {"fired": 3}
    assert report["touches"]["email"] == 1
    [mail] = company.mails()
    assert mail["Subject"] == "Acme: 3 contracts"
    assert verdicts(company.run("2024-03-23")) == {}
    assert [one["to"] for one in company.touches("--record", "C3")] == ["ceo@acme.test"]


def test_two_accounts_are_two_mails(company: Company) -> None:
    company.playbook(TOGETHER)
    company.write({"templates/together.md": TOGETHER_MAIL})
    company.contracts({"contract_id": "C1"}, {"contract_id": "C2", "account_id": "A2"})
    company.table("accounts", [ACCOUNT, {**ACCOUNT, "account_id": "A2", "name": "Beta"}])
    company.table("contacts", [CONTACT, {**CONTACT, "email": "ceo@beta.test", "account_id": "A2"}])
    company.runs("2024-03-01", "2024-03-02")
    assert [str(mail["Subject"]) for mail in company.mails()] == ["Acme: 1 contracts", "Beta: 1 contracts"]
