"""Short texts with ``{{ expression }}`` holes: titles, checklists, payloads."""

from __future__ import annotations

import re

from ...dsl.source import Location, SourceText, Span
from ...dsl.typed import Checked
from ...dsl.types import Kind
from ..document import Entries, Node, Scalar
from ..shape import read_text
from .context import Context
from .model import TextTemplate

# Two braces, quoted strings of the expression taken whole, two braces.
_QUOTED = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
_HOLE = re.compile(r"\{\{(?P<expression>(?:" + _QUOTED + r"|(?!\}\}).)*)\}\}", re.DOTALL)


def read_template_text(node: Node, context: Context, what: str) -> TextTemplate | None:
    """One text, or one a locale (``{ja: …, en: …}``), of which the project's own language is taken:
    such texts are for the people of the project. The others are checked all the same."""
    if isinstance(node, Entries):
        texts = {key.text: read_template_text(text, context, what) for key, text in node}
        if context.project.locale not in texts:
            message = f"{what} has no text in `{context.project.locale}`, the project's locale"
            context.findings.add("E107", node.location, message)
        return texts.get(context.project.locale)
    text = read_text(node, context.findings, what)
    if text is None or not isinstance(node, Scalar):
        return None
    return _split(node.source, node.location, context)


def _split(source: SourceText, location: Location, context: Context) -> TextTemplate | None:
    parts: list[str | Checked] = []
    errors = len(context.findings.items)
    at = 0
    while (opened := source.text.find("{{", at)) >= 0:
        hole = _HOLE.match(source.text, opened)
        if hole is None:  # nor would a later one close: the rest is gone through once
            place = source.location(Span(opened, opened + 2))
            context.findings.add("E201", place, "`{{` is not closed", "write {{ expression }}")
            return None
        _literal(source.text[at : hole.start()], parts)
        checked = context.expression(cut(source, *_stripped(hole)))
        if checked is not None and checked.type.kind is Kind.LIST:
            place = checked.source.location(checked.tree.span)
            context.findings.add("E205", place, f"a text cannot show a {checked.type}")
        elif checked is not None:
            parts.append(checked)
        at = hole.end()
    _literal(source.text[at:], parts)
    return None if len(context.findings.items) > errors else TextTemplate(tuple(parts), location)


def _literal(text: str, parts: list[str | Checked]) -> None:
    if text:
        parts.append(text)


def _stripped(hole: re.Match[str]) -> tuple[int, int]:
    """Start and end of the expression in a hole, without the blanks around it."""
    text = hole["expression"]
    start = hole.start("expression") + len(text) - len(text.lstrip())
    return start, max(hole.start("expression") + len(text.rstrip()), start)


def cut(source: SourceText, start: int, end: int) -> SourceText:
    """A part of a text that keeps its places."""
    return SourceText(source.text[start:end], source.file, source.positions[start : end + 1], source.style)
