"""YAML that playcall does not read: one diagnostic each, with its place; nothing raises."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playcall.dsl.diagnostics import Diagnostic
from playcall.engine.document import (
    MAX_BYTES,
    Entries,
    File,
    Scalar,
    read_document,
    read_documents,
    read_file,
)
from playcall.engine.shape import yaml_type

REFUSED = {
    "duplicate key": ("a: 1\nb: 2\na: 3\n", ["E102 3:1"]),
    "anchor and alias": ("a: &x 1\nb: *x\n", ["E103 1:4", "E103 2:4"]),
    "merge key": ("a:\n  <<: {b: 1}\n", ["E103 2:3"]),
    "tag": ("a: !!python/object:os.system x\n", ["E103 1:4"]),
    "second document": ("a: 1\n---\nb: 2\n", ["E101 3:1"]),
    "key that is a list": ("? [a]\n: b\n", ["E101 1:3"]),
    "tab": ("a:\n\tb: 1\n", ["E101 2:1"]),
    "item's key out of line": ("a:\n  - b: 1\n   c: 2\n", ["E101 3:4"]),
    "deeper indentation": ("a: b\n  c: d\n", ["E101 2:4"]),
    "colon of a Japanese keyboard": ("a：b\nc: d\n", ["E101 1:2"]),
    "colon of a Japanese keyboard, further down": ("a:\n  b： c\n  d: e\n", ["E101 2:4"]),
    "space that does not break": ("a:\u00a0b\nc: d\n", ["E101 1:3"]),
    "indented by full-width spaces": ("a:\n　　b: 1\n  c: 1\n", ["E101 2:1"]),
    "full-width colon in a text": ("a: |\n  注意：b\nc\nd: 1\n", ["E101 4:1"]),
    "control character": ("a: \x07\n", ["E101 1:4"]),
    "unclosed quote": ("a: 'b\n", ["E101 1:4"]),
    "unclosed bracket": ("a: [1, 2\n", ["E101 1:4"]),
    "unclosed bracket before a key": ("a:\n  b: [1, {c: 2}\nd: 3\n", ["E101 2:6"]),
    "unclosed brace in a list": ("a:\n  - {b: 1\n  - {b: 2}\n", ["E101 2:5"]),
    "brackets that cross": ("a: [1, 2}\n", ["E101 1:4"]),
    "bracket too many": ("a: [1]]\n", ["E101 1:7"]),
    "bracket in braces over lines": ("a: {\n  b: x in [1]\n}\n", ["E110 2:6"]),
    "comma missing over lines": ("a: {\n  b: 1\n  c: 2\n}\n", ["E101 3:3"]),
    "quote closed further down": ('a: "b\nc: 1\nd: "e"\n', ["E101 1:4"]),
    "no space after a key": ("a:\n  b:c\n  d: 1\n", ["E101 2:3"]),
    "no space after a dash": ("a:\n  - b\n  -c: d\n", ["E101 3:3"]),
    "indentation that fits nothing": ("a:\n    b: 1\n   c: 2\n", ["E101 3:4"]),
    "comma missing between brackets": ("a: [\n  {b: 1}\n  {c: 2}\n]\n", ["E101 3:3"]),
    "too deep": ("[" * 60, ["E108 1:52"]),
    "comma in braces": ("a: {b: min(x, 1)}", ["E110 1:8"]),
    "comma in brackets": ("a: [min(x, 1)]", ["E110 1:5"]),
    "bracket in braces": ("a: {b: x in [1]}", ["E110 1:8"]),
    "colon": ("a: b: c", ["E110 1:4"]),
    "colon in braces": ("a: {b: c: d}", ["E110 1:8"]),
    "comment in quotes": ('a: x == "A #1"', ["E110 1:4"]),
    "number sign": ("a: Call #1", ["E110 1:4"]),
    "closing quote": ('a: "b" == c', ["E110 1:4"]),
    "word without value": ("{a}", ["E106 1:2"]),
}

READ = {
    "booleans as keys": "on: 1\nno: 2\n",
    "comment": "a: b # c\n",
    "comment after brackets": 'a: count(x where y == "z")  # why\n',
    "apostrophe": "a: {b: don't, c: d}\n",
    "empty flow": "{a: , b: }",
    "explicit document": "---\na: 1\n...\n",
    "only a comment": "# nothing\n",
}


def _found(text: str) -> list[str]:
    found: list[Diagnostic] = []
    read_document(File("x.yaml", text), found)
    return [f"{one.code} {one.location.line}:{one.location.column}" for one in found]


@pytest.mark.parametrize(("text", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_said_with_its_place(text: str, expected: list[str]) -> None:
    assert _found(text) == expected


@pytest.mark.parametrize("text", READ.values(), ids=READ)
def test_what_is_right_is_read(text: str) -> None:
    assert _found(text) == []


def test_the_merge_bomb_ends_at_once() -> None:
    lines = ["a0: &a0 {x: 1}"] + [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 40)]
    assert {code.split()[0] for code in _found("\n".join(lines))} == {"E103"}


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab:-[]{},#&*!|>'\"%@`?~ \n\t\\\r\x07\ud7ff日\u2028<=0.", max_size=60))
def test_no_text_raises(text: str) -> None:
    found: list[Diagnostic] = []
    read_documents(File("x.yaml", text), found)
    assert all(one.location.line >= 1 and one.location.column >= 1 for one in found)


def test_files_that_cannot_be_read_are_findings(tmp_path: Path) -> None:
    contents = {
        "latin.yaml": b"a: \xe9\n",
        "large.yaml": b"#" * (MAX_BYTES + 1),
        "bom.yaml": b"\xef\xbb\xbfa: 1\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.yaml").mkdir()
    found: list[Diagnostic] = []
    names = [*contents, "folder.yaml", "absent.yaml"]
    read = [read_file(tmp_path, tmp_path / name, found) is not None for name in names]
    assert read == [False, False, True, False, False]
    assert [one.code for one in found] == ["E101", "E108", "E101", "E101"]


YAML_TYPES = {
    "NO": "false", "yes": "true", "On": "true", "~": "nothing", "": "nothing", "12:30": "a time in seconds",
    "1.10": "a number", "012": "a number", "0x1F": "a number", "1_000": "a number", ".5": "a number",
    ".inf": "a number",
    "2026-04-01": "a date", "2026-04-01 12:00:00": "a date",
    "no thanks": "", "1.2.3": "", "90d": "", "10%": "", "Asia/Tokyo": "", "04-01": "", "y": "",
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), YAML_TYPES.items())
def test_what_yaml_reads_a_plain_scalar_as(text: str, expected: str) -> None:
    assert yaml_type(text) == expected


def test_a_tag_is_shown_as_it_was_written() -> None:
    found: list[Diagnostic] = []
    read_documents(File("x.yaml", "a: !!str b\n"), found)
    (one,) = found
    assert (one.location.column, one.location.end_column) == (4, 9)
    assert one.message == "tags (`!!str`) are not read"
    assert "begins with `!`" in one.help


@pytest.mark.parametrize("value", ["!auto_renew", "&x yes", "*x"])
def test_what_is_refused_is_not_said_to_be_empty_too(value: str) -> None:
    (document,) = read_documents(File("x.yaml", f"when: {value}\n"), [])
    assert isinstance(document, Entries)
    node = document.values["when"]
    assert isinstance(node, Scalar) and node.broken
