"""`audit verify` as a person runs it: the chain holds, or the first broken link is named."""

from __future__ import annotations

import json
import sqlite3

import pytest
from jsonschema import Draft202012Validator

from clikit import Company
from playcall.engine.service.schemas import read_schema

PLAYS = """
ask:
  when: days_to_renewal == 140
  do: [{email: ask, to: decision_maker}, {task: Call, assign: csm}]
"""


def test_a_verdict_changed_behind_its_back_is_found(company: Company) -> None:
    company.playbook(PLAYS)
    assert company.json("audit", "verify")["events"] == 0
    run = company.runs("2024-03-01", "2024-03-02")[1]["run"]
    found = company.json("audit", "verify")
    Draft202012Validator(json.loads(read_schema("audit"))).validate(found)
    assert (found["ok"], found["runs"], found["events"], found["unsealed"]) == (True, 2, 3, 0)
    assert "the chain holds" in company.call("audit", "verify", "--head", found["head"]["hash"]).out
    with sqlite3.connect(company.root / ".playcall/ledger.db") as ledger:
        ledger.execute("update decision set verdict = 'declined'")
    ledger.close()
    answer = company.call("audit", "verify")
    assert (answer.code, f"run {run}" in answer.out) == (1, True)


MAIL = "where type = 'email'"


@pytest.mark.parametrize(
    ("delivery", "changes"),
    [
        (
            [],
            {
                "occurrence set verdict = 'expired'": "does not say what the run decided",
                f"touch set state = 'queued' {MAIL}": "is queued, and its last event is touch.sent",
                f"touch set recipient = 'x@y.test' {MAIL}": "was not decided for x@y.test",
                "task set state = 'done'": "is done, and its last event is nothing",
                "task set assignee = 'mori'": "is mori's, and was given to kato",
                "suppression set lifted_at = since": "the suppression of a@b.test (manual) is gone",
            },
        ),
        (["--no-deliver"], {f"touch set state = 'sent' {MAIL}": "is sent, and its last event is nothing"}),
    ],
    ids=["delivered", "queued"],
)
def test_what_does_not_follow_from_what_happened_is_found(
    company: Company, delivery: list[str], changes: dict[str, str]
) -> None:
    company.playbook(PLAYS)
    company.run("2024-03-02", *delivery)
    company.call("suppress", "add", "a@b.test")
    path = company.root / ".playcall/ledger.db"
    sound = path.read_bytes()
    for change, problem in changes.items():
        with sqlite3.connect(path) as ledger:
            ledger.execute(f"update {change}")
        ledger.close()
        answer = company.call("audit", "verify")
        assert (answer.code, problem in answer.out) == (1, True), answer.out
        path.write_bytes(sound)
    assert company.call("audit", "verify").code == 0


def test_a_head_that_is_not_in_the_chain_is_told(company: Company) -> None:
    company.playbook(PLAYS)
    company.run("2024-03-02")
    answer = company.call("audit", "verify", "--head", "0" * 64)
    assert (answer.code, "cut off" in answer.out) == (1, True)
