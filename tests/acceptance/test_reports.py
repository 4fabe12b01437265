"""Reports: figures of groups of records, through the command line (SPEC 8)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from clikit import ACCOUNT, CATALOG, Company
from playcall.engine.service.schemas import read_schema

REPORT = """\
report: growth
describe: Where more is used than was bought.
for: contract
where: status == "active"
by: [product, account.segment]
show:
  contracts: count()
  over: count(where devices > quantity)
  share: over / contracts
  units: sum(quantity where product != "vault")
  next: min(renewal_date)
goal: over == 0
"""


@pytest.fixture
def growth(company: Company) -> Company:
    company.write({"reports/growth.yaml": REPORT})
    company.contracts(
        {"contract_id": "C1"},
        {"contract_id": "C2", "devices": 90, "renewal_date": "2024-05-01"},
        {"contract_id": "C3", "devices": ""},
        {"contract_id": "C4", "product": "vault", "devices": 10, "account_id": "A2"},
        {"contract_id": "C5", "status": "lapsed"},
    )
    return company


def figures(company: Company, name: str = "growth") -> Any:
    found = company.json("report", name, "--as-of", "2024-03-02")
    Draft202012Validator(json.loads(read_schema("figures"))).validate(found)
    return found


def test_groups_and_their_total(growth: Company) -> None:
    found = figures(growth)
    mdm, vault = found["groups"]
    assert mdm["by"] == {"product": "mdm", "account.segment": "mid"}
    assert mdm["show"] == {
        "contracts": 3,
        "over": 1,
        "share": pytest.approx(1 / 3),
        "units": 300,
        "next": "2024-05-01",
    }
    assert mdm["reached"] is False
    assert vault["by"] == {"product": "vault", "account.segment": None}
    assert (vault["show"]["units"], vault["reached"]) == (0, True)
    total = {"contracts": 4, "over": 1, "share": 0.25, "units": 300, "next": "2024-05-01"}
    assert found["total"] == {"by": {}, "show": total, "reached": False}
    assert (found["goal"], found["unknown"], found["as_of"]) == ("over == 0", 0, "2024-03-02")


def test_a_report_for_people(growth: Company) -> None:
    answer = growth.call("report", "growth", "--as-of", "2024-03-02")
    assert answer.code == 0, answer.err
    lines = answer.out.splitlines()
    assert "Where more is used than was bought." in answer.out
    assert any(line.split()[:4] == ["mdm", "mid", "3", "1"] for line in lines)
    assert any(line.split()[0] == "all" and line.endswith("not reached") for line in lines if line.strip())


def test_without_records_there_is_a_total_of_nothing(growth: Company) -> None:
    growth.write({"reports/growth.yaml": REPORT.replace('"active"', '"cancelled"')})
    found = figures(growth)
    nothing = {"contracts": 0, "over": 0, "share": None, "units": 0, "next": None}
    assert (found["groups"], found["total"]["show"]) == ([], nothing)


def test_without_groups_only_the_total(growth: Company) -> None:
    growth.write({"reports/growth.yaml": REPORT.replace("by: [product, account.segment]\n", "")})
    found = figures(growth)
    assert (found["groups"], found["total"]["show"]["contracts"]) == ([], 4)


def test_records_that_nobody_can_place_are_told(growth: Company) -> None:
    growth.write({"reports/growth.yaml": REPORT.replace('status == "active"', "devices > 0")})
    found = figures(growth)
    assert (found["unknown"], found["total"]["show"]["contracts"]) == (1, 4)
    assert "1 more lack a value" in growth.call("report", "growth", "--as-of", "2024-03-02").out


def test_the_ledger_is_reported_too(growth: Company) -> None:
    growth.playbook('\ngrow:\n  when: devices > quantity\n  do: [{task: "Call", assign: csm}]\n')
    growth.write(
        {"reports/work.yaml": "report: work\nfor: task\nby: [assignee, state]\nshow: {tasks: count()}\n"}
    )
    growth.json("run", "--as-of", "2024-03-02")
    (group,) = figures(growth, "work")["groups"]
    assert group == {"by": {"assignee": "kato", "state": "open"}, "show": {"tasks": 2}, "reached": None}


def test_sensitive_values_are_masked(growth: Company) -> None:
    nps = "      nps: {int: true, nullable: true}\n"
    phone = "      phone: {text: true, sensitive: true}\n"
    growth.write({"catalog/all.yaml": CATALOG.replace(nps, nps + phone, 1)})
    growth.table("accounts", [{**ACCOUNT, "phone": "+81-3-1234-5678"}])
    report = "report: calls\nfor: account\nby: phone\nshow: {one: max(phone), is_known: one is not missing}\n"
    growth.write({"reports/growth.yaml": REPORT, "reports/calls.yaml": report})
    (group,) = figures(growth, "calls")["groups"]
    assert group["by"] == {"phone": "***"}
    assert group["show"] == {"one": "***", "is_known": True}


WRONG = {
    "for: contrct": "E502: the catalogue has no entity `contrct`",
    "by: [produkt]": "E203: contract has no field `produkt`",
    "by: [quantity * 1.5]": "E205: a number cannot stand here",
    "where: quantity": "E208",
    "goal: over == 0\nplan: x": "E105: a report has no key `plan`",
    "goal: ovr == 0": "E203: this report has no field `ovr`",
    "show: {a: count(product)}": "help: write `count(where …)`",
    "show: {a: sum(quantity where stat == 1)}": "E203: contract has no field `stat`",
    "show: {}": "E106: the report shows nothing",
}


@pytest.mark.parametrize("change", WRONG)
def test_mistakes_are_found_where_they_stand(growth: Company, change: str) -> None:
    key = change.partition(":")[0] + ":"
    lines = [
        line for line in REPORT.splitlines() if not line.startswith((key, "  ") if key == "show:" else key)
    ]
    growth.write({"reports/growth.yaml": "\n".join([*lines, change, ""])})
    answer = growth.call("lint")
    assert answer.code == 1
    assert WRONG[change] in answer.out


def test_a_figure_that_is_wrong_is_one_mistake(growth: Company) -> None:
    growth.write({"reports/growth.yaml": REPORT.replace("devices > quantity", "devicez > quantity")})
    assert growth.call("lint").out.count("error E") == 1


def test_a_report_that_is_none(growth: Company) -> None:
    answer = growth.call("report", "grow")
    assert (answer.code, answer.err) == (3, "playcall: there is no report `grow`; did you mean growth?\n")
