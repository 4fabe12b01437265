"""Short texts with ``{{ expression }}`` holes: titles, checklists, payloads."""

from __future__ import annotations

import re

from ...dsl.source import SourceText
from ...dsl.typed import Checked
from ...dsl.types import Kind
from ..document import Entries, Node, Scalar
from ..shape import kind_of, read_text
from .context import Context
from .model import TextTemplate

# Two braces, quoted strings of the expression taken whole, two braces.
_HOLE = re.compile(r"\{\{(?P<expression>(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|(?!\}\}).)*)\}\}", re.DOTALL)


def read_template_text(node: Node, context: Context, what: str) -> TextTemplate | None:
    """One text, or one a locale (``{ja: …, en: …}``), of which the project's own language is taken:
    such texts are for the people of the project."""
    if isinstance(node, Entries):
        chosen = node.values.get(context.project.locale)
        if chosen is None:
            message = f"{what} has no text in `{context.project.locale}`, the project's locale"
            context.findings.add("E107", node.location, message)
            return None
        return read_template_text(chosen, context, what)
    text = read_text(node, context.findings, what)
    if text is None or not isinstance(node, Scalar):
        return None
    return _split(node.source, node, context)


def _split(source: SourceText, node: Scalar, context: Context) -> TextTemplate | None:
    parts: list[str | Checked] = []
    errors = len(context.findings.items)
    at = 0
    for hole in _HOLE.finditer(source.text):
        _literal(source.text[at : hole.start()], parts)
        checked = context.expression(cut(source, *_stripped(hole)))
        if checked is not None and checked.type.kind is Kind.LIST:
            location = checked.source.location(checked.tree.span)
            context.findings.add("E205", location, f"a text cannot show a {checked.type}")
        elif checked is not None:
            parts.append(checked)
        at = hole.end()
    _literal(source.text[at:], parts)
    if "{{" in source.text[at:]:
        start = source.text.index("{{", at)
        location = cut(source, start, start + 2).positions[0]
        place = node.file.location(node.start, node.end)
        message = f"`{{{{` in {kind_of(node)} is not closed (line {location[0]}, column {location[1]})"
        context.findings.add("E201", place, message, "write {{ expression }}")
    return None if len(context.findings.items) > errors else TextTemplate(tuple(parts), node.location)


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
    return SourceText(source.text[start:end], source.file, source.positions[start : end + 1])
