"""Some accounts are left alone so that the effect can be told; approval waits for a person's word."""

from __future__ import annotations

from itertools import pairwise

import pytest

from clikit import Company, verdicts

ASK = "ask:\n  when: days_to_renewal == 140\n  do: [{email: ask, to: decision_maker}]\n"


def held_out(company: Company, head: str = "", plays: str = ASK) -> set[str]:
    """The records that a run on the day would leave alone."""
    company.playbook(plays, head)
    return {one["record"] for one in company.plan("2024-03-02") if one["verdict"] == "holdout"}


def test_raising_the_share_only_adds(company: Company) -> None:
    company.many(200)
    company.playbook(ASK, "limits: {per_play: 500}\n")
    shares = [held_out(company, f"holdout: {share}%\n") for share in (5, 10, 20, 50)]
    assert all(small < large for small, large in pairwise(shares))
    assert 70 < len(shares[-1]) < 130


def test_an_account_is_left_alone_as_a_whole(company: Company) -> None:
    company.many(40)
    rows = [
        {"contract_id": f"C{n:03}{part}", "account_id": f"A{n:03}"} for n in range(1, 41) for part in "ab"
    ]
    company.contracts(*rows)
    found = held_out(company, "holdout: 50%\nlimits: {per_play: 500}\n")
    assert {one[:-1] + "a" for one in found} == {one for one in found if one.endswith("a")}
    assert len(found) == 2 * len({one[:-1] for one in found})


def test_it_is_the_same_for_all_plays_of_a_playbook_and_stays_over_renames(company: Company) -> None:
    company.many(60)
    head = "holdout: 30%\nlimits: {per_play: 500}\n"
    plays = ASK + ASK.replace("ask:", "tell:", 1)
    company.playbook(plays, head)
    company.run("2024-03-01")
    planned = company.plan("2024-03-02")
    by_play = [
        {one["record"] for one in planned if (one["play"], one["verdict"]) == (play, "holdout")}
        for play in ("ask", "tell")
    ]
    assert by_play[0] == by_play[1] != set()
    (company.root / "playbooks/renewals.yaml").unlink()
    company.playbook(ASK, head + "was: renewals\n", name="other")
    other = {one["record"] for one in company.plan("2024-03-02") if one["verdict"] == "holdout"}
    assert other == by_play[0]


def test_it_is_recorded_and_never_acted_upon(company: Company) -> None:
    company.playbook(ASK, "holdout: 99.999%\n")
    company.run("2024-03-01")
    assert verdicts(company.run("2024-03-02")) == {"holdout": 1}
    assert verdicts(company.run("2024-03-03")) == {}
    assert company.touches() == []


@pytest.mark.parametrize("written", ["0%", "100%", "10", "ten%", "-5%"])
def test_a_share_that_is_none_is_told(company: Company, written: str) -> None:
    company.playbook(ASK, f"holdout: {written}\n")
    answer = company.call("lint")
    assert (answer.code, "share of the accounts" in answer.out) == (1, True), answer.out


@pytest.mark.parametrize(
    ("plays", "head"),
    [
        (ASK.replace("  do:", "  approve: quantity > 50\n  do:"), ""),
        (ASK.replace("decision_maker}", 'decision_maker, approve: account.segment == "mid"}'), ""),
        (ASK, "approve: true\n"),
        (ASK, "approve: devices > 5\n"),  # unknown asks too
    ],
)
def test_what_wants_approval_waits_for_it(company: Company, plays: str, head: str) -> None:
    company.playbook(plays, head)
    company.contracts({"devices": "" if "devices" in head else 110})
    company.run("2024-03-01")
    report = company.run("2024-03-02")
    assert verdicts(report) == {"held": 1}
    assert report["held"][0]["reason"] == "approval"
    assert company.mails() == []
    assert "playcall approve renewals.ask" in company.call("status").out
    assert verdicts(company.run("2024-03-03")) == {"held": 1}
    assert verdicts(company.json("approve", "renewals.ask", "--as-of", "2024-03-10")) == {"fired": 1}
    company.run("2024-03-11")
    assert len(company.mails()) == 1


def test_what_wants_none_goes(company: Company) -> None:
    company.playbook(ASK.replace("  do:", "  approve: quantity > 500\n  do:"))
    company.run("2024-03-01")
    assert verdicts(company.run("2024-03-02")) == {"fired": 1}
