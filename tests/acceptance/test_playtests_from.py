"""`playcall test --from`: a test of a real decision, which passes and gives nothing away."""

from __future__ import annotations

import pytest

from clikit import ACCOUNT, CATALOG, Company

_NAME = "name: text\n      segment"
SECRET = CATALOG.replace(_NAME, "name: {text: true, sensitive: true}\n      segment")
PLAYS = """\
ask:
  when: days_to_renewal == 140
  grace: 7d
  unless: account.nps <= 3
  do: [{email: ask, to: decision_maker, from: csm}]
save:
  when: devices < quantity
  do: [{task: "Call {{ account.name }}", assign: csm}]
"""


@pytest.fixture
def site(company: Company) -> Company:
    company.write({"catalog/all.yaml": SECRET})
    company.table("accounts", [{**ACCOUNT, "nps": 9}])
    company.playbook(PLAYS, 'where: status == "active"\n')
    return company


def made(site: Company, *arguments: str) -> str:
    """The file that was written; all tests of the project pass."""
    answer = site.call("test", "--from", "renewals", "C1", *arguments)
    assert answer.code == 0, answer.err
    name = answer.out.removeprefix("wrote ").strip()
    assert site.json("test")["failed"] == 0
    return (site.root / name).read_text("utf-8")


def test_of_what_the_ledger_decided_last_on_the_facts_of_then(site: Company) -> None:
    site.runs("2024-02-28", "2024-03-02")
    site.contracts({"status": "cancelled"})
    text = made(site)
    assert "run_on: 2024-03-02" in text
    assert "start: 2024-02-28" in text
    assert "cancelled" not in text
    assert "{on: 2024-03-02, play: ask, record: C1, action: email, to: ceo@acme.test}" in text


def test_of_a_day_that_no_run_decided(site: Company) -> None:
    site.contracts({"devices": 3})
    text = made(site, "--as-of", "2024-02-01")
    assert "run_on: 2024-02-01" in text
    assert "play: save, record: C1, action: task, assignee: kato" in text


def test_of_nothing(site: Company) -> None:
    text = made(site, "--as-of", "2024-02-01")
    assert "expect:" not in text
    assert "nothing_else: true" in text


def test_of_what_was_declined(site: Company) -> None:
    site.table("accounts", [{**ACCOUNT, "nps": 2}])
    text = made(site, "--as-of", "2024-03-02")
    assert "{on: 2024-03-02, play: ask, record: C1, verdict: declined, reason: unless}" in text


def test_sensitive_values_are_masked(site: Company) -> None:
    answer = site.call("test", "--from", "renewals", "C1", "--as-of", "2024-03-02", "--out", "-")
    assert "Acme" not in answer.out
    assert '"***"' in answer.out
    assert "1 sensitive value(s) are masked in it" in answer.err


def test_what_only_earlier_days_explain_is_said(site: Company) -> None:
    site.contracts({"devices": 3})
    site.runs("2024-02-01")
    site.table("contacts", [{"email": "x@acme.test", "account_id": "A9", "name": "X", "role": "admin"}])
    answer = site.call("test", "--from", "renewals", "C1", "--as-of", "2024-02-01")
    assert answer.code == 0
    assert answer.err == "playcall: 1 sensitive value(s) are masked in it\n"


def test_a_file_that_is_there_is_not_replaced(site: Company) -> None:
    made(site, "--as-of", "2024-03-02")
    answer = site.call("test", "--from", "renewals", "C1", "--as-of", "2024-03-02")
    assert answer.code == 3
    assert "is there already" in answer.err


@pytest.mark.parametrize(
    ("playbook", "record", "said"),
    [("renewal", "C1", "did you mean renewals?"), ("renewals", "C9", "there is no contract `C9`")],
)
def test_what_is_not_there(site: Company, playbook: str, record: str, said: str) -> None:
    answer = site.call("test", "--from", playbook, record)
    assert answer.code == 3
    assert said in answer.err
