"""What every step of an evaluation shares, and the few SQL constructors that they build from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from sqlglot import exp

from ...dsl import sqltree as sql
from ...dsl.compiler import CompileWorld
from ...dsl.dates import add_to_date, subtract_from_date
from ...dsl.frozen import frozen
from ...dsl.functions import resolve
from ...dsl.interpreter import World
from ...dsl.source import Span
from ...dsl.sqltree import Node, column, text
from ...dsl.typed import Call, Const, Typed
from ...dsl.types import Duration, Kind, Type
from ..catalog.model import Catalog
from ..playbook.model import Play
from .model import History, Moment, PlayId

NOWHERE = Span(0, 0)
DEFAULT_GRACE = Duration(3, "d")
DEFAULT_TOLERANCE_DAYS = 14  # SPEC 5: a date in a key that moves by no more is the same one, corrected


class Store(Protocol):
    """The engine that holds the facts: tables named by entity, and room for tables of our own."""

    def execute(self, statement: Node) -> list[tuple[object, ...]]:
        """Run one statement and give its rows."""
        ...

    def create(self, name: str, select: Node) -> None:
        """Keep the rows of a select as the table ``name``, replacing one of that name."""
        ...

    def take(self, name: str, select: Node) -> None:
        """Like ``create``, for rows that come from outside."""
        ...

    def take_few(self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]) -> None:
        """Like ``take``, for rows that are few and at hand."""
        ...

    def amend(
        self,
        name: str,
        columns: Mapping[str, str],
        rows: Sequence[Sequence[object]],
        key: Sequence[str],
        places: Sequence[Sequence[str]],
    ) -> None:
        """Have these rows in place of those whose ``key`` columns are one of the ``places``."""
        ...

    def fill(self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]) -> None:
        """A table of plain rows (``columns``: name → DuckDB type), replacing one of that name."""
        ...


@frozen
class Occasion:
    """What every evaluation goes by, however it is done: the catalogue, how expressions evaluate for one
    record, the clock and what earlier runs left."""

    catalog: Catalog
    world: World
    moment: Moment
    history: History

    def later(self, day: date, duration: Duration) -> date:
        """The day that lies ``duration`` after ``day`` (hours and minutes: the same day)."""
        shifted = add_to_date(self.world, day, duration)
        return day if shifted is None else shifted

    def earlier(self, day: date, duration: Duration) -> date:
        """The day that lies ``duration`` before ``day``."""
        shifted = subtract_from_date(self.world, day, duration)
        return day if shifted is None else shifted

    def tolerance(self, entity: str) -> int:
        """By how many days a date in a key of this entity may move and be the same one."""
        cycle = self.catalog.entities[entity].cycle
        return cycle.tolerance_days if cycle else DEFAULT_TOLERANCE_DAYS


@frozen
class Context(Occasion):
    """One evaluation in bulk: how expressions compile, and the engine that holds the facts."""

    compile_world: CompileWorld
    store: Store


def call(name: str, *args: Typed) -> Typed:
    """An operator or function over checked trees; a mistake here is a bug, not a user's."""
    resolved = resolve(name, [arg.type for arg in args])
    if resolved is None:
        raise TypeError(f"no overload of {name} for {', '.join(str(arg.type) for arg in args)}")
    return Call(resolved.id, args, resolved.result, NOWHERE)


def number(value: int) -> Typed:
    """An int literal."""
    return Const(value, Type(Kind.INT), NOWHERE)


def day(value: date) -> Node:
    """A date literal."""
    return sql.literal(value, Kind.DATE)


def as_text(node: Node) -> Node:
    return sql.cast(node, Kind.TEXT)


def is_true(node: Node) -> Node:
    """False where the node is unknown."""
    return sql.coalesce(node, sql.boolean(False))


def is_false(node: Node) -> Node:
    """False where the node is unknown."""
    return sql.negation(sql.coalesce(node, sql.boolean(True)))


def equal(left: Node, right: Node) -> Node:
    return sql.op(exp.EQ, left, right)


def days(node: Node, first: date, last: date) -> Node:
    """The node is a date from ``first`` to ``last``, inclusive."""
    return sql.between(node, day(first), day(last))


def of_play(play: Play, alias: str) -> list[Node]:
    """The conditions that a row of the ledger's tables is of this play."""
    return of_place((play.playbook, play.name), alias)


def of_place(place: PlayId, alias: str) -> list[Node]:
    """The same for the names of a play."""
    return [equal(column("playbook", alias), text(place[0])), equal(column("play", alias), text(place[1]))]


def same_identity(left: Node, right: Node, tolerance: int) -> Node:
    """Two cycle values (text) are the same, or two dates no more than ``tolerance`` days apart."""

    def as_day(node: Node) -> Node:
        return exp.TryCast(this=sql.again(node), to=sql.data_type(Kind.DATE))

    distance = exp.Abs(this=exp.DateDiff(this=as_day(left), expression=as_day(right), unit=exp.var("DAY")))
    close = is_true(sql.op(exp.LTE, distance, sql.integer(tolerance)))
    return sql.either(equal(left, right), close)


def iso(value: object) -> str | None:
    """A cycle's or anchor's value as the text that keys are made of."""
    return value.isoformat() if isinstance(value, date) else None if value is None else str(value)
