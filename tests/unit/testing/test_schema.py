"""The JSON Schema of test files knows the keys of the loader and accepts what ships; so do the docs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from playcall.engine.document import Entries, Node, Scalar
from playcall.engine.files import Files
from playcall.engine.service.schemas import read_schema
from playcall.engine.shape import Findings, read_yaml
from playcall.engine.testing.expectations import KEYS
from playcall.engine.testing.loader import TEST, TEST_FILE

ROOT = Path(__file__).parents[3]
SCHEMA: dict[str, Any] = json.loads(read_schema("tests"))
SHIPPED = sorted((*ROOT.glob("playbooks/tests/*.yaml"), *ROOT.glob("playbooks/*/tests/*.yaml")))


def value_of(node: Node) -> object:
    """A node as an editor's YAML 1.2 has it; a date is a text there."""
    if isinstance(node, Scalar):
        is_plain = node.plain and re.fullmatch(r"true|false|null|-?[0-9]+", node.text)
        return json.loads(node.text) if is_plain else node.text
    if isinstance(node, Entries):
        return {key.text: value_of(value) for key, value in node}
    return [value_of(item) for item in node.items]


def test_keys() -> None:
    assert set(SCHEMA["properties"]) == TEST_FILE.keys
    assert set(SCHEMA["$defs"]["test"]["properties"]) == TEST.keys
    assert set(SCHEMA["$defs"]["expectation"]["properties"]) == {"on", *KEYS}


def test_the_reference_lists_every_key() -> None:
    page = (ROOT / "docs" / "reference" / "tests.md").read_text("utf-8")
    listed = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert listed == {*TEST_FILE.keys, *TEST.keys, "on", *KEYS}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_ships_is_valid(path: Path) -> None:
    node = read_yaml(path, Findings(), Files(path.parent))
    assert node is not None
    errors = Draft202012Validator(SCHEMA).iter_errors(value_of(node))
    assert [f"{error.json_path}: {error.message}" for error in errors] == []
