"""Staff changes a quote; a revision keeps all that it says."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest
from formkit import quoted

from playcall.engine.forms.pricebook import PriceBook
from playcall.engine.playbook.loader import Loaded
from playcall.engine.respond.amending import AddLine, Amendment, RemoveLine, SetAmount, amended
from playcall.engine.respond.closing import QuoteError
from playcall.engine.respond.content import from_content, to_content
from playcall.engine.respond.quote import Quote

Read = Callable[[str], tuple[Loaded, PriceBook]]

BOOK = """quantity: quantity
title: {ja: 見積, en: Offer}
period: {from: 2026-07-20, to: 2027-01-20}
lines:
  licence: {unit: 4800 JPY}
  setup: {flat: 5000 JPY, once: true}
minimum: 40000 JPY
round: 100 JPY
tax: 10%
approve: total > 1 JPY
"""


@pytest.fixture
def quote(book: Read) -> Quote:
    found = quoted(*book(BOOK), {"quantity": 10})
    assert isinstance(found, Quote)
    return found


def test_a_quote_is_kept_as_json(quote: Quote) -> None:
    content = json.loads(json.dumps(to_content(quote)))
    assert from_content(content) == quote
    assert content["total"] == "44000"


@pytest.mark.parametrize(
    ("changes", "amounts", "total"),
    [
        ([], {"licence": 24197, "setup": 5000, "minimum": 10803, "tax": 4000}, 44000),
        (
            [RemoveLine("minimum"), SetAmount("setup", Decimal(0), "goodwill")],
            {"licence": 24197, "setup": 0, "round": 3, "tax": 2420},
            26620,
        ),
        (
            [AddLine("Training", Decimal(10000), "asked for"), AddLine("Goodwill", Decimal(-1), "x")],
            {
                "licence": 24197,
                "setup": 5000,
                "minimum": 10803,
                "added-1": 10000,
                "added-2": -1,
                "round": 1,
                "tax": 5000,
            },
            55000,
        ),
    ],
)
def test_changes_close_anew(
    quote: Quote, changes: Sequence[Amendment], amounts: dict[str, int], total: int
) -> None:
    found = amended(quote, changes)
    assert {line.name: line.amount for line in found.lines} == amounts
    assert found.total == total == sum(line.amount for line in found.lines)
    assert found.approval == ""


def test_a_changed_line_says_what_it_was_and_why(quote: Quote) -> None:
    found = amended(quote, [SetAmount("setup", Decimal(4000), "agreed by telephone")])
    changed = next(line for line in found.lines if line.name == "setup")
    assert changed.how == ("5000 JPY", "5000 JPY → 4000 JPY")
    assert changed.reason == {"": "agreed by telephone"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (RemoveLine("support"), "no line `support` that can be changed"),
        (SetAmount("tax", Decimal(1), "x"), "no line `tax` that can be changed"),
        (SetAmount("setup", Decimal("0.5"), "x"), "no whole multiple of 1 JPY"),
        (AddLine("Off", Decimal(-50000), "x"), "more is taken off than there is"),
    ],
)
def test_what_cannot_be_changed_is_said(quote: Quote, change: Amendment, why: str) -> None:
    with pytest.raises(QuoteError, match=why):
        amended(quote, [change])
