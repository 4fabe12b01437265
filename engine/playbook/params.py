"""Params of a playbook: literals, lists, and tables by a field.

A table ``{by: product, mdm: 140, else: 90}`` becomes the expression ``140 if product == "mdm" else 90``,
so it is checked, evaluated and explained as any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from ...dsl import syntax
from ...dsl.checker import ANYTHING
from ...dsl.literals import quote
from ...dsl.parser import parse
from ...dsl.scope import Scope
from ...dsl.source import SourceText
from ...dsl.typed import Checked
from ...dsl.types import TEXTUAL, Kind, Type
from ..catalog.expressions import check_expression
from ..catalog.names import check_name
from ..document import Entries, Items, Node, Scalar
from ..shape import Findings, read_each, read_expression, yaml_type

# A value that no condition gives: what a table without `else` says of a record that it does not list.
_NEVER_KNOWN = "1 / 0 > 0"
_UNUSUAL = re.compile(r"-?(0[0-9]+|[0-9]+\.[0-9]+0)")  # 012 and 1.10 lose what they look like
_WORDS = re.compile(r"\w[\w .@/:+-]*")


def read_params(declared: Entries, scope: Scope, findings: Findings) -> dict[str, Checked]:
    """The params that are right, each checked in the scope of the playbook's record."""
    params: dict[str, Checked] = {}

    def read(key: Scalar, node: Node) -> None:
        if not check_name(key, "a param", findings):
            return
        source = _table(node, scope, findings) if isinstance(node, Entries) else _value(node, findings)
        checked = check_expression(source, scope, findings, ANYTHING) if source is not None else None
        if checked is not None:
            params[key.text] = checked

    read_each(declared, read, findings, "the param")
    return params


def _value(node: Node, findings: Findings) -> SourceText | None:
    """A literal or a list of them as an expression that keeps its places; None if it is something else."""
    if isinstance(node, Items):
        items = [_value(item, findings) for item in node.items]
        known = [item for item in items if item is not None]
        return None if len(known) < len(items) else _list(node, known)
    if isinstance(node, Entries):
        findings.add("E107", node.location, "a table of params may not stand inside another value")
        return None
    if node.broken:
        return None
    if not node.plain:
        return _quoted(node.source)
    literal = isinstance(parse(node.source), syntax.Literal) or _negative(node.source)
    surprise = yaml_type(node.text)
    if literal and not _UNUSUAL.fullmatch(node.text):
        return node.source
    if surprise:
        message = f"YAML reads `{node.text}` as {surprise}"
        findings.add("E104", node.location, message, f'if text is meant, quote it: "{node.text}"')
        return None
    if not _WORDS.fullmatch(node.text):
        message = f"`{node.text}` is no literal: a param is a number, date, duration, text, list or table"
        findings.add("E107", node.location, message, "quote it if text is meant; formulas belong in `derive`")
        return None
    return _quoted(node.source)


def _negative(source: SourceText) -> bool:
    tree = parse(source)
    return isinstance(tree, syntax.Unary) and tree.op == "neg" and isinstance(tree.operand, syntax.Literal)


def _quoted(source: SourceText) -> SourceText:
    """A text as a literal of the language; every character of an escape stands where its own did."""
    text, positions = ['"'], [source.positions[0]]
    for char, place in zip(source.text, source.positions, strict=False):
        escaped = quote(char)[1:-1]
        text.append(escaped)
        positions.extend([place] * len(escaped))
    positions.extend([source.positions[-1]] * 2)
    return SourceText("".join([*text, '"']), source.file, tuple(positions))


def _list(node: Items, items: Iterable[SourceText]) -> SourceText:
    place = (node.location.line, node.location.column)
    text, positions = "[", [place]
    for item in items:
        if text != "[":
            text, positions = text + ", ", [*positions, item.positions[0], item.positions[0]]
        text, positions = text + item.text, [*positions, *item.positions[:-1]]
    return SourceText(text + "]", node.location.file, (*positions, positions[-1], positions[-1]))


def _table(table: Entries, scope: Scope, findings: Findings) -> SourceText | None:
    by_node = table.values.get("by")
    by = read_expression(by_node, findings, "`by`") if by_node is not None else None
    if by is None:
        if by_node is None:
            findings.add("E106", table.location, "a table of params needs `by`, the field that it goes by")
        return None
    checked = check_expression(by, scope, findings)
    rows: list[tuple[Scalar, SourceText]] = []
    otherwise: SourceText | None = None
    for key, node in table:
        value = None if key.text == "by" else _value(node, findings)
        if value is not None and key.text == "else":
            otherwise = value
        elif value is not None:
            rows.append((key, value))
    if checked is None or not rows:
        return None
    if not _known_keys(rows, checked.type, findings):
        return None
    return _chain(table, by.text, checked.type, rows, otherwise)


def _known_keys(rows: list[tuple[Scalar, SourceText]], by: Type, findings: Findings) -> bool:
    """Whether the table's keys can be values of the field that it goes by."""
    if by.kind not in TEXTUAL | {Kind.INT, Kind.BOOL, Kind.ERROR}:
        findings.add("E205", rows[0][0].location, f"a table cannot go by a {by}", "go by text, enum or int")
        return False
    wrong = [key for key, _ in rows if by.kind is Kind.ENUM and key.text not in by.values]
    for key in wrong:
        message = f"`{key.text}` is not one of {', '.join(by.values)}"
        findings.add("E206", key.location, message)
    return not wrong


def _chain(
    table: Entries,
    by: str,
    type_: Type,
    rows: list[tuple[Scalar, SourceText]],
    otherwise: SourceText | None,
) -> SourceText:
    """The table as an ``if`` chain. A table that lists every value of an enum needs no ``else``."""
    place = (table.location.line, table.location.column)
    text = ""
    positions: list[tuple[int, int]] = []

    def add(part: SourceText | str) -> None:
        nonlocal text
        if isinstance(part, str):
            text += part
            positions.extend([place] * len(part))
        else:
            text += part.text
            positions.extend(part.positions[:-1])

    complete = not type_.nullable and {key.text for key, _ in rows} >= set(type_.values or ("",))
    last = otherwise or rows[-1][1]
    listed = rows[:-1] if complete and otherwise is None else rows
    for key, value in listed:
        literal = key.text if type_.kind in (Kind.INT, Kind.BOOL) else quote(key.text)
        add(value)
        add(f" if ({by}) == {literal} else ")
    if otherwise is None and not complete:
        add(last)
        add(f" if {_NEVER_KNOWN} else ")
    add(last)
    return replace(last, text=text, positions=(*positions, place))
