"""What unfinished expressions say of the cursor's place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playcall.engine.editor.words import read

# before the cursor → what is expected of it
PLACES: dict[str, dict[str, object]] = {
    "": {"steps": (), "prefix": "", "operand": True},
    "da": {"prefix": "da", "operand": True},
    "account.": {"steps": ("account",), "prefix": ""},
    "account.csm.na": {"steps": ("account", "csm"), "prefix": "na"},
    "a and b.": {"steps": ("b",)},
    "status": {"prefix": "status", "operand": True},
    "status ": {"prefix": "", "operand": False},
    "status == ": {"compared": ("status",), "operand": True},
    "not account.segment == ": {"compared": ("account", "segment")},
    "a and status != ": {"compared": ("status",)},
    "status is not ": {"compared": ("status",)},
    'status == "ac': {"compared": ("status",), "prefix": "ac", "quoted": True},
    "status in [": {"compared": ("status",)},
    'status in ["a", ': {"compared": ("status",)},
    'status not in ["a", "b': {"compared": ("status",), "quoted": True, "prefix": "b"},
    'status == "a" ': {"operand": False, "compared": ()},
    "count(": {"call": ("count", 0), "target": True},
    "count(account.con": {"steps": ("account",), "prefix": "con", "target": True},
    "count(contacts ": {"target": True, "operand": False},
    "count(contacts where ": {"around": (("contacts",),), "target": False, "call": ("", 0)},
    "count(account.contacts where role == ": {"around": (("account", "contacts"),), "compared": ("role",)},
    "any(a where none(b where ": {"around": (("a",), ("b",))},
    "count(a where x) + ": {"around": (), "operand": True},
    "latest(tickets.status by ": {"around": (("tickets", "status"),)},
    "max(quantity, ": {"call": ("max", 1), "target": False, "around": ()},
    'fired("': {"call": ("fired", 0), "quoted": True, "prefix": ""},
    'convert(arr, "J': {"call": ("convert", 1), "quoted": True, "prefix": "J"},
    "x if ": {"operand": True},
    "x in (": {"call": ("", 0)},
    "5 ": {"operand": False},
    "50000 JP": {"prefix": "JP"},
    "株.": {"steps": ("株",)},
}


@pytest.mark.parametrize(("before", "expected"), PLACES.items(), ids=PLACES)
def test_places(before: str, expected: dict[str, object]) -> None:
    cursor = read(before)
    assert {name: getattr(cursor, name) for name in expected} == expected


@given(st.text(alphabet="ab.()[],\"'= \\ 1whereby", max_size=40))
def test_no_text_raises(before: str) -> None:
    read(before)
