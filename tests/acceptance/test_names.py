"""A name that one play gave up and another took: two plays, each with its own history."""

from __future__ import annotations

from clikit import Company, verdicts

ASK = "ask:\n  when: days_to_renewal == 140\n  do: [{email: ask, to: decision_maker}]\n"


def test_a_name_that_was_given_up_may_be_used_again(company: Company) -> None:
    company.playbook(ASK)
    company.runs("2024-03-01", "2024-03-02")
    renamed = ASK.replace("ask:", "question:", 1).replace("  do:", "  was: ask\n  do:")
    company.playbook(renamed)
    assert verdicts(company.run("2024-03-02")) == {}
    company.playbook(renamed.replace("  was: ask\n", "") + ASK)
    report = company.run("2024-03-02")
    assert verdicts(report) == {"fired": 1}  # the same record, key and day, of another play
    assert sorted(one["play"] for one in company.touches()) == ["ask", "question"]
    assert len({one["id"] for one in company.touches()}) == 2
    assert verdicts(company.run("2024-03-03")) == {}
