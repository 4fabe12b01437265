"""Which values of a field, or of any other sub-expression, let a condition hold: intervals over ``and``.

Bounds, lists and equality with literals are understood; any other condition is taken as a whole, true or
false. What is not understood is never guessed: it is only equal to itself.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ...dsl import operations
from ...dsl.frozen import frozen
from ...dsl.typed import Aggregate, Call, Clock, Const, Field, Param, Typed
from ...dsl.types import Kind, Money, Type, Value
from ..catalog.model import Catalog
from ..playbook.fingerprint import canonical
from ..playbook.loader import Loaded
from .subjects import once, operator

_FLIPPED = {
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
    "==": "==",
    "!=": "!=",
    "is": "is",
    "is not": "is not",
}
_NEGATED = {
    "<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==", "is": "is not", "is not": "is",
    "in": "not in", "not in": "in", "is missing": "is not missing", "is not missing": "is missing",
}  # fmt: skip


_REFLEXIVE = ("==", "is", "<=", ">=")  # what holds between a value and itself


@frozen
class Bound:
    """One end of an interval; ``open``: the value itself is outside."""

    value: Any
    open: bool


@frozen
class Values:
    """A set of values of one sort: those in ``allowed`` (None: all) and not in ``excluded``, between the
    bounds. ``missing``: whether a missing value is in it too."""

    allowed: frozenset[Any] | None = None
    excluded: frozenset[Any] = frozenset()
    low: Bound | None = None
    high: Bound | None = None
    missing: bool = False

    def __and__(self, other: Values) -> Values:
        """The values that are in both."""
        both = [one for one in (self.allowed, other.allowed) if one is not None]
        return Values(
            frozenset.intersection(*both) if both else None,
            self.excluded | other.excluded,
            _tighter(self.low, other.low, lambda a, b: a > b),
            _tighter(self.high, other.high, lambda a, b: a < b),
            self.missing and other.missing,
        )

    def has(self, value: Any) -> bool:
        """Whether a present value is in the set."""
        return (
            (self.allowed is None or value in self.allowed)
            and value not in self.excluded
            and (
                self.low is None or value > self.low.value or (value == self.low.value and not self.low.open)
            )
            and (
                self.high is None
                or value < self.high.value
                or (value == self.high.value and not self.high.open)
            )
        )

    @property
    def empty(self) -> bool:
        """Whether nothing can be in the set."""
        if self.missing:
            return False
        if self.allowed is not None:
            return not any(map(self.has, self.allowed))
        if self.low is None or self.high is None:
            return False
        if self.low.value == self.high.value:
            return self.low.open or self.high.open or self.low.value in self.excluded
        return bool(self.low.value > self.high.value)

    def within(self, other: Values) -> bool:
        """Whether every value of this set is in the other one. A doubt is a no."""
        if self.missing and not other.missing:
            return False
        if self.allowed is not None:
            return all(map(other.has, filter(self.has, self.allowed)))
        return (
            other.allowed is None
            and not any(self.has(value) for value in other.excluded)
            and (other.low is None or _tighter(self.low, other.low, lambda a, b: a > b) == self.low)
            and (other.high is None or _tighter(self.high, other.high, lambda a, b: a < b) == self.high)
        )


def _tighter(one: Bound | None, other: Bound | None, beyond: Callable[[Any, Any], bool]) -> Bound | None:
    if one is None or other is None:
        return one or other
    if one.value == other.value:
        return one if one.open else other
    return one if beyond(one.value, other.value) else other


@frozen
class Limit:
    """One part of a condition as read: it holds where the value of ``subject`` is in ``values``.

    ``subject`` is equal for sub-expressions that mean the same. ``sort`` is what literals it is compared
    with (empty: none)."""

    subject: Hashable
    sort: str
    values: Values


def together(limits: Sequence[Limit]) -> Values | None:
    """The values that all limits of one subject leave; None where they compare with different sorts."""
    if len(limits) == 1:
        return limits[0].values
    if len({limit.sort for limit in limits if limit.sort}) > 1:
        return None
    values = limits[0].values
    for limit in limits[1:]:
        values &= limit.values
    return values


class Ranges:
    """Reads conditions of a project, each once. Params and a record's own derived fields are seen through."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[tuple[str, str], Hashable] = {}
        # With each condition itself, so that its id stays its own.
        self._limits: dict[tuple[int, bool], tuple[Typed, list[Limit]]] = {}

    def limits(self, condition: Typed, holds: bool = True) -> list[Limit]:
        """The limits that must hold, all of them, for the condition to hold (or, for it not to hold)."""
        key = id(condition), holds
        if key not in self._limits:
            self._limits[key] = condition, list(self._read(condition, holds))
        return self._limits[key][1]

    def subject(self, node: Typed) -> Hashable:
        """What is equal for sub-expressions that mean the same."""
        if isinstance(node, Field):
            if node.derived and not node.hops and not node.outer:
                return self._derived(node.entity, node.name)
            return node.hops, node.entity, node.name, node.outer
        if isinstance(node, Const):
            return _sort(node.value), node.value
        if isinstance(node, Call):
            return node.op, tuple([self.subject(arg) for arg in node.args])
        if isinstance(node, Param):
            return self.subject(node.value)
        if isinstance(node, Aggregate):
            inner = tuple(part and self.subject(part) for part in (node.value, node.where, node.by))
            return node.fn, node.hops, node.owner, node.relation.name, inner
        return node.name if isinstance(node, Clock) else canonical(node)

    def _derived(self, entity: str, name: str) -> Hashable:
        if (entity, name) not in self._known:
            self._known[entity, name] = self.subject(
                self._catalog.entities[entity].derived[name].checked.tree
            )
        return self._known[entity, name]

    def _seen_through(self, node: Typed) -> Typed:
        while True:
            if isinstance(node, Param):
                node = node.value
            elif isinstance(node, Field) and node.derived and not node.hops and not node.outer:
                node = self._catalog.entities[node.entity].derived[node.name].checked.tree
            else:
                return node

    def _read(self, node: Typed, holds: bool) -> Iterator[Limit]:
        node = self._seen_through(node)
        name = operator(node)
        if isinstance(node, Call) and name == "not":
            yield from self._read(node.args[0], not holds)
        elif isinstance(node, Call) and name == ("and" if holds else "or"):
            for arg in node.args:
                yield from self._read(arg, holds)
        elif isinstance(node, Call) and name in _NEGATED:
            yield self._comparison(name if holds else _NEGATED[name], node)
        else:
            yield Limit(self.subject(node), "bool", Values(frozenset({holds})))

    def _comparison(self, name: str, node: Call) -> Limit:
        if name in ("is missing", "is not missing"):
            values = Values(frozenset(), missing=True) if name == "is missing" else Values()
            return Limit(self.subject(node.args[0]), "", values)
        left, right = (self._seen_through(arg) for arg in node.args)
        if name in ("in", "not in"):
            return self._membership(name, left, right)
        if literal(left) is not None:
            left, right, name = right, left, _FLIPPED[name]
        value = literal(right)
        if value is None or literal(left) is not None:
            return self._whole(name, left, right)
        values = _compared(name, value, left.type)
        if name in ("==", "is") and _never_gives(left, value):
            values = Values(frozenset())
        return Limit(self.subject(left), _sort(right), values & _natural(left))

    def _membership(self, name: str, left: Typed, right: Typed) -> Limit:
        items = right.args if isinstance(right, Call) and operator(right) == "list" else ()
        found = frozenset(map(literal, items))
        sorts = {_sort(item) for item in items} if None not in found else set()
        if len(sorts) != 1:
            return self._whole(name, left, right)
        allowed = found if name == "in" else _domain(left.type)
        values = Values(allowed, frozenset() if name == "in" else found)
        return Limit(self.subject(left), sorts.pop(), values)

    def _whole(self, name: str, left: Typed, right: Typed) -> Limit:
        """A comparison of two sub-expressions: of each pair of opposites, one is the other's no."""
        first, second = self.subject(left), self.subject(right)
        if first == second and name in _FLIPPED:
            allowed = None if name in _REFLEXIVE else frozenset[Any]()
            return Limit((first, "itself"), "bool", Values(allowed))
        if name in _FLIPPED and repr(second) < repr(first):
            first, second, name = second, first, _FLIPPED[name]
        holds = name in ("==", "is", "<", ">", "in")
        name = name if holds else _NEGATED[name]
        return Limit((first, name, second), "bool", Values(frozenset({holds})))


@once
def ranges_of(loaded: Loaded) -> Ranges | None:
    """What reads the conditions of a project; None where it has no catalogue."""
    return Ranges(loaded.catalog) if loaded.catalog is not None else None


def _compared(name: str, value: Any, type_: Type) -> Values:
    """The values of a type that compare so with a literal."""
    match name:
        case "==" | "is":
            return Values(frozenset({value}))
        case "!=" | "is not":
            return Values(_domain(type_), frozenset({value}), missing=name == "is not")
    is_open = name in ("<", ">")
    if type_.kind is Kind.INT and is_open and value == int(value):
        value, is_open = int(value) + (1 if name == ">" else -1), False
    bound = Bound(value, is_open)
    return Values(low=bound) if name in (">", ">=") else Values(high=bound)


_SPANS = {"weekday": (1, 7), "month": (1, 12), "quarter": (1, 4), "fiscal_quarter": (1, 4)}
_SPELLINGS: dict[str, Callable[[str], str]] = {
    "lower": operations.lower,
    "upper": operations.upper,
    "trim": lambda text: text.strip(" "),
}


def _natural(node: Typed) -> Values:
    """The values that a sub-expression can have whatever the data is: counts are never negative."""
    is_count = isinstance(node, Aggregate) and node.fn == "count"
    is_never_negative = is_count or operator(node) in ("length", "abs")
    low, high = _SPANS.get(operator(node), (0 if is_never_negative else None, None))
    return Values(
        low=None if low is None else Bound(low, False),
        high=None if high is None else Bound(high, False),
        missing=True,
    )


def _never_gives(node: Typed, value: Any) -> bool:
    """Whether a sub-expression never comes out as a literal: a whole number as 5.5, lower case as `MDM`."""
    if node.type.kind is Kind.INT:
        return bool(value != int(value))
    spelled = _SPELLINGS.get(operator(node))
    return spelled is not None and isinstance(value, str) and spelled(value) != value


def _domain(type_: Type) -> frozenset[Any] | None:
    """All values that a type has, where they can be listed."""
    if type_.kind is Kind.BOOL:
        return frozenset({True, False})
    return frozenset(type_.values) if type_.kind is Kind.ENUM and type_.values else None


def literal(node: Typed) -> Any:
    """The value of a literal, itself, negated or through a param; money is its amount; None: it is none."""
    while isinstance(node, Param):
        node = node.value
    if isinstance(node, Call) and operator(node) == "neg":
        inner = literal(node.args[0])
        return None if inner is None else -inner
    value = node.value if isinstance(node, Const) else None
    return value.amount if isinstance(value, Money) else value


def _sort(node: Typed | Value) -> str:
    """What a literal can be compared with: limits of two sorts are never put together."""
    while isinstance(node, Param | Call):
        node = node.value if isinstance(node, Param) else node.args[0]
    match node.value if isinstance(node, Const) else node:
        case bool():
            return "bool"
        case Money(currency=currency):
            return f"money {currency}"
        case int() | float() | Decimal():
            return "number"
        case datetime():
            return "datetime"
        case date():
            return "date"
        case _:
            return "text"
