"""`lint --facts`: what the last run's facts say of the playbooks, as a user meets it."""

from __future__ import annotations

import json

import pytest

from clikit import Company

PLAYS = """\
ask:
  when: days_to_renewal == 140
  if: account.segment == "enterprise"
  do: [{task: Call, assign: boss}]
"""
WHERE = 'where: status == "active"\n'


@pytest.fixture
def renewals(company: Company) -> Company:
    """Twelve active contracts of mid-size accounts, and a playbook that asks enterprises; no CSM has a
    manager but one."""
    company.many(12)
    company.playbook(PLAYS, WHERE)
    path = company.root / "catalog" / "all.yaml"
    path.write_text(path.read_text("utf-8") + "  boss: {user: account.csm.manager, else: csm}\n", "utf-8")
    return company


def test_without_a_run_there_is_nothing_to_ask(renewals: Company) -> None:
    answer = renewals.call("lint", "--facts")
    assert (answer.code, answer.out) == (3, "")
    assert "there is no snapshot in" in answer.err
    assert "`playcall run` keeps one" in answer.err


def test_what_the_last_run_saw(renewals: Company) -> None:
    renewals.run("2024-03-01")
    assert "W21" not in renewals.call("lint").out
    answer = renewals.call("lint", "--facts", "--format", "json")
    found = json.loads(answer.out)
    assert (answer.code, found["errors"]) == (0, 0)
    told = {(one["code"], one["file"], one["line"]) for one in found["diagnostics"]}
    assert ("W213", "playbooks/renewals.yaml", 5) in told  # every contract is active
    assert ("W214", "playbooks/renewals.yaml", 9) in told  # no account is an enterprise
    assert renewals.call("lint", "--facts", "--fail-on", "warning").code == 1


def test_only_the_files_that_are_named(renewals: Company) -> None:
    renewals.run("2024-03-01")
    found = renewals.json("lint", "--facts", "catalog")["diagnostics"]
    assert all(one["file"].startswith("catalog/") for one in found)


@pytest.mark.parametrize("other", [["--fix"], ["--changed-since", "HEAD"]])
def test_what_it_does_not_go_with(renewals: Company, other: list[str]) -> None:
    answer = renewals.call("lint", "--facts", *other)
    assert answer.code == 2
    assert "exclude each other" in answer.err


def test_kept_facts_that_are_gone(renewals: Company) -> None:
    renewals.run("2024-03-01")
    for path in (renewals.root / ".playcall" / "snapshots" / "objects").iterdir():
        path.unlink()
    answer = renewals.call("lint", "--facts")
    assert answer.code == 3
    assert "is gone" in answer.err
