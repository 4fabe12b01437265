"""One pass over an entity: a table with a column for each trigger, population and stop of its plays.

Everything later (what is due, what closed, what is unknown) reads this narrow table, so that no condition
is computed twice and records that no play concerns never leave the engine.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import reduce

from ...dsl.compiler import compile_select
from ...dsl.countdown import Moment
from ...dsl.frozen import frozen
from ...dsl.shapes import shape
from ...dsl.sqltree import Node, boolean, coalesce, column, text
from ...dsl.typed import Const, Param, Typed
from ...dsl.types import Kind, Type
from ..playbook.model import MomentTrigger, Play, Playbook, StateTrigger
from .context import NOWHERE, Context, as_text, call, number
from .model import PlayId
from .reads import fields_read

TRUE = Const(True, Type(Kind.BOOL), NOWHERE)
TABLE = "e"  # alias of the projection in every query over it


Names = dict[PlayId, str]

_LARGEST_SHIFT = (
    36_500  # days; a target further off gets a column of its own, where the calendar's ends count
)


@frozen
class DueDate:
    """One target of a moment: its N as written in a list, or "", and its due date: a column and so many days.

    Targets that are plain numbers share the column, which is then the date of target 0."""

    label: str
    column: str
    shift: int

    def stored(self, due: date) -> date:
        """What the column holds where the moment is due on that day."""
        return due - timedelta(days=self.shift)


@dataclass(slots=True)
class Projection:
    """The table and where things stand in it: names of columns by playbook or by play. Playbooks without a
    condition have no entry; what is asked twice stands there once.

    ``population`` and ``stop`` by playbook; ``trigger`` and ``clear`` of states; of moments ``anchor``, the
    countdown's own date, and ``due``, one for each target. ``reads``: the paths of the stored fields that a
    play reads; ``missing`` says of each whether it is. ``is_partial``: records that are certainly in no
    playbook's population are left out."""

    name: str
    entity: str
    has_cycle: bool
    population: dict[str, str] = field(default_factory=dict)
    stop: dict[str, str] = field(default_factory=dict)
    trigger: Names = field(default_factory=dict)
    clear: Names = field(default_factory=dict)
    anchor: Names = field(default_factory=dict)
    due: dict[PlayId, tuple[DueDate, ...]] = field(default_factory=dict)
    reads: dict[PlayId, tuple[str, ...]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    is_partial: bool = False
    outputs: dict[str, Typed] = field(default_factory=dict)
    _known: dict[Hashable, str] = field(default_factory=dict)

    def in_population(self, playbook: str) -> Node:
        """True where the record is certainly in the playbook's population; NULL where that is unknown."""
        name = self.population.get(playbook)
        return column(name, TABLE) if name else boolean(True)

    def identity(self, anchor: str = "") -> Node:
        """The cycle's value as text; where it is missing, the countdown's own date."""
        names = ["cycle"] if self.has_cycle else []
        parts = [as_text(column(name, TABLE)) for name in (*names, anchor) if name]
        return coalesce(*parts) if parts else text("")

    def add(self, tree: Typed) -> str:
        """A column of the table for an expression; gives its name."""
        key = shape(tree)
        if key not in self._known:
            self._known[key] = f"x{len(self.outputs)}"
            self.outputs[self._known[key]] = tree
        return self._known[key]

    def add_play(self, play: Play) -> None:
        """The columns that a play's trigger needs."""
        place, trigger = (play.playbook, play.name), play.trigger
        if isinstance(trigger, StateTrigger):
            self.trigger[place] = self.add(trigger.when.tree)
            if trigger.clear is not None:
                self.clear[place] = self.add(trigger.clear.tree)
        elif isinstance(trigger, MomentTrigger):
            moment = trigger.moment
            self.anchor[place] = self.add(moment.date)
            self.due[place] = tuple(
                self._due_date(moment, label if moment.is_list else "", target)
                for label, target in moment.targets
            )

    def add_reads(self, playbook: Playbook, play: Play, derived: Mapping[tuple[str, str], Typed]) -> None:
        """The columns that say which of the fields that a play reads are missing."""
        read = fields_read(playbook, play, derived)
        for path, leaf in read.items():
            self.missing[path] = self.add(call("is missing", leaf))
        self.reads[play.playbook, play.name] = tuple(sorted(read))

    def _due_date(self, moment: Moment, label: str, target: Typed) -> DueDate:
        days = _plain_number(target)
        if moment.unit == "business_days" or days is None or abs(days) > _LARGEST_SHIFT:
            return DueDate(label, self.add(due_date(moment, target)), 0)
        shift = days if moment.direction == "since" else -days
        return DueDate(label, self.add(due_date(moment, number(0))), shift)


def _plain_number(target: Typed) -> int | None:
    """The value of a target that is written as a number, here or in a param."""
    while isinstance(target, Param):
        target = target.value
    return target.value if isinstance(target, Const) and isinstance(target.value, int) else None


def due_date(moment: Moment, target: Typed) -> Typed:
    """The day on which a moment is due: the first that makes ``countdown == target`` true.

    days_until(d) + k == N on d + k − N; days_since(d) + k == N on d + N − k. For business days: the day
    with that many business days in (day, d], the first of them: counted back from the last business day
    on or before d, or forward from d when N is negative.
    """
    if moment.direction == "since":
        return call("-", call("+", moment.date, target), moment.offset)
    remaining = call("-", target, moment.offset)
    if moment.unit == "days":
        return call("-", moment.date, remaining)
    before = call(
        "add_business_days", call("+", moment.date, number(1)), call("-", call("neg", remaining), number(1))
    )
    after = call("add_business_days", moment.date, call("neg", remaining))
    return call("if", call(">=", remaining, number(0)), before, after)


def project(
    context: Context, entity: str, playbooks: Sequence[Playbook], *, counted: bool = True
) -> Projection:
    """Evaluate every trigger of the entity's playbooks over all its records, into one table. ``counted``: and
    what unknowns are counted by."""
    cycle = context.catalog.entities[entity].cycle
    projection = Projection(f"_eval_{entity}", entity, cycle is not None)
    for playbook in playbooks:
        if playbook.where is not None:
            projection.population[playbook.name] = projection.add(playbook.where.tree)
        if playbook.stop is not None:
            projection.stop[playbook.name] = projection.add(playbook.stop.tree)
        for play in playbook.plays.values():
            projection.add_play(play)
            if counted:
                projection.add_reads(playbook, play, context.compile_world.derived)
    outputs = projection.outputs | ({"cycle": cycle.checked.tree} if cycle else {})
    concerned = _concerned(playbooks)
    projection.is_partial = concerned is not None
    statement = compile_select(entity, outputs, context.compile_world, where=concerned)
    context.store.create(projection.name, statement)
    return projection


def _concerned(playbooks: Sequence[Playbook]) -> Typed | None:
    """Where a record is, or may be, in the population of some playbook; None: all records are."""
    populations = [playbook.where.tree for playbook in playbooks if playbook.where is not None]
    if len(populations) < len(playbooks):
        return None
    return call("default", reduce(lambda left, right: call("or", left, right), populations), TRUE)
