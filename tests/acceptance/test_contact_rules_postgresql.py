"""The contact rules on a ledger in PostgreSQL: decided, read again before sending, and listed."""

from __future__ import annotations

import pytest

from clikit import CONTACT, Company, verdicts

RULES = """\
topics: {tips: {class: operational}, news: {class: promotional}}
limits: {per_contact: 2 per 7d, per_account: 5 per 7d, per_assignee: 1 per 1d}
quiet_hours: {from: "19:00", to: "08:00"}
"""
PLAYS = """
ask:
  when: days_to_renewal == 140
  grace: 7d
  topic: tips
  do:
    - {email: ask, to: [decision_maker, admin]}
news:
  when: days_to_renewal == 139
  grace: 7d
  topic: news
  holdout: 1%
  do: [{email: ask, to: decision_maker}]
call:
  when: days_to_renewal == 138
  do: [{task: "Call", assign: csm}]
"""


@pytest.fixture
def ruled(company: Company, postgres_url: str) -> Company:
    """Three contracts of one account on PostgreSQL."""
    path = company.root / "playcall.yaml"
    company.write({"playcall.yaml": path.read_text("utf-8") + RULES + f'ledger: "{postgres_url}"\n'})
    company.playbook(PLAYS)
    company.contracts(*({"contract_id": f"C{n}"} for n in range(1, 4)))
    company.table("contacts", [CONTACT, {**CONTACT, "email": "it@acme.test", "role": "admin"}])
    company.run("2024-03-01")
    return company


def test_the_rules_hold(ruled: Company) -> None:
    assert ruled.call("suppress", "add", "IT@acme.test", "--reason", "bounce").code == 0
    assert verdicts(ruled.run("2024-03-02")) == {"fired": 2, "capped": 1}
    assert len(ruled.mails()) == 2
    assert {one["reason"] for one in ruled.touches("--state", "cancelled")} == {"suppressed: bounce"}
    assert verdicts(ruled.run("2024-03-03")) == {"capped": 1, "suppressed": 3}
    assert verdicts(ruled.run("2024-03-04")) == {"capped": 3, "fired": 1}  # one task a day
    waiting = {(one["what"], one["reason"], one["count"]) for one in ruled.json("status")["deferred"]}
    assert waiting == {("occurrences", "contact", 1), ("occurrences", "assignee", 2)}
    assert verdicts(ruled.run("2024-03-09")) == {"fired": 1, "expired": 2}
    assert len(ruled.mails()) == 3


def test_what_changes_before_sending_holds(ruled: Company) -> None:
    assert ruled.call("consent", "add", "ceo@acme.test", "--evidence", "form").code == 0
    assert verdicts(ruled.run("2024-03-03", "--no-deliver"))["fired"] == 2
    assert ruled.call("suppress", "add", "it@acme.test").code == 0
    assert ruled.call("consent", "withdraw", "ceo@acme.test").code == 0
    ruled.run("2024-03-03")
    assert len(ruled.mails()) == 2
    cancelled = {(one["to"], one["reason"]) for one in ruled.touches("--state", "cancelled")}
    assert ("it@acme.test", "suppressed: manual") in cancelled
    refused = ruled.call("suppress", "lift", "it@acme.test", "--reason", "unsubscribe")
    assert refused.code == 3
    assert ruled.call("suppress", "lift", "it@acme.test").code == 0
    assert ruled.json("suppress", "list")["suppressions"] == []
