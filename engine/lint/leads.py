"""How many days before or after a date moments come, where tables of params say it too."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import islice, product

from ...dsl.frozen import frozen
from ...dsl.typed import Call, Const, Field, Param, Typed, children
from .ranges import Ranges
from .subjects import operator

MOST_ROWS = 1_000  # of all tables that the targets of one moment go by, each with each


@frozen
class Lead:
    """What the targets of a moment come to where ``row`` holds (as text; empty: always)."""

    days: tuple[int, ...]
    row: str = ""

    @property
    def where(self) -> str:
        """`` where product is mdm``, or nothing."""
        return f" where {self.row}" if self.row else ""


def leads(targets: Sequence[Typed], ranges: Ranges) -> list[Lead]:
    """For each row of the tables, the targets that are numbers there; one lead where there are no tables."""
    tables: dict[Hashable, dict[Hashable, Field]] = {}
    for target in targets:
        for by, value, field in _conditions(target, ranges):
            tables.setdefault(by, {})[value] = field
    rows = product(*([*((by, value) for value in values), (by, None)] for by, values in tables.items()))
    found: dict[tuple[int, ...], Lead] = {}
    for row in islice(rows, MOST_ROWS):
        known = dict(row)
        days = tuple(day for target in targets if (day := _days(target, known, ranges)) is not None)
        said = (_said(tables[by], value) for by, value in row)
        found.setdefault(days, Lead(days, " and ".join(said)))
    return list(found.values())


def _said(table: Mapping[Hashable, Field], value: Hashable) -> str:
    field = next(iter(table.values()))
    name = ".".join((*field.hops, field.name))
    return f"{name} is {value}" if value is not None else f"{name} is any other"


def _conditions(node: Typed, ranges: Ranges) -> Iterator[tuple[Hashable, Hashable, Field]]:
    """What the choices of a target go by: a field, as ``Ranges`` knows it, and a value that it is compared
    with."""
    choice = _choice(node)
    if choice is not None:
        yield ranges.subject(choice[0]), choice[1], choice[0]
    for part in children(node):
        yield from _conditions(part, ranges)


def _choice(node: Typed) -> tuple[Field, Hashable] | None:
    """The field and the value of `… if FIELD == VALUE else …`, as rows of tables are written."""
    condition = node.args[0] if isinstance(node, Call) and operator(node) == "if" else None
    if not isinstance(condition, Call) or operator(condition) != "==":
        return None
    by, value = condition.args
    return (by, value.value) if isinstance(by, Field) and isinstance(value, Const) else None


def _days(node: Typed, row: Mapping[Hashable, Hashable], ranges: Ranges) -> int | None:
    """What a target comes to in a row; None where that is not known."""
    if isinstance(node, Param):
        return _days(node.value, row, ranges)
    if isinstance(node, Const):
        return node.value if isinstance(node.value, int) else None
    choice = _choice(node)
    if isinstance(node, Call) and choice is not None:
        holds = row.get(ranges.subject(choice[0])) == choice[1]
        return _days(node.args[1 if holds else 2], row, ranges)
    if isinstance(node, Call) and operator(node) in ("neg", "+", "-"):
        parts = [_days(arg, row, ranges) for arg in node.args]
        known = [part for part in parts if part is not None]
        return _computed(operator(node), known) if len(known) == len(parts) else None
    return None


def _computed(name: str, parts: Sequence[int]) -> int:
    first = -parts[0] if name == "neg" else parts[0]
    return first + sum(-part if name == "-" else part for part in parts[1:])
