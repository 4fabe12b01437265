"""`erase`: nothing of a person is left in any file, they are never written to again, and the audit trail
holds."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from clikit import CONTACT, Company, verdicts
from playcall.engine.service.schemas import read_schema

PLAYS = """
ask:
  when: days_to_renewal == 140
  grace: 7d
  do: [{email: ask, to: decision_maker, cc: admin}]
again:
  when: days_to_renewal == 138
  grace: 7d
  do:
    - {email: ask, to: decision_maker}
    - {task: "Call them", assign: csm}
"""
OTHER = {**CONTACT, "email": "joceo@acme.test", "name": "Carlos Chief", "role": "admin"}


@pytest.fixture(params=["sqlite", "postgresql"])
def busy(request: pytest.FixtureRequest, company: Company) -> Company:
    """A company whose decision maker got a mail, with a colleague whose address ends like theirs."""
    if request.param == "postgresql":
        path = company.root / "playcall.yaml"
        url = request.getfixturevalue("postgres_url")
        company.write({"playcall.yaml": path.read_text("utf-8") + f'ledger: "{url}"\n'})
    company.playbook(PLAYS)
    company.table("contacts", [{**CONTACT, "email": "CEO@acme.test"}, OTHER])
    company.runs("2024-03-01", "2024-03-02")
    assert company.call("suppress", "add", "ceo@acme.test", "--note", "ceo@acme.test asked").code == 0
    assert company.call("suppress", "lift", "ceo@acme.test").code == 0
    return company


def erased(company: Company, address: str = "Ceo@ACME.test") -> Any:
    found = company.json("erase", address)
    Draft202012Validator(json.loads(read_schema("erase"))).validate(found)
    return found


def holds(folder: Path, text: str) -> list[str]:
    """The files below a folder that hold a text, in any case; what was delivered is out of reach."""
    found = []
    for path in sorted(one for one in folder.rglob("*") if one.is_file() and "mail" not in one.parts):
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
        if text.lower().encode() in content.lower().replace(b"joceo@", b""):
            found.append(path.name)
    return found


def test_nothing_of_the_person_is_left(busy: Company) -> None:
    kept = busy.root / ".playcall"
    assert holds(kept, "ceo@acme.test")
    report = erased(busy)
    assert report["rows"]["touch"] == 1
    assert report["trouble"] == ""
    for text in ("ceo@acme.test", "Carla Chief"):
        assert holds(kept, text) == [], text
    assert [touch["to"] for touch in busy.touches()] == [report["pseudonym"]]
    assert busy.json("touches", "--to", "ceo@acme.test")["touches"] == []


def test_the_trail_holds_and_says_what_was_emptied(busy: Company) -> None:
    before = busy.json("audit", "verify")
    erased(busy)
    after = busy.json("audit", "verify", "--head", before["head"]["hash"])
    assert (after["ok"], after["erased"]) == (True, 2)


def test_they_are_never_written_to_again(busy: Company) -> None:
    """Although the source still names them."""
    report, before = erased(busy), len(busy.mails())
    assert verdicts(busy.run("2024-03-04")) == {"fired": 1}  # the task of it
    assert len(busy.mails()) == before
    new = busy.touches("--state", "cancelled")
    assert [(one["to"], one["reason"]) for one in new] == [(report["pseudonym"], "suppressed: legal")]


def test_what_waits_is_cancelled(company: Company) -> None:
    company.playbook(PLAYS)
    company.run("2024-03-02", "--no-deliver")
    report = erased(company)
    assert report["cancelled"] == 1
    assert company.json("deliver")["sent"] == 0
    assert company.mails() == []
    assert erased(company)["cancelled"] == 0


@pytest.mark.parametrize("text", ["kato", "@", "a b@c"])
def test_what_is_no_address_is_refused(company: Company, text: str) -> None:
    company.playbook(PLAYS)
    answer = company.call("erase", text)
    assert (answer.code, "is no address" in answer.err) == (3, True)
