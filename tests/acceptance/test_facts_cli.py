"""The facts as people look at them through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clikit import ACCOUNT, CATALOG, Company

PHONE = "+81-3-1234-5678"


def test_sensitive_values_are_masked_wherever_they_are_shown(company: Company) -> None:
    fields = """\
      phone: {text: true, nullable: true, sensitive: true}
    derive:
      dial: concat("tel:", phone)
      callable: phone is not missing
"""
    nps = "      nps: {int: true, nullable: true}\n"
    company.write({"catalog/all.yaml": CATALOG.replace(nps, nps + fields, 1)})
    company.table("accounts", [{**ACCOUNT, "phone": PHONE}])
    company.playbook(
        """
        ring:
          when: days_to_renewal == 140
          if: account.dial contains "81" and length(account.phone) > 3
          do: [{task: Ring them, assign: csm}]
        """.replace("\n        ", "\n")
    )
    shown = company.json("facts", "show", "account", "A1", "--as-of", "2024-03-02")["fields"]
    assert (shown["phone"]["value"], shown["dial"]["value"]) == ("***", "***")
    assert shown["callable"]["value"] is True
    answers = [
        company.call("explain", "renewals.ring", "C1", "--as-of", "2024-03-02", "--format", style)
        for style in ("text", "json")
    ]
    answers.append(company.call("facts", "list", "account", "--where", "callable", "--format", "json"))
    for answer in answers:
        assert answer.code == 0, answer.err
        assert "1234" not in answer.out
        assert "***" in answer.out
    assert json.loads(answers[1].out)["verdict"] == "fired"


def test_an_entity_without_records_has_an_empty_list(company: Company) -> None:
    company.write({"data/crm/contacts.csv": "email,account_id,name,role\n"})
    found = company.json("facts", "list", "contact", "--where", 'role == "admin"')
    assert (found["count"], found["unknown"], found["records"]) == (0, 0, [])


def test_a_list_of_what_could_not_be_loaded_says_why(company: Company) -> None:
    company.write({"data/crm/contacts.csv": "email,account_id\n"})
    answer = company.call("facts", "list", "contact")
    assert answer.code == 3
    assert "no contact could be loaded: crm.contacts:" in answer.err
    assert "no column 'name'" in answer.err


def test_a_cell_may_be_long(company: Company) -> None:
    company.table("accounts", [{**ACCOUNT, "name": "株" * 200_000}])
    name = company.json("facts", "show", "account", "A1")["fields"]["name"]["value"]
    assert len(name) == 200_000


def test_explain_says_which_condition_is_which(company: Company) -> None:
    company.playbook(
        "ask:\n  when: days_to_renewal == 140\n  unless: quantity > 500\n  do: [{task: Ask, assign: csm}]",
        head='where: status == "active"\nstop: status == "renewed"\n',
    )
    answer = company.call("explain", "renewals.ask", "C1", "--as-of", "2024-03-02")
    assert answer.code == 0, answer.err
    titles = [line for line in answer.out.splitlines() if line in ("where", "stop", "if", "unless")]
    assert titles == ["where", "stop", "unless"]


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", ""])
def test_a_day_that_is_none_is_wrong_use(company: Company, day: str) -> None:
    for command in (["plan"], ["facts", "list", "account"], ["explain", "renewals.ask", "C1"]):
        answer = company.call(*command, "--as-of", day)
        assert answer.code == 2
        assert "write it as 2026-03-01" in answer.err


def test_a_project_that_is_a_file(company: Company, tmp_path: Path) -> None:
    for place, what in ((company.root / "playcall.yaml", "is a file"), (tmp_path / "no", "does not exist")):
        answer = Company(place).call("lint")
        assert (answer.code, answer.out) == (3, "")
        assert f"{place} {what}" in answer.err
