"""Whoever has replied is not reminded."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from clikit import CONTACT, Company, verdicts
from playcall.engine.ledger import replies
from playcall.engine.ledger.database import open_ledger

PLAYS = """
ask:
  when: days_to_renewal == 140
  do: [{email: ask, to: [decision_maker, admin]}]
remind:
  after: ask + 5d
  do: [{email: ask, to: [decision_maker, admin]}]
"""


@pytest.fixture
def asked(company: Company) -> Company:
    """Two people are asked on 2 March and would be reminded on the 7th."""
    company.playbook(PLAYS)
    company.table("contacts", [CONTACT, {**CONTACT, "email": "it@acme.test", "role": "admin"}])
    company.runs("2024-03-01", "2024-03-02")
    return company


def reply(company: Company, contact: str, day: str, **changes: object) -> None:
    at = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
    given = {"automatic": False, "record": "C1"} | changes
    ledger = open_ledger("sqlite:///.playcall/ledger.db", company.root)
    with ledger.writing() as connection:
        replies.add(
            connection,
            replies.ReplyRow(
                message_id=f"<{contact}@x>",
                touch=None,
                entity="contract",
                cycle=None,
                account="A1",
                contact=contact,
                at=at,
                day=at.date(),
                **given,  # type: ignore[arg-type]
            ),
        )
    ledger.close()


def reminded(company: Company) -> list[str]:
    company.run("2024-03-07")
    return sorted(one["to"] for one in company.touches("--state", "sent") if one["play"] == "remind")


def test_who_replied_is_left_out(asked: Company) -> None:
    reply(asked, "CEO@acme.test", "2024-03-04")
    assert reminded(asked) == ["it@acme.test"]


def test_where_all_replied_it_is_over(asked: Company) -> None:
    reply(asked, "ceo@acme.test", "2024-03-02")
    reply(asked, "it@acme.test", "2024-03-05")
    assert verdicts(asked.run("2024-03-07")) == {"replied": 1}
    assert verdicts(asked.run("2024-03-08")) == {}


@pytest.mark.parametrize(
    ("day", "changes"),
    [("2024-03-01", {}), ("2024-03-04", {"automatic": True}), ("2024-03-04", {"record": "C2"})],
)
def test_what_is_no_answer_to_it_stops_nothing(asked: Company, day: str, changes: dict[str, object]) -> None:
    reply(asked, "ceo@acme.test", day, **changes)
    assert reminded(asked) == ["ceo@acme.test", "it@acme.test"]
