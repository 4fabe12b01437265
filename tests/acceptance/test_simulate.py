"""A period is played through on a copy: who gets what when, and nothing of the project is touched."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from clikit import CONTACT, Company
from playcall.engine.service.schemas import read_schema

RENEWALS = """
ask:
  when: days_to_renewal == 140
  unless: nps is not missing
  do: [{email: ask, to: decision_maker}]
remind:
  after: ask + 10d
  unless: status == "cancelled"
  do: [{email: ask, to: decision_maker}]
save:
  when: status == "cancelled"
  do: [{task: "Save {{ account.name }}", assign: csm}]
"""
PLAIN = RENEWALS.replace("  unless: nps is not missing\n", "")
SURVEY = """
survey: intent
for: contract
open: 7d
questions:
  intent: {ask: "Do you plan to renew?", choice: {"yes": "Yes", "no": "No", later: "Not yet"}}
  when: {if: intent == "later", ask: "When will you know?", date: true}
"""
DUE = date(2024, 3, 2)  # 140 days before the contract's renewal date


def simulated(company: Company, first: object, last: object, *more: str) -> Any:
    return company.json("simulate", "--from", str(first), "--to", str(last), *more)


def valid(found: Any) -> bool:
    """Whether a report has the shape that its schema promises."""
    schema = json.loads(read_schema("simulate"))
    return jsonschema.Draft202012Validator(schema).is_valid(found)


def answers(company: Company, text: str) -> tuple[str, str]:
    company.write({"answers.yaml": text})
    return ("--answers", str(company.root / "answers.yaml"))


def went(found: Any) -> list[tuple[str, int, int]]:
    """(day, messages, tasks) of the days on which something went."""
    days = [(one["day"], one["messages"], one["tasks"]) for one in found["days"]]
    return [one for one in days if one[1:] != (0, 0)]


def contents(root: Path) -> dict[str, str]:
    """Every file of a project with its hash."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_play_and_its_follow_up_come_on_their_days(company: Company) -> None:
    company.playbook(PLAIN)
    found = simulated(company, "2024-03-01", "2024-03-13")
    assert went(found) == [("2024-03-02", 1, 0), ("2024-03-12", 1, 0)]
    assert found["contacts"]["busiest"] == [{"who": CONTACT["email"], "messages": 2}]
    assert [(one["play"], one["verdicts"]) for one in found["verdicts"]] == [
        ("ask", {"fired": 1}),
        ("remind", {"fired": 1}),
    ]


def test_nothing_of_the_project_is_touched(company: Company) -> None:
    company.playbook(PLAIN)
    before = contents(company.root)
    simulated(company, "2024-03-01", "2024-03-13")
    assert contents(company.root) == before
    company.run("2024-03-02")
    before = contents(company.root)
    simulated(company, "2024-03-03", "2024-03-13")
    assert contents(company.root) == before


def test_it_goes_on_from_the_ledger_as_it_is(company: Company) -> None:
    company.playbook(PLAIN)
    company.run("2024-03-02")
    assert went(simulated(company, "2024-03-03", "2024-03-13")) == [("2024-03-12", 1, 0)]


def test_a_reaction_changes_fields_and_what_follows(company: Company) -> None:
    company.playbook(PLAIN)
    file = answers(
        company,
        "reactions:\n"
        "  - after: renewals.ask\n"
        "    one_of: [{share: 100%, days: 4, set: {status: cancelled}}]\n"
        "  - after: renewals.save\n"
        "    one_of: [{share: 100%, days: 2, done: true}]\n",
    )
    found = simulated(company, "2024-03-01", "2024-03-13", *file)
    assert went(found) == [("2024-03-02", 1, 0), ("2024-03-06", 0, 1)]
    [csm] = found["assignees"]
    assert (csm["assignee"], csm["opened"], csm["closed"], csm["most_open"]) == ("kato", 1, 1, 1)
    verdicts = {one["play"]: one["verdicts"] for one in found["verdicts"]}
    assert verdicts["remind"] == {"declined": 1}


def test_a_lead_is_a_fact_of_the_days_after(company: Company) -> None:
    company.playbook("""
spot:
  when: days_to_renewal == 140
  do: [{opportunity: "More for {{ account.name }}", assign: csm}]
meet:
  when: any(opportunities where stage == "spotted")
  do: [{task: "Meet {{ account.name }}", assign: csm}]
""")
    found = simulated(company, "2024-03-01", "2024-03-05")
    assert [(one["play"], one["verdicts"]) for one in found["verdicts"]] == [
        ("meet", {"fired": 1}),
        ("spot", {"fired": 1}),
    ]


ASKED = ("2024-03-02", 1, 0)
REMINDED = ("2024-03-12", 1, 0)
SAVED = ("2024-03-05", 0, 1)


@pytest.mark.parametrize(
    ("given", "days", "kept", "sent"),
    [
        ('"no"', 3, "given", [ASKED, SAVED]),
        ("{intent: later, when: 2024-04-01}", 3, "given", [ASKED]),
        ('{intent: "no", when: 2024-04-01}', 3, "refused", [ASKED, REMINDED]),
        ('"no"', 9, "closed", [ASKED, REMINDED]),
    ],
)
def test_customers_answer_surveys(
    company: Company, given: str, days: int, kept: str, sent: list[tuple[str, int, int]]
) -> None:
    """What its page would take is a fact of the days after; what it would not is counted."""
    company.write({"surveys/intent.yaml": SURVEY})
    company.playbook("""
ask:
  when: days_to_renewal == 140
  do: [{survey: intent, to: decision_maker}]
remind:
  after: ask + 10d
  unless: answered("intent")
  do: [{survey: intent, to: decision_maker}]
save:
  when: answer("intent") == "no"
  do: [{task: "Save {{ account.name }}", assign: csm}]
""")
    file = answers(
        company,
        f"reactions: [{{after: renewals.ask, one_of: [{{share: 100%, days: {days}, answer: {given}}}]}}]\n",
    )
    found = simulated(company, "2024-03-01", "2024-03-13", *file)
    assert found["answers"] == {"given": 0, "closed": 0, "refused": 0} | {kept: 1}
    assert went(found) == sent
    assert valid(found)


def test_contracts_roll_over(company: Company) -> None:
    company.playbook("ask:\n  when: days_to_renewal == 5\n  do: [{email: ask, to: decision_maker}]\n")
    file = answers(
        company,
        "facts:\n  - for: contract\n    when: renewal_date < today\n"
        "    move: {term_start: 1mo, renewal_date: 1mo}\n",
    )
    company.contracts({"term_start": "2023-12-31", "renewal_date": "2024-01-31"})
    found = simulated(company, "2024-01-24", "2024-03-26", *file)
    assert [day for day, _, _ in went(found)] == ["2024-01-26", "2024-02-24", "2024-03-24"]
    assert found["changes"] == 2


@pytest.mark.parametrize(("share", "least", "most"), [("60%", 18, 30)])
def test_shares_are_kept_and_seeded(company: Company, share: str, least: int, most: int) -> None:
    company.playbook(PLAIN)
    company.contracts(*({"contract_id": f"C{n}"} for n in range(40)))
    text = (
        "seed: 5\nreactions:\n  - after: renewals.ask\n"
        f"    one_of: [{{share: {share}, days: {{from: 1, to: 8}}, set: {{status: cancelled}}}}]\n"
    )
    file = answers(company, text)
    found = simulated(company, "2024-03-01", "2024-03-12", *file)
    saved = sum(one["tasks"] for one in found["days"])
    assert least <= saved <= most
    assert simulated(company, "2024-03-01", "2024-03-12", *file) == found


def test_another_seed_gives_another_course(company: Company) -> None:
    company.playbook(PLAIN)
    company.contracts(*({"contract_id": f"C{n}"} for n in range(40)))
    text = (
        "seed: {}\nreactions:\n  - after: renewals.ask\n"
        "    one_of: [{{share: 50%, days: {{from: 1, to: 8}}, set: {{status: cancelled}}}}]\n"
    )
    first, second = (
        went(simulated(company, "2024-03-01", "2024-03-12", *answers(company, text.format(seed))))
        for seed in (1, 2)
    )
    assert first != second


def test_caps_collisions_and_held_are_counted(company: Company) -> None:
    settings = (company.root / "playcall.yaml").read_text("utf-8")
    company.write({"playcall.yaml": settings + "limits: {per_contact: 2 per 7d, per_play: 4}\n"})
    company.playbook(
        "first:\n  when: days_to_renewal == 140\n  grace: 10d\n  do: [{email: ask, to: decision_maker}]\n"
        "second:\n  when: days_to_renewal == 140\n  grace: 10d\n  do: [{email: ask, to: decision_maker}]\n"
        "third:\n  when: quantity > 5\n  do: [{task: Look, assign: csm}]\n"
    )
    company.contracts(*({"contract_id": f"C{n}"} for n in range(5)))
    found = simulated(company, DUE - timedelta(days=1), DUE + timedelta(days=14))
    assert found["contacts"]["week"] == 2
    assert valid(found)
    assert {one["cap"] for one in found["caps"]} == {"contact"}
    assert all(one["occurrences"] == one["fired"] + one["expired"] + one["waiting"] for one in found["caps"])
    assert found["held"] == [{"playbook": "renewals", "play": "third", "reason": "limit", "count": 5}]
    file = answers(company, "approve: 2d\n")
    approved = simulated(company, DUE - timedelta(days=1), DUE + timedelta(days=14), *file)
    assert approved["held"] == []
    assert [one for one in went(approved) if one[2]] == [("2024-03-03", 0, 5)]


def test_files_are_the_same_byte_for_byte(company: Company, tmp_path: Path) -> None:
    pytest.importorskip("vl_convert")
    company.playbook(PLAIN)
    company.contracts(*({"contract_id": f"C{n}"} for n in range(5)))
    made = []
    for name in ("one", "two"):
        simulated(company, "2024-03-01", "2024-03-04", "--out", str(tmp_path / name))
        made.append(contents(tmp_path / name))
    assert made[0] == made[1]
    assert sorted(made[0]) == ["contacts.svg", "load.svg", "tasks.svg", "touches.csv", "verdicts.svg"]
    assert (tmp_path / "one" / "load.svg").read_text("utf-8").startswith("<svg")


def test_a_cell_that_a_spreadsheet_would_run_is_text(company: Company, tmp_path: Path) -> None:
    company.playbook(PLAIN)
    company.contracts({"contract_id": '=HYPERLINK("http://evil.test")'})
    simulated(company, "2024-03-01", "2024-03-03", "--out", str(tmp_path / "out"))
    text = (tmp_path / "out" / "touches.csv").read_text("utf-8-sig")
    assert "\"'=HYPERLINK" in text


def test_mistakes_of_an_answers_file_are_told_with_their_places(company: Company) -> None:
    company.playbook(PLAIN)
    file = answers(
        company,
        "reactions:\n"
        "  - after: renewals.aks\n"
        "    one_of: [{share: 60}]\n"
        "  - after: renewals.ask\n"
        "    one_of: [{share: 70%}, {share: 40%, set: {statsu: cancelled, status: gone}, done: true}]\n"
        "  - after: renewals.ask\n"
        "    one_of: [{share: 7%, answer: {intent: 'yes'}}]\n"
        "facts:\n"
        "  - {for: contracts, when: true}\n"
        "  - {for: contract, when: renewal_dat < today, move: {product: 1y, contract_id: 1y}}\n",
    )
    answer = company.call("simulate", "--from", "2024-03-01", "--to", "2024-03-02", *file)
    assert answer.code == 3
    for said in (
        "answers.yaml:2:12: error E504: there is no play `renewals.aks`",
        "contract has no field `statsu`",
        "`gone` is not a value of `status`",
        "more than 100%",
        "`ask` opens no tasks",
        "`ask` asks no survey",
        "no entity `contracts`",
        "contract has no field `renewal_dat`",
        "`product` is not a date",
        "part of the key",
    ):
        assert said in answer.err, said


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--from", "2024-03-02", "--to", "2024-03-01"), 3, "is before"),
        (("--from", "2024-03-02", "--to", "2044-03-01"), 3, "more than ten years"),
        (("--from", "yesterday", "--to", "2024-03-01"), 2, "yesterday"),
        (("--from", "2024-03-02"), 2, "--to"),
        (("--from", "2024-03-01", "--to", "2024-03-02", "--answers", "nowhere.yaml"), 2, "nowhere.yaml"),
    ],
)
def test_wrong_arguments_are_told(company: Company, arguments: tuple[str, ...], code: int, said: str) -> None:
    company.playbook(PLAIN)
    answer = company.call("simulate", *arguments)
    assert (answer.code, said in answer.err) == (code, True), answer.err


def test_text_says_what_was_found(company: Company) -> None:
    company.playbook(PLAIN)
    answer = company.call("simulate", "--from", "2024-03-01", "--to", "2024-03-04")
    assert answer.code == 0
    for said in ("4 days simulated on a copy", "2024-03-02", "renewals.ask", "1 fired", "contacts"):
        assert said in answer.out, said


def test_days_are_those_that_runs_have(company: Company) -> None:
    """The simulation keeps its tables from day to day; runs fill theirs anew. Both decide the same."""
    company.playbook(
        PLAIN
        + "again:\n  when: days_to_renewal < 139\n  again: 3d\n  do: [{email: ask, to: decision_maker}]\n"
        + "paid:\n  when: days_to_renewal in [141, 138]\n  grace: 2d\n  do: [{email: ask, to: admin}]\n"
        + "call:\n  after: ask + 2d\n  do: [{task: Call, assign: csm, until: days_to_renewal < 136}]\n"
        + 'chase:\n  after: call + 1d\n  if: open_task("call")\n  do: [{task: Chase, assign: csm}]\n'
        + "quiet:\n  when: days_to_renewal < 140 and not touched_within(2d)\n  do: [{task: Q, assign: csm}]\n"
    )
    company.many(3)
    days = [date(2024, 2, 29) + timedelta(days=n) for n in range(9)]
    found = simulated(company, days[0], days[-1])
    runs = company.runs(*map(str, days))
    assert [one["verdicts"] for one in found["days"]] == [one["verdicts"] for one in runs]
    assert [one["messages"] for one in found["days"]] == [one["delivery"]["sent"] for one in runs]
    assert sum(one["closed"] for one in found["assignees"]) == company.json("status")["tasks"]["cleared"]
