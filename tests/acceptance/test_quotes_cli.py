"""`quotes list`, `show`, `send` and `withdraw`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from clikit import Company
from webkit import BOOK, KEY, PROJECT

PLAYS = """
statement:
  when: days_to_renewal in [90, 45, 7]
  do: [{quote: standard, to: decision_maker, from: csm}]
"""
SCHEMA = Path(__file__).parents[2] / "schemas" / "quotes.json"


@pytest.fixture
def quoted(company: Company, monkeypatch: pytest.MonkeyPatch) -> str:
    """A company with a quote that was sent; gives its id."""
    monkeypatch.setenv("LINK_KEY", KEY)
    settings = (company.root / "playcall.yaml").read_text("utf-8") + PROJECT
    company.write({"playcall.yaml": settings, "pricebooks/standard.yaml": BOOK})
    company.playbook(PLAYS)
    company.runs("2024-04-20", "2024-04-21")
    [one] = company.json("quotes", "list", "--record", "C1")["quotes"]
    return str(one["id"])


def test_a_quote_is_listed_shown_and_withdrawn(company: Company, quoted: str) -> None:
    found = company.json("quotes", "list", "--account", "A1")
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(found)
    [listed] = found["quotes"]
    shown = company.json("quotes", "show", quoted)
    assert (shown["total"], shown["revision"]) == (listed["total"], 1)
    assert [one["number"] for one in shown["revisions"]] == [1]
    assert shown["lines"][0]["how"]
    for command in (("list",), ("show", quoted)):
        assert quoted in company.call("quotes", *command).out
    assert company.json("quotes", "list", "--state", "accepted") == {"quotes": []}
    assert (
        company.call("quotes", "withdraw", quoted, "--reason", "They merge").out == f"{quoted}: withdrawn\n"
    )
    assert company.json("quotes", "show", quoted)["state"] == "withdrawn"
    again = company.call("quotes", "withdraw", quoted, "--reason", "Again")
    assert (again.code, again.err) == (3, "playcall: the quote is withdrawn\n")


def test_the_current_revision_is_sent_once(company: Company, quoted: str) -> None:
    assert "revision 1 is queued" in company.call("quotes", "send", quoted).out
    again = company.call("quotes", "send", quoted)
    assert (again.code, "was sent by hand before" in again.err) == (3, True)


def test_names_that_are_none(company: Company, quoted: str) -> None:
    assert "did you mean sent?" in company.call("quotes", "list", "--state", "sendt").err
    assert "there is no quote `none`; `playcall quotes list`" in company.call("quotes", "show", "none").err
