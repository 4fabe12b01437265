"""What the parts of the checker share: the record in scope, and how to report."""

from __future__ import annotations

from typing import Protocol

from .frozen import frozen
from .scope import Scope
from .source import Span
from .syntax import Syntax
from .typed import Const, Typed
from .types import EntityType, Kind, Type

ERROR = Type(Kind.ERROR)


@frozen
class Frame:
    """The record that bare names belong to, and, inside an aggregate, the one around it."""

    record: EntityType
    outer: Frame | None = None


class Checking(Protocol):
    """The checker of one expression, as its parts see it. ``own``: it means something else in another
    playbook, because it reads a param or what this playbook did."""

    own: bool

    @property
    def scope(self) -> Scope: ...

    def report(self, span: Span, code: str, message: str, help_: str = "", instead: str = "") -> Const:
        """Note a mistake; gives the node that stands in for what is wrong. ``instead``: what was probably
        meant in the span's place."""
        ...

    def visit(self, node: Syntax, frame: Frame, near: Type | None = None) -> Typed:
        """The typed node of a syntax node. ``near``: the type of what it is compared with."""
        ...

    def condition(self, node: Syntax, frame: Frame) -> Typed:
        """The typed node of a condition; anything but a bool is reported."""
        ...


def unknown(span: Span) -> Const:
    """What stands in for a part that is wrong: it fits everywhere, so that one mistake is said once."""
    return Const(None, ERROR, span)
