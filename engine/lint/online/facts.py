"""What the online checks ask: how many records of the last snapshot there are, and what they make of a play's
conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from sqlglot import exp

from ....dsl.compiler import CompileWorld, compile_select
from ....dsl.frozen import frozen
from ....dsl.sqltree import Node, both, column, is_present, negation
from ....dsl.typed import Typed
from ...catalog.model import Catalog
from ...playbook.loader import Loaded
from ...playbook.model import Play, Playbook

# Fewer records say nothing about those to come: a sample, a test, a project that begins.
FEWEST_RECORDS = 10


class Store(Protocol):
    """The engine that holds the facts: a table for each entity."""

    def execute(self, statement: exp.Expr | str) -> list[tuple[object, ...]]:
        """Run one statement and give its rows."""
        ...


@frozen
class Facts:
    """A snapshot, open for questions. ``rows``: how many records there are of an entity whose data could be
    loaded; ``kept``: the fields that the snapshot has of it (the catalogue may have newer ones); ``ran``:
    (playbook, play) of those that have run before."""

    loaded: Loaded
    catalog: Catalog
    store: Store
    world: CompileWorld
    rows: Mapping[str, int]
    kept: Mapping[str, frozenset[str]]
    ran: frozenset[tuple[str, str]]

    def enough(self, entity: str) -> bool:
        """Whether there are so many records that what all of them have in common means something."""
        return self.rows.get(entity, 0) >= FEWEST_RECORDS

    def has(self, entity: str, field: str) -> bool:
        """Whether there are enough records, and the field was there when they were loaded."""
        return self.enough(entity) and field in self.kept.get(entity, ())

    def counts(self, entity: str, outputs: Mapping[str, Typed], *counts: Node) -> list[int]:
        """Counts over the values of expressions for every record; ``value(name)`` is one of these."""
        inner = compile_select(entity, outputs, self.world).subquery("q")
        (row,) = self.store.execute(exp.select(*counts).from_(inner))
        return [whole(cell) for cell in row]

    def groups(
        self, entity: str, outputs: Mapping[str, Typed], by: Node, where: Node
    ) -> Iterator[tuple[object, int]]:
        """Each value of ``by`` with how many records have it, of those that meet a condition."""
        inner = compile_select(entity, outputs, self.world).subquery("q")
        select = exp.select(by, count()).from_(inner).where(where).group_by(by.copy())
        return ((row[0], whole(row[1])) for row in self.store.execute(select))


def value(name: str) -> exp.Column:
    """The column of an output."""
    return column(name, "q")


def holds(name: str) -> Node:
    """Whether an output is certainly true."""
    return both(is_present(value(name)), value(name))


def fails(name: str) -> Node:
    """Whether an output is certainly false."""
    return both(is_present(value(name)), negation(value(name)))


def conditions(playbook: Playbook, play: Play | None = None) -> tuple[dict[str, Typed], list[Node]]:
    """What decides beside the trigger: ``where``, ``if`` and ``unless`` as outputs, and what must hold."""
    outputs: dict[str, Typed] = {}
    wanted: list[Node] = []
    for name, checked in (("where", playbook.where), ("if", play.condition if play else None)):
        if checked is not None:
            outputs[name] = checked.tree
            wanted.append(holds(name))
    if play is not None and play.unless is not None:
        outputs["unless"] = play.unless.tree
        wanted.append(fails("unless"))
    return outputs, wanted


def count(*conditions: Node) -> Node:
    """How many rows meet all conditions."""
    return exp.CountIf(this=both(*conditions)) if conditions else exp.Count(this=exp.Star())


def whole(cell: object) -> int:
    """A count as the engine gives it (a huge integer, or NULL of no rows)."""
    return int(cell) if isinstance(cell, int) else 0
