"""The cursor's place in YAML that is whole, unfinished or broken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playcall.engine.editor.site import site_at

# (text with the cursor, path, whether it is a key, before, after)
SITES = {
    "plain": ("plays:\n  a:\n    when: x |== 1\n", ("plays", "a", "when"), False, "x ", "== 1"),
    "empty value": ("plays:\n  a:\n    when: |\n", ("plays", "a", "when"), False, "", ""),
    "key": ("plays:\n  a:\n    wh|en: x\n", ("plays", "a"), True, "wh", "en"),
    "key being typed": ("plays:\n  a:\n    when: x\n    gr|\n", ("plays", "a"), True, "gr", ""),
    "line of a new key": ("plays:\n  a:\n    when: x\n    |\n", ("plays", "a"), True, "", ""),
    "between keys": ("plays:\n  a:\n    |\n    when: x\n", ("plays", "a"), True, "", ""),
    "first key of a mapping": ("plays:\n  a:\n    |\n  b: {}\n", ("plays", "a"), False, "", ""),
    "item": ("do:\n  - |\n", ("do", 0), False, "", ""),
    "key of an item": ("do:\n  - email: x\n    t|\n", ("do", 0), True, "t", ""),
    "flow mapping": ("do: [{email: x, to: |}]\n", ("do", 0, "to"), False, "", ""),
    "open flow mapping": ("do:\n  - {email: x, to: a|\n", ("do", 0, "to"), False, "a", ""),
    "open quote": ('a: 1\nwhen: "x == |\nb: 2\n', ("when",), False, "x == ", ""),
    "open bracket": ("when: [a, b|\nc: 1\n", ("when", 1), False, "b", ""),
    "flow key": ("do:\n  - {email: x, t|}\n", ("do", 0), True, "t", ""),
    "first flow key": ("do:\n  - {|}\n", ("do", 0), True, "", ""),
    "flow key, open": ("do:\n  - {email: x, t|\na: 1\n", ("do", 0), True, "t", ""),
    "line of a large document": (
        "a: 1\n# " + "x" * 300_000 + "\nplays:\n  a:\n    when: x\n    gr|\n",
        ("plays", "a"),
        False,
        "gr",
        "",
    ),
    "quoted": ('when: "a \\"b\\" |c"\n', ("when",), False, 'a "b" ', "c"),
    "single quotes": ("when: 'it''s |x'\n", ("when",), False, "it's ", "x"),
    "folded": ("when: >\n  a and\n  b| or\n\n", ("when",), False, "a and b", " or\n"),
    "literal": ("when: |\n  a\n".replace("|", "|-") + "  b\x00\n", ("when",), False, "a\nb", ""),
    "wide characters": ("when: 株式会社😀|x\n", ("when",), False, "株式会社😀", "x"),
    "CR LF": ("plays:\r\n  a:\r\n    when: x|\r\n", ("plays", "a", "when"), False, "x", ""),
    "empty file": ("|", (), False, "", ""),
    "broken above": ('a: "\nb: [\nplays:\n  a:\n    when: x|\n', ("plays", "a", "when"), False, "x", ""),
    "broken below": ('plays:\n  a:\n    when: x|\n  b: "\n\t- [\n', ("plays", "a", "when"), False, "x", ""),
    "list at its key's level": ('x: "\ndo:\n- email: a\n  to: |\n', ("do", 0, "to"), False, "", ""),
}


@pytest.mark.parametrize(("marked", "path", "is_key", "before", "after"), SITES.values(), ids=SITES)
def test_sites(marked: str, path: tuple[str | int, ...], is_key: bool, before: str, after: str) -> None:
    cursor = "\x00" if "\x00" in marked else "|"
    text, offset = marked.replace(cursor, "", 1), marked.index(cursor)
    site = site_at(text, offset)
    assert site is not None
    assert (site.path, site.is_key, site.before, site.after) == (path, is_key, before, after)


@pytest.mark.parametrize("marked", ["# a |comment\na: 1\n", "a: 1 # com|ment\n", "a: 1\n---\n[[[|\n---"])
def test_no_site(marked: str) -> None:
    found = site_at(marked.replace("|", ""), marked.index("|"))
    assert found is None or found.path == () or marked.startswith("a: 1\n---")


def test_the_mark_is_a_character_that_the_text_does_not_have() -> None:
    site = site_at("a: \ue000\ue001x", 5)
    assert site is not None
    assert site.text == "\ue000\ue001x"


@given(st.text(alphabet="ab:-#{}[]'\"|>\n\t ,&*!%@`é😀\u2028\r", max_size=40), st.integers(0, 40))
def test_no_text_raises(text: str, offset: int) -> None:
    site_at(text, min(offset, len(text)))
