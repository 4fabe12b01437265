"""Syntax tree → canonical text, and back to the same tree."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playcall.dsl.diagnostics import Diagnostic
from playcall.dsl.literals import quote
from playcall.dsl.parser import parse
from playcall.dsl.printer import print_syntax
from playcall.dsl.source import SourceText

GOLDEN = Path(__file__).parents[2] / "golden" / "expressions" / "canonical.txt"


def _pairs() -> list[tuple[str, str]]:
    blocks = GOLDEN.read_text("utf-8").split("\n\n")
    pairs = [block.strip().split("\n") for block in blocks if not block.startswith("#")]
    return [(written, canonical) for written, canonical in pairs]


@pytest.mark.parametrize(("written", "canonical"), _pairs())
def test_the_canonical_text(written, canonical):
    tree = parse(SourceText.of(written))
    assert not isinstance(tree, Diagnostic), tree
    assert print_syntax(tree) == canonical
    assert parse(SourceText.of(canonical)) == tree


_NAMES = st.sampled_from(["a", "status", "missing", "where", "by", "between", "契約", "min"])
_LITERALS = st.sampled_from(
    ["1", "0.50", "10%", "5 JPY", "30d", "2026-04-01", "true", "today", "now"]
) | st.text(max_size=5).map(quote)
_PATHS = st.builds(
    lambda scope, words: scope + ".".join(words),
    st.sampled_from(["", "outer.", "params."]),
    st.lists(_NAMES, min_size=1, max_size=3),
)
_SYMBOLS = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">="]
_WORDS = ["or", "and", "in", "contains", "matches", "starts with", "is", "is not"]
_NEGATED = ["not in", "not contains", "not matches", "not starts with"]
_OPERATORS = _SYMBOLS + _WORDS + _NEGATED


def _larger(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Text with more parentheses than it needs."""
    group = part.map("({})".format)
    lists = st.lists(part, max_size=3).map(", ".join)
    return (
        group
        | st.builds("({} {} {})".format, group, st.sampled_from(_OPERATORS), group)
        | st.builds(
            "({} {} {} and {})".format, group, st.sampled_from(["between", "not between"]), group, group
        )
        | st.builds("({} is {})".format, group, st.sampled_from(["missing", "not missing"]))
        | st.builds("({} {})".format, st.sampled_from(["not", "-"]), group)
        | st.builds("({} if {} else {})".format, group, group, group)
        | lists.map("[{}]".format)
        | st.builds("{}({})".format, _NAMES, lists)
        | st.builds("{}({} by {} where {})".format, _NAMES, part, part, part)
        | st.builds("{}({} where {})".format, _NAMES, part, part)
    )


@given(st.recursive(_LITERALS | _PATHS, _larger, max_leaves=12))
def test_what_is_printed_reads_as_the_same_tree(text):
    tree = parse(SourceText.of(text))
    assert not isinstance(tree, Diagnostic), (text, tree)
    printed = print_syntax(tree)
    assert parse(SourceText.of(printed)) == tree
    assert len(printed) <= len(text)
