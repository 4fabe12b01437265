"""The reference meaning of a checked expression: its value for one record, in pure Python.

The bulk engine's SQL must agree with this module for every record (``tests/unit/dsl/test_law_*.py``).
"""

from __future__ import annotations

from .evaluator import Evaluator, Scope, World
from .facts import Facts, Past, PastFacts, Record
from .trace import Node, trace
from .typed import Typed
from .types import Value

__all__ = ["Facts", "Node", "Past", "PastFacts", "Record", "World", "evaluate", "trace"]


def evaluate(node: Typed, record: Record, world: World, entity: str) -> Value:
    """The value of an expression about a record of ``entity``; None where it is missing (unknown)."""
    return Evaluator(world).value(node, Scope(entity, record))
