"""Identifiers: made many at once, each the same as by itself, and as the standard library would write it."""

from __future__ import annotations

import base64
import hashlib

from hypothesis import given
from hypothesis import strategies as st

from playcall.engine.decide.ids import identifier, identifiers

parts = st.lists(st.text(max_size=12), min_size=1, max_size=4)


def plain(things: list[str]) -> str:
    digest = hashlib.sha256("\x1f".join(things).encode()).digest()
    return base64.b32encode(digest)[:20].decode().lower()


@given(st.lists(parts, max_size=20))
def test_many_at_once_are_the_same_as_one_by_one(things: list[list[str]]) -> None:
    assert identifiers(things) == [plain(one) for one in things]


def test_an_id_stays_what_it_is() -> None:
    assert identifier("renewals", "ask", "C1", "90", "2026-03-02") == "haxzo42xjf3zhwho4xnn"
    assert identifier("a", "b") != identifier("a\x1fb", "") != identifier("", "a", "b")
