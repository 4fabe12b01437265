"""The action `plan`: a success plan from plans/, step by step (SPEC 5, 8)."""

from __future__ import annotations

import pytest

from clikit import Company, verdicts

PLAN = """\
plan: adoption
for: contract
goal: devices >= quantity * 80%
steps:
  kickoff: {task: "Kick-off with {{ account.name }}", due: 10bd}
  pilot:   {task: "Pilot", after: kickoff + 7d, assign: csm, due: 30d, until: devices >= quantity * 50%}
  review:  {task: "Review", after: pilot + 7d, due: 5bd}
"""
PLAYS = """\
  start:
    when: devices < quantity * 30%
    clear: devices >= quantity * 80%
    do: [{plan: adoption, assign: csm}]
"""


@pytest.fixture
def firm(company: Company) -> Company:
    company.write({"plans/adoption.yaml": PLAN})
    company.playbook(PLAYS)
    company.contracts({"contract_id": "C1", "devices": 20}, {"contract_id": "C2", "devices": 99})
    return company


def tasks(company: Company) -> list[tuple[str, str, str]]:
    found = [one for state in ("open", "cleared") for one in company.tasks("--state", state)]
    return sorted((one["play"], one["title"], one["state"]) for one in found)


def test_its_steps_begin_one_after_the_other(firm: Company) -> None:
    firm.run("2024-03-01")
    assert tasks(firm) == [("start", "Kick-off with Acme", "open")]
    firm.runs("2024-03-07", "2024-03-08")
    assert tasks(firm)[1:] == [("start-pilot", "Pilot", "open")]
    assert firm.explain("renewals.start-review", "C1", "2024-03-14")[0] == "not_due"
    firm.run("2024-03-15")
    assert [title for _, title, _ in tasks(firm)] == ["Kick-off with Acme", "Pilot", "Review"]


def test_the_goal_closes_what_is_open_and_begins_nothing(firm: Company) -> None:
    firm.runs("2024-03-01", "2024-03-08")
    firm.contracts({"contract_id": "C1", "devices": 85}, {"contract_id": "C2", "devices": 99})
    found = firm.run("2024-03-15")
    assert "fired" not in verdicts(found)
    assert {state for _, _, state in tasks(firm)} == {"cleared"}


def test_a_step_is_closed_by_its_own_condition(firm: Company) -> None:
    firm.runs("2024-03-01", "2024-03-08")
    firm.contracts({"contract_id": "C1", "devices": 55}, {"contract_id": "C2", "devices": 99})
    firm.run("2024-03-09")
    assert [(play, state) for play, _, state in tasks(firm)] == [
        ("start", "open"),
        ("start-pilot", "cleared"),
    ]
