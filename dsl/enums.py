"""Literals compared with something that has only certain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .typed import Call, Const, Param, Typed
from .types import TEXTUAL


def foreign_literals(one: Typed, other: Typed) -> Iterator[Const]:
    """The text literals among what ``other`` may come out as that are not values of ``one``: its type is an
    enum, or text that is known to be one of a few (``"red" if … else "green"``)."""
    if one.type.values and one.type.kind in TEXTUAL and not isinstance(one, Const):
        for literal in _literals(other):
            if literal.value not in one.type.values:
                yield literal


def _literals(node: Typed) -> Iterator[Const]:
    """The text literals that a node may come out as, or hold; those in a param stand at its use."""
    match node:
        case Const() if isinstance(node.value, str):
            yield node
        case Param():
            yield from (replace(literal, span=node.span) for literal in _literals(node.value))
        case Call(op, args) if op.partition(":")[0] in ("list", "default", "if"):
            for part in args[1:] if op.startswith("if") else args:
                yield from _literals(part)
