"""One pass over an entity: a table with a column for each trigger, population and stop of its plays.

Everything later (what is due, what closed, what is unknown) reads this narrow table, so that no condition
is computed twice and records that no play concerns never leave the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ...dsl.compiler import compile_select
from ...dsl.countdown import Moment
from ...dsl.sqltree import Node, boolean, coalesce, column, text
from ...dsl.typed import Typed
from ..playbook.model import MomentTrigger, Play, Playbook, StateTrigger
from .context import Context, as_text, call, is_true, number
from .model import PlayId

TABLE = "e"  # alias of the projection in every query over it


Names = dict[PlayId, str]


@dataclass(slots=True)
class Projection:
    """The table and where things stand in it: names of columns by playbook or by play. Playbooks without a
    condition have no entry.

    ``population`` and ``stop`` by playbook; ``trigger`` and ``clear`` of states; of moments ``anchor``, the
    countdown's own date, and ``due``: (N as written in a list, or "", due date) each."""

    name: str
    entity: str
    has_cycle: bool
    population: dict[str, str] = field(default_factory=dict)
    stop: dict[str, str] = field(default_factory=dict)
    trigger: Names = field(default_factory=dict)
    clear: Names = field(default_factory=dict)
    anchor: Names = field(default_factory=dict)
    due: dict[PlayId, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    outputs: dict[str, Typed] = field(default_factory=dict)

    def in_population(self, playbook: str) -> Node:
        """True where the record is certainly in the playbook's population."""
        name = self.population.get(playbook)
        return is_true(column(name, TABLE)) if name else boolean(True)

    def identity(self, anchor: str = "") -> Node:
        """The cycle's value as text; where it is missing, the countdown's own date."""
        names = ["cycle"] if self.has_cycle else []
        parts = [as_text(column(name, TABLE)) for name in (*names, anchor) if name]
        return coalesce(*parts) if parts else text("")

    def add(self, tree: Typed) -> str:
        """A column of the table for an expression; gives its name."""
        name = f"x{len(self.outputs)}"
        self.outputs[name] = tree
        return name

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
                (label if moment.is_list else "", self.add(due_date(moment, target)))
                for label, target in moment.targets
            )


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


def project(context: Context, entity: str, playbooks: Sequence[Playbook]) -> Projection:
    """Evaluate every trigger of the entity's playbooks over all its records, into one table."""
    cycle = context.catalog.entities[entity].cycle
    projection = Projection(f"_eval_{entity}", entity, cycle is not None)
    for playbook in playbooks:
        if playbook.where is not None:
            projection.population[playbook.name] = projection.add(playbook.where.tree)
        if playbook.stop is not None:
            projection.stop[playbook.name] = projection.add(playbook.stop.tree)
        for play in playbook.plays.values():
            projection.add_play(play)
    outputs = projection.outputs | ({"cycle": cycle.checked.tree} if cycle else {})
    context.store.create(projection.name, compile_select(entity, outputs, context.compile_world))
    return projection
