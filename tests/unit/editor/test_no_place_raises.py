"""Whatever is half deleted and half typed, every question has an answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lspcore import BOOK, Asked

from playcall.engine.editor.project import Knowledge

FILES = (BOOK, "playbooks/renewal.yaml", "catalog/customers.yaml", "catalog/scores.yaml", "playcall.yaml",
         "templates/notice.md")  # fmt: skip
TYPED = st.text(alphabet="abw.:|>-#{}[]()\"' \n,=+1{%é株😀\t", max_size=12)


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 3000), kept=st.integers(0, 3000), typed=TYPED)
def test_no_place_raises(
    root: Path, knowledge: Knowledge, name: str, cut: int, kept: int, typed: str
) -> None:
    text = (root / name).read_text("utf-8").replace("|", "")
    cut, kept = cut % (len(text) + 1), kept % (len(text) + 1)
    marked = text[:cut] + typed.replace("|", "") + "|" + text[max(cut, kept) :]
    ask = Asked(knowledge)
    ask.complete(marked, name)
    ask.hover(marked, name)
    ask.places(marked, name)
