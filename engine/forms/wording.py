"""Texts for customers: one for all languages or one a language, with ``{{ expression }}`` holes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from ...dsl.frozen import frozen
from ...dsl.source import SourceText
from ...dsl.typed import Checked
from ...dsl.types import Kind, Value
from ..catalog.expressions import check_expression
from ..catalog.holes import read_holes
from ..document import Entries, Node, Scalar
from ..shape import read_each, read_text
from .reading import Reading

ALL = ""  # the language of a text that is for every language
_LOCALE = re.compile(r"[a-z]{2,3}([-_][A-Z][A-Za-z]{1,3})?")

Text = tuple[str | Checked, ...]
Show = Callable[[Value, str], str]  # a value as people of a language read it


@frozen
class Wording:
    """One text in its languages: literal pieces and expressions of the record, in order."""

    texts: Mapping[str, Text]

    def reads(self) -> Iterator[Checked]:
        """The expressions in its holes."""
        return (part for text in self.texts.values() for part in text if isinstance(part, Checked))

    def languages(self, value: Callable[[Checked], Value], show: Show) -> dict[str, str]:
        """The text in each of its languages with the holes filled."""
        return {
            language: "".join(part if isinstance(part, str) else show(value(part), language) for part in text)
            for language, text in self.texts.items()
        }


def choose(texts: Mapping[str, str], locale: str, default: str) -> str:
    """The text for a reader: in their language, else in the project's, else in any."""
    for wanted in (locale, locale.replace("_", "-").partition("-")[0], ALL, default):
        if wanted in texts:
            return texts[wanted]
    return next(iter(texts.values()))


def plain_wording(text: str) -> Wording:
    """A text that is the same in every language."""
    return Wording({ALL: (text,)})


def read_wording(node: Node | None, reading: Reading, what: str) -> Wording | None:
    """``text`` or ``{ja: text, en: text}``, which has one in the project's language; None, reported, if it is
    neither."""
    if node is None:
        return None
    texts: dict[str, Text] = {}

    def read(key: Scalar, inner: Node) -> None:
        if key.text != ALL and not _LOCALE.fullmatch(key.text):
            message = f"`{key.text}` is not a language such as ja or en-GB"
            reading.findings.add("E107", key.location, message)
        text = _text(inner, reading, what)
        if text is not None:
            texts[key.text] = text

    if not isinstance(node, Entries):
        text = _text(node, reading, what)
        return None if text is None else Wording({ALL: text})
    read_each(node, read, reading.findings, what)
    locale = reading.project.locale
    if locale not in node.values and locale.partition("-")[0] not in node.values:
        message = f"{what} has no text in `{locale}`, the project's locale"
        reading.findings.add("E107", node.location, message)
    return Wording(texts) if texts else None


def _text(node: Node, reading: Reading, what: str) -> Text | None:
    text = read_text(node, reading.findings, what)
    if text is None or not isinstance(node, Scalar):
        return None
    if not text.strip():
        reading.findings.add("E106", node.location, f"{what} is empty", "say what people are to read")
        return None

    def check(source: SourceText) -> Checked | None:
        return check_expression(source, reading.scope, reading.findings)

    return read_holes(node.source, check, reading.findings, (Kind.BOOL,))
