"""The words of the pages."""

from __future__ import annotations

import re

import pytest

from playcall.web.site import HERE
from playcall.web.words import WORDS, language_of


@pytest.mark.parametrize(
    ("locale", "language"),
    [("ja", "ja"), ("ja-JP", "ja"), ("ja_JP", "ja"), ("en-GB", "en"), ("de", "en"), ("", "en"), ("*", "en")],
)
def test_readers_get_japanese_or_english(locale: str, language: str) -> None:
    assert language_of(locale) == language


def test_both_languages_have_the_same_holes() -> None:
    for name, english in WORDS["en"].items():
        holes = [set(re.findall(r"{\w+}", text)) for text in (english, WORDS["ja"][name])]
        assert holes[0] == holes[1], name


def test_templates_say_only_words_that_there_are() -> None:
    texts = [path.read_text("utf-8") for path in (HERE / "templates").glob("*.html")]
    said = {name for text in texts for name in re.findall(r"\bsay\.(\w+)", text)}
    assert said <= set(WORDS["en"])
    assert all("|safe" not in text.replace(" ", "") for text in texts)
