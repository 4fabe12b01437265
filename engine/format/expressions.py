"""Expressions as the language prints them, where nothing but blanks and the kind of quotes would change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from ...dsl import syntax
from ...dsl.diagnostics import Diagnostic
from ...dsl.parser import parse
from ...dsl.printer import print_syntax
from ...dsl.source import SourceText
from ..scalars import quoted
from .model import Text

# What a plain scalar cannot hold: indicators at its start, and what ends it; in brackets, more.
_NOT_PLAIN = re.compile(r"""^[-?:,\[\]{}#&*!|>'"%@`\s]|:(\s|$)|\s#|\s$""")
_NOT_PLAIN_IN_FLOW = re.compile(r"[,\[\]{}]")


def printed(text: Text, flow: bool) -> Text:
    """A scalar that is an expression, with canonical blanks; as it is where its brackets, its numbers'
    spelling or its line breaks are the author's, or where it cannot be read."""
    if text.style in ("|", ">") or "\n" in text.raw or "\r" in text.raw:
        return text
    value = _canonical(text.value)
    if value == text.value:
        return text
    if text.style:
        return Text(quoted(value), value, "'" if quoted(value)[0] == "'" else '"')
    if _NOT_PLAIN.search(value) or (flow and _NOT_PLAIN_IN_FLOW.search(value)):
        return text
    return Text(value, value, "")


def same_expression(one: str, other: str) -> bool:
    """Whether two texts are the same expression."""
    first, second = parse(SourceText.of(one)), parse(SourceText.of(other))
    return not isinstance(first, Diagnostic) and first == second


def _canonical(value: str) -> str:
    tree = parse(SourceText.of(value))
    if isinstance(tree, Diagnostic):
        return value
    text = print_syntax(tree)
    return text if _bare(text) == _bare(value) and not _respells_items(tree, value) else value


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text).replace("'", '"')


def _respells_items(tree: syntax.Syntax, value: str) -> bool:
    """Whether printing changes an item of a list: how N is written in ``in [N, …]`` is part of a key."""
    return "[" in value and any(
        print_syntax(item) != value[item.span.start : item.span.end].replace("'", '"')
        for node in _nodes(tree)
        if isinstance(node, syntax.ListOf)
        for item in node.items
    )


def _nodes(node: object) -> Iterator[object]:
    """A node and everything in it."""
    yield node
    for part in node if isinstance(node, tuple) else ():
        yield from _nodes(part)
    if is_dataclass(node) and not isinstance(node, type):
        for one in fields(node):
            yield from _nodes(getattr(node, one.name))
