"""What every step of an evaluation shares, and the few SQL constructors that they build from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from sqlglot import exp

from ...dsl.compiler import CompileWorld
from ...dsl.dates import add_to_date, subtract_from_date
from ...dsl.functions import resolve
from ...dsl.interpreter import World
from ...dsl.source import Span
from ...dsl.typed import Call, Const, Typed
from ...dsl.types import Duration, Kind, Type
from ..catalog.model import Catalog
from .model import History, Moment

NOWHERE = Span(0, 0)
DEFAULT_GRACE = Duration(3, "d")
DEFAULT_TOLERANCE_DAYS = 14  # SPEC 5: a date in a key that moves by no more is the same one, corrected


class Store(Protocol):
    """The engine that holds the facts: tables named by entity, and room for tables of our own."""

    def execute(self, statement: exp.Expression) -> list[tuple[object, ...]]:
        """Run one statement and give its rows."""
        ...

    def create(self, name: str, select: exp.Expression) -> None:
        """Keep the rows of a select as the table ``name``, replacing one of that name."""
        ...

    def fill(self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]) -> None:
        """A table of plain rows (``columns``: name → DuckDB type), replacing one of that name."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """One evaluation: the catalogue, how its expressions compile and evaluate, the facts, the clock and
    what earlier runs left."""

    catalog: Catalog
    compile_world: CompileWorld
    world: World
    store: Store
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


def call(name: str, *args: Typed) -> Typed:
    """An operator or function over checked trees; a mistake here is a bug, not a user's."""
    resolved = resolve(name, [arg.type for arg in args])
    if resolved is None:
        raise TypeError(f"no overload of {name} for {', '.join(str(arg.type) for arg in args)}")
    return Call(resolved.id, args, resolved.result, NOWHERE)


def number(value: int) -> Typed:
    """An int literal."""
    return Const(value, Type(Kind.INT), NOWHERE)


def column(name: str, table: str) -> exp.Column:
    return exp.column(name, table=table, quoted=True)


def day(value: date) -> exp.Expression:
    return exp.cast(exp.Literal.string(value.isoformat()), exp.DataType.Type.DATE)


def text(value: str) -> exp.Expression:
    return exp.Literal.string(value)


def as_text(node: exp.Expression) -> exp.Expression:
    return exp.cast(node, exp.DataType.Type.VARCHAR)


def both(*conditions: exp.Expression) -> exp.Expression:
    return exp.and_(*conditions, copy=False)


def either(*conditions: exp.Expression) -> exp.Expression:
    return exp.or_(*conditions, copy=False)


def is_null(node: exp.Expression) -> exp.Expression:
    return exp.Is(this=node, expression=exp.Null())


def is_true(node: exp.Expression) -> exp.Expression:
    """False where the node is unknown."""
    return exp.Coalesce(this=node, expressions=[exp.false()])


def is_false(node: exp.Expression) -> exp.Expression:
    """False where the node is unknown."""
    return exp.Not(this=exp.Coalesce(this=node, expressions=[exp.true()]))


def between(node: exp.Expression, first: date, last: date) -> exp.Expression:
    return exp.Between(this=node, low=day(first), high=day(last))


def table(name: str, alias: str) -> exp.Table:
    return exp.to_table(name).as_(alias, table=True)  # type: ignore[no-any-return]


def same_identity(left: exp.Expression, right: exp.Expression, tolerance: int) -> exp.Expression:
    """Two cycle values (text) are the same, or two dates no more than ``tolerance`` days apart."""

    def as_day(node: exp.Expression) -> exp.Expression:
        return exp.TryCast(this=node.copy(), to=exp.DataType.build("date"))

    distance = exp.Abs(this=exp.DateDiff(this=as_day(left), expression=as_day(right), unit=exp.var("DAY")))
    close = exp.Coalesce(
        this=exp.LTE(this=distance, expression=exp.Literal.number(tolerance)), expressions=[exp.false()]
    )
    return exp.Paren(this=either(exp.EQ(this=left, expression=right), close))


def iso(value: object) -> str | None:
    """A cycle's or anchor's value as the text that keys are made of."""
    return value.isoformat() if isinstance(value, date) else None if value is None else str(value)


def days_before(when: date, days: int) -> date:
    return when - timedelta(days=days)
