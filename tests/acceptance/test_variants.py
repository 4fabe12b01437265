"""Several ways to write one message: who gets which stays, and is on record."""

from __future__ import annotations

import pytest

from clikit import Company, verdicts

VARIANTS = """
ask:
  when: days_to_renewal == 140
  do: [{email: ask, to: decision_maker}]
  variants:
    plain: {template: ask}
    short: {template: short, subject: "Quick: {{ contract.product }}?"}
"""
SHORT = "---\nsubject: A short question\n---\nDo you plan to renew {{ contract.product }}?\n"


@pytest.fixture
def trying(company: Company) -> Company:
    company.write({"templates/short.md": SHORT})
    company.many(40)
    return company


def test_everybody_gets_one_and_it_is_on_record(trying: Company) -> None:
    trying.playbook(VARIANTS)
    trying.run("2024-03-01")
    assert verdicts(trying.run("2024-03-02")) == {"fired": 40}
    by_variant: dict[str, set[str]] = {}
    for touch in trying.touches():
        by_variant.setdefault(touch["variant"], set()).add(touch["to"])
    assert set(by_variant) == {"plain", "short"}
    assert all(10 <= len(people) <= 30 for people in by_variant.values())
    subjects = {str(mail["To"]).split("<")[1][:-1]: str(mail["Subject"]) for mail in trying.mails()}
    assert {subjects[one] for one in by_variant["short"]} == {"Quick: mdm?"}
    assert {subjects[one] for one in by_variant["plain"]} == {"mdm ends on July 20, 2024"}
    where = 'any(touches where variant == "short" and topic == "" and sent_at is not missing)'
    found = trying.json("facts", "list", "contact", "--where", where)["records"]
    assert {one["record"] for one in found} == by_variant["short"]


def test_the_split_is_kept_and_the_choice_stays(trying: Company) -> None:
    trying.playbook(VARIANTS + "  split: {plain: 90%, short: 10%}\n")
    once, twice = (
        {one["record"]: one["actions"][0]["template"] for one in trying.plan("2024-03-02")} for _ in range(2)
    )
    assert once == twice
    assert list(once.values()).count("short") <= 10


def test_a_variant_may_go_to_other_people(trying: Company) -> None:
    trying.playbook(
        "ask:\n  when: days_to_renewal == 140\n  do: [{email: ask, to: decision_maker}]\n"
        "  variants: {us: {to: csm}, them: {}}\n"
    )
    people = {one["actions"][0]["to"] for one in trying.plan("2024-03-02")}
    assert "kato@acme.test" in people
    assert len(people) > 10


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("template: short", "template: shot", "did you mean `short`"),
        ("    plain: {template: ask}\n", "", "two or more"),
        ("template: ask}", "topik: ask}", "a variant has no key `topik`"),
        ("  variants:", "  split: {plain: 1}\n  variants:", "nothing of the variant `short`"),
        ("  variants:", "  split: {plain: 1, shirt: 1, short: 1}\n  variants:", "did you mean `short`"),
        ("  variants:", "  split: {plain: half, short: 1}\n  variants:", "a weight is"),
        ("{{ contract.product }}", "{{ contract.produkt }}", "produkt"),
        ("{email: ask, to: decision_maker}", '{task: "Call", assign: csm}', "write the play's e-mail"),
    ],
)
def test_variants_that_are_wrong_are_told(trying: Company, old: str, new: str, said: str) -> None:
    trying.playbook(VARIANTS.replace(old, new))
    answer = trying.call("lint")
    assert (answer.code, said in answer.out) == (1, True), answer.out


def test_a_split_needs_variants(company: Company) -> None:
    company.playbook(
        "ask:\n  when: days_to_renewal == 140\n  split: {a: 1}\n  do: [{email: ask, to: decision_maker}]\n"
    )
    answer = company.call("lint")
    assert (answer.code, "there are none" in answer.out) == (1, True)
