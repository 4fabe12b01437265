"""The exported tables are those of their page, column by column, and those that playcall.yaml may name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from playcall.engine.catalog.exports import EXPORTED
from playcall.engine.ledger.exported import TABLES

PAGE = (Path(__file__).parents[3] / "docs/reference/exports.md").read_text("utf-8")


def test_playcall_yaml_names_what_is_declared() -> None:
    assert tuple(TABLES) == EXPORTED


def test_the_page_has_the_tables() -> None:
    assert tuple(re.findall(r"^## (\w+)$", PAGE, re.MULTILINE)) == EXPORTED


@pytest.mark.parametrize("name", EXPORTED)
def test_the_page_has_the_columns(name: str) -> None:
    section = PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `(\w+)` \| (\w+) \| (\*\*key\*\*)?", section, re.MULTILINE)
    table = TABLES[name]
    assert tuple((column, kind) for column, kind, _ in listed) == table.columns()
    assert tuple(column for column, _, key in listed if key) == table.key
