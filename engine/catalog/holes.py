"""Texts with ``{{ expression }}`` holes: titles, checklists, payloads, what customers are asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from ...dsl.source import SourceText, Span
from ...dsl.typed import Checked
from ...dsl.types import Kind
from ..shape import Findings

Check = Callable[[SourceText], Checked | None]

# Two braces, quoted strings of the expression taken whole, two braces.
_QUOTED = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
_HOLE = re.compile(r"\{\{(?P<expression>(?:" + _QUOTED + r"|(?!\}\}).)*+)\}\}", re.DOTALL)


def read_holes(
    source: SourceText, check: Check, findings: Findings, unwanted: Collection[Kind]
) -> tuple[str | Checked, ...] | None:
    """The literal pieces and the expressions of a text, in order; None, with findings, where one is wrong or
    gives what the text cannot show (``unwanted``)."""
    parts: list[str | Checked] = []
    errors = len(findings.items)
    at = 0
    while (opened := source.text.find("{{", at)) >= 0:
        hole = _HOLE.match(source.text, opened)
        if hole is None:  # nor would a later one close: the rest is gone through once
            place = source.location(Span(opened, opened + 2))
            findings.add("E201", place, "`{{` is not closed", "write {{ expression }}")
            return None
        parts.append(source.text[at:opened])
        checked = check(_cut(source, hole))
        if checked is not None and checked.type.kind in unwanted:
            place = checked.source.location(checked.tree.span)
            findings.add("E205", place, f"a text cannot show a {checked.type}")
        elif checked is not None:
            parts.append(checked)
        at = hole.end()
    parts.append(source.text[at:])
    return None if len(findings.items) > errors else tuple(part for part in parts if part != "")


def _cut(source: SourceText, hole: re.Match[str]) -> SourceText:
    """The expression in a hole, without the blanks around it; it keeps its places."""
    text = hole["expression"]
    start = hole.start("expression") + len(text) - len(text.lstrip())
    end = max(hole.start("expression") + len(text.rstrip()), start)
    return SourceText(source.text[start:end], source.file, source.positions[start : end + 1], source.style)
