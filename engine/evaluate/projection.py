"""One pass over an entity: a table with a column for each trigger, population and stop of its plays.

Everything later (what is due, what closed, what is unknown) reads this narrow table, so that no condition
is computed twice and records that no play concerns never leave the engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from ...dsl.compiler import compile_select
from ...dsl.typed import Typed
from ..playbook.model import MomentTrigger, Play, Playbook, StateTrigger
from .context import Context, as_text, call, column, is_true, number

TABLE = "e"  # alias of the projection in every query over it
_TRUE = exp.true


@dataclass(frozen=True, slots=True)
class Projection:
    """The table and where things stand in it; names of columns, "" where there is no such condition."""

    name: str
    entity: str
    population: Mapping[str, str]  # by playbook
    stop: Mapping[str, str]  # by playbook
    trigger: Mapping[tuple[str, str], str]  # states: `when`
    clear: Mapping[tuple[str, str], str]  # states: `clear`
    anchor: Mapping[tuple[str, str], str]  # moments: the countdown's date
    due: Mapping[tuple[str, str], tuple[tuple[str, str], ...]]  # moments: (N as written, due date)
    has_cycle: bool

    def in_population(self, playbook: str) -> exp.Expression:
        """True where the record is certainly in the playbook's population."""
        name = self.population.get(playbook)
        return is_true(column(name, TABLE)) if name else _TRUE()

    def identity(self, anchor: str = "") -> exp.Expression:
        """The cycle's value as text; where it is missing, the countdown's own date."""
        parts = [as_text(column(name, TABLE)) for name in ("cycle" if self.has_cycle else "", anchor) if name]
        return exp.Coalesce(this=parts[0], expressions=parts[1:]) if parts else exp.Literal.string("")


def due_date(play: Play, target: Typed) -> Typed:
    """The day on which a moment is due: the first that makes ``countdown == target`` true.

    days_until(d) + k == N on d + k − N; days_since(d) + k == N on d + N − k. For business days: the day
    with that many business days in (day, d], the first of them: counted back from the last business day
    on or before d, or forward from d when N is negative.
    """
    assert isinstance(play.trigger, MomentTrigger)
    moment = play.trigger.moment
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
    outputs: dict[str, Typed] = {}
    population, stop, trigger, clear, anchor = {}, {}, {}, {}, {}
    due: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}
    plays = 0
    for number_, playbook in enumerate(playbooks):
        for names, prefix, checked in ((population, "w", playbook.where), (stop, "s", playbook.stop)):
            if checked is not None:
                names[playbook.name] = f"{prefix}{number_}"
                outputs[f"{prefix}{number_}"] = checked.tree
        for play in playbook.plays.values():
            plays += 1
            place = (playbook.name, play.name)
            if isinstance(play.trigger, StateTrigger):
                outputs[trigger.setdefault(place, f"t{plays}")] = play.trigger.when.tree
                if play.trigger.clear is not None:
                    outputs[clear.setdefault(place, f"c{plays}")] = play.trigger.clear.tree
            elif isinstance(play.trigger, MomentTrigger):
                moment = play.trigger.moment
                outputs[anchor.setdefault(place, f"a{plays}")] = moment.date
                names_ = [f"d{plays}_{k}" for k in range(len(moment.targets))]
                outputs |= {
                    name: due_date(play, tree) for name, (_, tree) in zip(names_, moment.targets, strict=True)
                }
                labels = [label if moment.is_list else "" for label, _ in moment.targets]
                due[place] = tuple(zip(labels, names_, strict=True))
    cycle = context.catalog.entities[entity].cycle
    if cycle is not None:
        outputs["cycle"] = cycle.checked.tree
    name = f"_eval_{entity}"
    context.store.create(name, compile_select(entity, outputs, context.compile_world))
    return Projection(name, entity, population, stop, trigger, clear, anchor, due, cycle is not None)
