"""What was: plays that look back over kept snapshots, in runs, plans, explanations, replays and tests."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from clikit import ACCOUNT, CATALOG, PROJECT, Company, founded

SHRUNK = """
less:
  when: change(quantity, 30d) < 0
  do: [{task: "{{ was(quantity, 30d) }} became {{ quantity }}", assign: csm}]
"""


@pytest.fixture(scope="module")
def march(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Loaded on 1 and 10 March with 100 licences; since then there are 80."""
    company = founded(tmp_path_factory.mktemp("march") / "acme")
    company.playbook(SHRUNK)
    company.runs("2024-03-01", "2024-03-10")
    company.contracts({"quantity": 80})
    return company.root


@pytest.fixture
def company(march: Path, tmp_path: Path) -> Company:
    return Company(Path(shutil.copytree(march, tmp_path / "acme")))


def trigger(company: Company, day: str, record: str = "C1") -> dict[str, Any]:
    explained: dict[str, Any] = company.json("explain", "renewals.less", record, "--as-of", day)["trigger"]
    return explained


def test_a_run_compares_with_the_last_snapshot_on_or_before(company: Company) -> None:
    company.run("2024-04-05")  # 30 days ago was 6 March: what was loaded on the 1st was known
    assert [task["title"] for task in company.tasks()] == ["100 became 80"]
    found = trigger(company, "2024-04-05")
    [change] = found["parts"]
    [now, was] = change["parts"]
    assert (change["value"], now["value"], was["text"], was["value"]) == (-20, 80, "was(quantity, 30d)", 100)
    assert was["parts"][1]["text"] == "as of 2024-03-06, snapshot"
    assert was["parts"][1]["value"].endswith(" of 2024-03-01")


def test_what_was_not_kept_is_unknown_and_counted(company: Company) -> None:
    company.contracts({"quantity": 80}, {"contract_id": "C2", "quantity": 5})
    [unknown] = company.run("2024-04-05")["unknown"]
    assert (unknown["field"], unknown["count"]) == ("was(quantity, 30d)", 1)
    assert trigger(company, "2024-04-05", "C2")["unknown_because"] == ["contract C2 on 2024-03-06"]
    assert trigger(company, "2024-03-20")["unknown_because"] == ["a snapshot of 2024-02-19 or before"]


def test_a_replay_is_told_what_the_run_was_told(company: Company) -> None:
    run = company.run("2024-04-05")["run"]
    company.contracts({"quantity": 300})
    company.run("2024-03-05", "--force")  # a load that comes late, for a day that the run looked back to
    assert company.json("replay", run)["same"] is True
    assert trigger(company, "2024-04-05")["value"] is True


def test_a_play_without_history_asks_for_none(company: Company) -> None:
    company.playbook('low:\n  when: quantity < 90\n  do: [{task: "Call", assign: csm}]\n')
    (company.root / ".playcall/snapshots/manifests").rename(company.root / "gone")
    (company.root / ".playcall/snapshots/index.jsonl").rename(company.root / "index")
    company.run("2024-04-05")
    assert len(company.tasks()) == 1


@pytest.mark.parametrize(
    ("declared", "when", "value"),
    [
        ("quantity: number", "was(quantity, 30d) == 100.0", True),  # retyped: read as what it is now
        ("quantity: text", 'was(quantity, 30d) == "100"', True),
        ("quantity: date", "was(quantity, 30d) is missing", True),  # nothing that 100 could mean
        (
            "quantity: int\n      seats: {int: true, from: crm.quantity}",
            "was(seats, 30d) is missing",
            True,
        ),  # new
        ("quantity: int\n      fee: {money: JPY, from: crm.quantity}", "was(fee, 30d) is missing", True),
    ],
)
def test_the_schema_may_have_changed(company: Company, declared: str, when: str, value: object) -> None:
    company.write({"catalog/all.yaml": CATALOG.replace("quantity: int", declared)})
    company.playbook(f"less:\n  when: {when!r}\n  do: [{{task: Call, assign: csm}}]\n")
    if "date" in declared:
        company.contracts({"quantity": "2024-01-01"})
    assert trigger(company, "2024-04-05")["value"] is value


def test_a_table_that_was_bad_then_is_passed_over(company: Company) -> None:
    many = [{"contract_id": f"C{number}", "quantity": number} for number in range(1, 31)]
    company.contracts(*many)
    company.run("2024-03-11")
    company.contracts(*many[:3])  # shrunk: most are missing
    company.run("2024-03-12")
    company.contracts(*({**one, "quantity": 7} for one in many))
    assert trigger(company, "2024-04-12", "C20")["parts"][0]["value"] == 7 - 20


def test_relations_and_derived_fields_are_those_of_then(company: Company) -> None:
    derived = "    derive: {licences: sum(contracts.quantity)}\n  contract:"
    company.write({"catalog/all.yaml": CATALOG.replace("  contract:", derived, 1)})
    company.playbook(
        'less:\n  when: was(account.licences, 30d) == 100\n  do: [{task: "Call", assign: csm}]\n'
    )
    company.table("accounts", [ACCOUNT, {**ACCOUNT, "account_id": "A2"}])
    company.contracts({"quantity": 80, "account_id": "A2"})  # the account then was A1
    assert trigger(company, "2024-04-05")["value"] is True


def test_days_in_a_state(company: Company) -> None:
    company.playbook(
        'less:\n  when: days_in_state(quantity < 90) >= 5\n  do: [{task: "Call", assign: csm}]\n'
    )
    company.run("2024-04-05")
    company.run("2024-04-08")
    assert not company.tasks()
    company.run("2024-04-10")
    assert len(company.tasks()) == 1
    [days] = trigger(company, "2024-04-10")["parts"]
    assert (days["value"], days["parts"][1]["text"], days["parts"][1]["value"]) == (
        5,
        "true since",
        "2024-04-05",
    )


def test_the_days_are_those_of_the_projects_time_zone(tmp_path: Path) -> None:
    """A load at 23:30 UTC on 5 March is of the 6th in Tokyo, and of the 5th in Lisbon."""
    for zone, known in (("Asia/Tokyo", None), ("Europe/Lisbon", 100)):
        company = founded(tmp_path / zone)
        company.write({"playcall.yaml": PROJECT.replace("Asia/Tokyo", zone)})
        company.playbook(SHRUNK)
        company.run("2024-03-05T23:30:00Z")
        company.contracts({"quantity": 80})
        [change] = trigger(company, "2024-04-04T12:00:00Z")["parts"]  # 30 days after 5 March
        assert change["parts"][1]["value"] == known, zone


def test_tests_have_the_past_that_their_changes_make(company: Company) -> None:
    company.write(
        {
            "tests/less.yaml": """\
playbook: renewals
start: 2024-01-01
records:
  account: {A1: {name: Acme, csm: kato}}
  contract: {C1: {account_id: A1, quantity: 100}}
tests:
  - name: while less than a month ago
    run_on: [2024-01-20, 2024-02-05, 2024-03-20]
    set: [{on: 2024-02-01, contract: {C1: {quantity: 80}}}]
    expect: [{on: 2024-02-05, play: less, title: "100 became 80"}]
    nothing_else: true
"""
        }
    )
    assert company.json("test")["passed"] == 1


def test_a_simulation_remembers_its_own_days(company: Company) -> None:
    """More than ten days ago on two days: after ten days each, as much as ten days ago."""
    company.playbook('more:\n  when: change(quantity, 10d) > 0\n  do: [{task: "Thank", assign: csm}]\n')
    company.run("2024-04-01")
    rule = "  - {{for: contract, when: today == {day}, set: {{quantity: {quantity}}}}}\n"
    rules = rule.format(day="2024-04-20", quantity=90) + rule.format(day="2024-05-05", quantity=95)
    company.write({"more.yaml": f"facts:\n{rules}"})
    answers = ("--answers", str(company.root / "more.yaml"))
    found = company.json("simulate", "--from", "2024-04-08", "--to", "2024-05-16", *answers)
    assert [day["day"] for day in found["days"] if day["tasks"]] == ["2024-04-20", "2024-05-05"]


def test_lint_knows_how_long_snapshots_are_kept(company: Company) -> None:
    company.write({"playcall.yaml": f"{PROJECT}retention: {{snapshots: 30d}}\n"})
    company.playbook(SHRUNK.replace("30d", "31d"))
    assert "W307" in {one["code"] for one in company.json("lint")["diagnostics"]}
