"""Which values show what a field that is marked sensitive holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from .frozen import frozen
from .functions import OVERLOADS
from .typed import Aggregate, Call, Checked, Clock, Const, DaysInState, Field, Param, Typed, Was
from .types import Kind, Schema


@frozen
class Sensitivity:
    """Tells values apart that are made from a sensitive field's; remembers derived fields."""

    schema: Schema
    derived: Mapping[tuple[str, str], Checked]
    _known: dict[tuple[str, str], bool] = field(default_factory=dict)

    def shown_by(self, node: Typed) -> bool:
        """Whether a node's value is a sensitive field's, or made from one. A truth that was found out with
        its help (``phone is missing``) is not, nor is the number of records that it picked."""
        match node:
            case Field():
                return self.of_field(node.entity, node.name)
            case Param() | Was():
                return self.shown_by(node.value)
            case Aggregate():
                return node.value is not None and self.shown_by(node.value)
            case Call():
                return node.type.kind is not Kind.BOOL and any(map(self.shown_by, _carried(node)))
            case Const() | Clock() | DaysInState():
                return False

    def of_field(self, entity: str, name: str) -> bool:
        """Whether a field, stored or derived, shows it."""
        checked = self.derived.get((entity, name))
        if checked is None:
            return self.schema.entities[entity].fields[name].sensitive
        if (entity, name) not in self._known:
            self._known[entity, name] = self.shown_by(checked.tree)
        return self._known[entity, name]


def _carried(node: Call) -> tuple[Typed, ...]:
    """The arguments that a call's value is made from: of an ``if``, the branches."""
    return node.args[1:] if OVERLOADS[node.op].name == "if" else node.args
