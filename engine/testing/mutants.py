"""Mutants: a playbook with one comparison flipped, one constant shifted or one condition dropped.

They are made in the text of the file, at the place that is reported, and read again by the loader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final, TypeVar

from ...dsl import syntax as s
from ...dsl.frozen import frozen
from ...dsl.parser import parse
from ...dsl.source import Edit, Location, SourceText, Span
from ...dsl.types import Duration, Kind, Money
from ..document import Entries, Items, Node, Scalar

# Keys whose expression decides something, with what says nothing in its place (None: it cannot be dropped).
CONDITIONS: Final[Mapping[str, str | None]] = {
    "where": "true",
    "stop": "false",
    "when": None,
    "clear": None,
    "if": "true",
    "unless": "false",
    "until": "false",
}
DURATIONS: Final = ("grace", "for", "again", "after")

_OPPOSITE: Final[Mapping[str, tuple[str, ...]]] = {
    "==": ("!=",),
    "!=": ("==",),
    "<": (">=", "<="),
    "<=": (">", "<"),
    ">": ("<=", ">="),
    ">=": ("<", ">"),
    "in": ("not in",),
    "not in": ("in",),
    "contains": ("not contains",),
    "not contains": ("contains",),
    "starts with": ("not starts with",),
    "not starts with": ("starts with",),
    "matches": ("not matches",),
    "not matches": ("matches",),
    "is": ("is not",),
    "is not": ("is",),
}
_DURATION = re.compile(r"\b(?P<amount>[0-9]+)(?P<unit>min|h|d|w|mo|y|bd)$")


Number = TypeVar("Number", int, Decimal)


@frozen
class Mutant:
    """One change of a file: at ``location``, ``before`` became ``after``. ``kind``: what sort of change."""

    kind: str
    location: Location
    before: str
    after: str
    edit: Edit

    def to_json(self) -> dict[str, object]:
        place = self.location
        at = {"file": place.file, "line": place.line, "column": place.column}
        return {**at, "kind": self.kind, "before": self.before, "after": self.after}


Change = tuple[str, Span, str]  # kind, what of the text is replaced, by what


def mutants(playbook: Entries) -> Iterator[Mutant]:
    """Every mutant of a playbook as its file has it, in order of the file."""
    for key, node in _scalars(playbook):
        source = node.source
        for kind, span, after in _changes(key, source):
            edit = source.edit(span, after)
            if edit is not None:
                before = source.text[span.start : span.end]
                yield Mutant(kind, source.location(span), before.strip(), after.strip(), edit)


def _scalars(node: Node, key: str = "", in_params: bool = False) -> Iterator[tuple[str, Scalar]]:
    """The scalars that hold conditions, durations and params, each with its key ("": a param)."""
    if isinstance(node, Scalar):
        if in_params or key in CONDITIONS or key in DURATIONS:
            yield ("" if in_params else key), node
    elif isinstance(node, Items):
        for item in node.items:
            yield from _scalars(item, key, in_params)
    else:
        for name, value in node:
            if not (in_params and name.text == "by"):  # the field that a table goes by
                yield from _scalars(value, name.text, in_params or name.text == "params")


def _changes(key: str, source: SourceText) -> Iterator[Change]:
    if key in DURATIONS:
        yield from _duration(source)
        return
    tree = parse(source)
    if not isinstance(tree, s.Syntax):
        return
    if key == "":
        if isinstance(tree, s.Literal) or (isinstance(tree, s.Unary) and isinstance(tree.operand, s.Literal)):
            yield from _constants(tree)
        return
    nothing = CONDITIONS[key]
    if nothing is not None:
        yield "condition dropped", Span(0, len(source.text)), nothing
    for node in _walk(tree):
        yield from _of_node(node, source.text)


def _walk(node: s.Syntax) -> Iterator[s.Syntax]:
    yield node
    for child in s.children(node):
        yield from _walk(child)


def _constants(node: s.Syntax) -> Iterator[Change]:
    for one in _walk(node):
        if isinstance(one, s.Literal):
            yield from _literal(one)


def _of_node(node: s.Syntax, text: str) -> Iterator[Change]:
    match node:
        case s.Literal():
            yield from _literal(node)
        case s.Binary(op, left, right) if op in _OPPOSITE:
            between = Span(left.span.end, right.span.start)
            yield from (("comparison flipped", between, f" {other} ") for other in _OPPOSITE[op])
        case s.IsMissing(operand, negated):
            rest = Span(operand.span.end, node.span.end - _closing(node, text))
            yield "comparison flipped", rest, " is missing" if negated else " is not missing"
        case s.Between(operand, low, _, negated):
            rest = Span(operand.span.end, low.span.start)
            yield "comparison flipped", rest, " between " if negated else " not between "
        case s.Logic(_, parts):
            yield "condition dropped", Span(parts[0].span.start, parts[1].span.start), ""
            for before, part in pairwise(parts):
                yield "condition dropped", Span(before.span.end, part.span.end), ""
        case s.Unary("not", operand):
            yield "negation dropped", node.span, text[operand.span.start : operand.span.end]
        case _:
            return


def _closing(node: s.Syntax, text: str) -> int:
    """How many characters of a node's end are brackets around it."""
    own = text[node.span.start : node.span.end]
    return len(own) - len(own.rstrip(") "))


def _literal(node: s.Literal) -> Iterator[Change]:
    yield from (("constant shifted", node.span, text) for text in _shifted(node))


def _shifted(node: s.Literal) -> Iterator[str]:
    value = node.value
    match node.kind:
        case Kind.BOOL:
            yield "false" if value else "true"
        case Kind.INT if isinstance(value, int):
            yield from (str(shifted) for shifted in _neighbours(value))
        case Kind.NUMBER:
            figure = Decimal(node.text.removesuffix("%"))
            step = Decimal(1).scaleb(min(0, figure.as_tuple().exponent))  # type: ignore[arg-type]  # finite
            sign = "%" if node.text.endswith("%") else ""
            yield from (f"{shifted:f}{sign}" for shifted in (figure + step, figure - step) if shifted >= 0)
        case Kind.DATE if isinstance(value, date):
            yield from ((value + timedelta(days=days)).isoformat() for days in (1, -1))
        case Kind.DURATION if isinstance(value, Duration):
            yield from (str(Duration(amount, value.unit)) for amount in _neighbours(value.amount))
        case Kind.MONEY if isinstance(value, Money):
            yield from (f"{amount:f} {value.currency}" for amount in _neighbours(value.amount))
        case _:
            return


def _neighbours(value: Number) -> tuple[Number, ...]:
    """One more and, down to nought, one less."""
    return (value + 1, value - 1) if value >= 1 else (value + 1,)


def _duration(source: SourceText) -> Iterator[Change]:
    match = _DURATION.search(source.text)
    if match is not None:
        for amount in _neighbours(int(match["amount"])):
            yield "constant shifted", Span(*match.span()), f"{amount}{match['unit']}"
