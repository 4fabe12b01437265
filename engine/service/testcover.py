"""Which way the triggers and conditions of a playbook came out on one day of a test."""

from __future__ import annotations

from ...dsl.interpreter import Record, World
from ...dsl.interpreter import evaluate as value_of
from ...dsl.typed import Checked
from ..playbook.model import FollowUpTrigger, MomentTrigger, Play, Playbook, StateTrigger
from ..testing.coverage import Meter, clear_of
from .deciding import Decision
from .facts import Facts


def count(meter: Meter, decision: Decision, base: Facts, playbook: Playbook) -> None:
    """Count what a run's decision, not committed yet, came to for every record."""
    world = base.world(decision.moment)
    due = _judged(meter, decision, playbook)
    for record in base.store.every(playbook.entity):
        population = _value(playbook.where, record, world, default=True)
        meter.add(f"{playbook.name}..where", population)
        meter.add(f"{playbook.name}..stop", _value(playbook.stop, record, world, default=False))
        if population is True:
            for play in playbook.plays.values():
                place = f"{playbook.name}.{play.name}"
                meter.add(f"{place}.clear", _value(clear_of(play), record, world, default=None))
                if (play.name, record["_key"]) not in due:
                    meter.add(f"{place}.{key_of(play)}", _state(play, record, world))


def _judged(meter: Meter, decision: Decision, playbook: Playbook) -> set[tuple[str, object]]:
    """Count what made an occurrence; gives (play, record) of each."""
    due: set[tuple[str, object]] = set()
    for judged in decision.decided.judgements:
        case = judged.case
        play = playbook.plays.get(case.candidate.play)
        if play is None:
            continue
        due.add((play.name, case.candidate.record))
        place = f"{playbook.name}.{play.name}"
        meter.add(f"{place}.{key_of(play)}", True)
        # Only what came as far as its conditions says anything about them.
        if case.facts is not None and judged.verdict not in ("stopped", "expired"):
            for key, checked in (("if", play.condition), ("unless", play.unless)):
                if checked is not None:
                    meter.add(f"{place}.{key}", case.facts.value(checked))
    return due


def key_of(play: Play) -> str:
    """The key that a play's trigger stands under."""
    if isinstance(play.trigger, MomentTrigger | StateTrigger):
        return "when"
    return "after" if isinstance(play.trigger, FollowUpTrigger) else "every"


def _state(play: Play, record: Record, world: World) -> object:
    """What a trigger is without an occurrence: false; a state may hold on, or be unknown."""
    if isinstance(play.trigger, MomentTrigger | StateTrigger):
        return _value(play.trigger.when, record, world, default=None)
    return False


def _value(checked: Checked | None, record: Record, world: World, default: object) -> object:
    return default if checked is None else value_of(checked.tree, record, world, checked.entity)
