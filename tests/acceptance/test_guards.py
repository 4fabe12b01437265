"""Bad data does not act: what is wrong with one column holds the plays that read it, and no others."""

from __future__ import annotations

import pytest

from clikit import Company, Row, verdicts

PLAYS = """
ask:
  when: days_to_renewal == 140
  grace: 7d
  do: [{email: ask, to: decision_maker}]
value:
  when: days_to_renewal == 140
  if: arr > 1000 JPY
  grace: 7d
  do: [{task: "Call", assign: csm}]
grown:
  when: days_to_renewal == 140
  grace: 7d
  do: [{task: "Grown to {{ contract.devices }}", assign: csm}]
"""


@pytest.fixture
def valued(company: Company) -> Company:
    """Twenty contracts with amounts, due on 2 March."""
    text = (company.root / "catalog/all.yaml").read_text("utf-8")
    changed = text.replace("      quantity: int\n", "      quantity: int\n      arr: {money: JPY}\n")
    company.write({"catalog/all.yaml": changed})
    company.playbook(PLAYS)
    company.many(20)
    contracts(company)
    company.run("2024-03-01")
    return company


def contracts(company: Company, factor: float = 1, **changes: object) -> None:
    rows: list[Row] = [
        {
            "contract_id": f"C{n:03}",
            "account_id": f"A{n:03}",
            "arr": (10_000 + n * 1_000) * factor,
            **changes,
        }
        for n in range(1, 21)
    ]
    company.contracts(*rows)


def held(report: dict[str, list[dict[str, object]]]) -> dict[str, str]:
    """Why each play is held."""
    return {str(one["play"]): str(one["detail"]) for one in report["held"]}


@pytest.mark.parametrize(
    ("changes", "plays", "said"),
    [
        ({"factor": 100}, {"value"}, "contract.arr has amounts 100 times as large as before"),
        ({"factor": 0.01}, {"value"}, "contract.arr has amounts 100 times smaller than before"),
        ({"arr": ""}, {"value"}, "contract.arr has no value, where 20 of 20 rows had one"),
        ({"devices": ""}, {"grown"}, "contract.devices has no value, where 20 of 20 rows had one"),
        ({"devices": "many"}, {"grown"}, "20 of 20 cells of contract.devices do not parse"),
    ],
)
def test_a_column_holds_what_reads_it(
    valued: Company, changes: dict[str, object], plays: set[str], said: str
) -> None:
    contracts(valued, **changes)  # type: ignore[arg-type]
    report = valued.run("2024-03-02")
    assert verdicts(report) == {"fired": 40, "held": 20}
    assert set(held(report)) == plays
    assert all(said in why for why in held(report).values())
    contracts(valued)
    assert verdicts(valued.run("2024-03-03")) == {"fired": 20}


@pytest.mark.parametrize("factor", [1.4, 5, 0.2])
def test_amounts_may_grow_and_shrink(valued: Company, factor: float) -> None:
    contracts(valued, factor)
    assert verdicts(valued.run("2024-03-02")) == {"fired": 60}


def test_a_size_that_stays_wrong_is_still_wrong(valued: Company) -> None:
    contracts(valued, 100)
    valued.run("2024-03-02")
    assert verdicts(valued.run("2024-03-04")) == {"held": 20}
    found = valued.call("facts", "check")
    assert (found.code, "contract.arr has amounts" in found.out) == (1, True)


def test_a_recipient_and_a_template_count_as_reading(valued: Company) -> None:
    """The mail reads the product in its template and the role of contacts in its rule of people."""
    contracts(valued, product="")
    assert set(held(valued.run("2024-03-02"))) == {"ask"}
    contracts(valued)
    rows = [
        {"email": f"ceo{n:03}@acme.test", "account_id": f"A{n:03}", "name": "Carla", "role": ""}
        for n in range(1, 21)
    ]
    valued.table("contacts", rows)
    assert set(held(valued.run("2024-03-03"))) == {"ask"}
