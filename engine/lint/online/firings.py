"""W306: a play that would fire more often in one run than its limit lets it."""

from collections.abc import Iterator
from datetime import timedelta

from sqlglot import exp

from ....dsl.diagnostics import Diagnostic
from ....dsl.sqltree import Node, both, is_present, op
from ....dsl.typed import Typed, children
from ...playbook.model import MomentTrigger, Play, Playbook, ScheduleTrigger, StateTrigger
from .facts import Facts, conditions, count, holds, value, whole

_HORIZON = 366  # days: the dates that a play counts to are known a year ahead, and cluster


def check(facts: Facts) -> Iterator[Diagnostic]:
    """Against the nearest ``per_play`` limit that is written down and holds what is over; the default one
    follows what was foreseen. Conditions are taken as they stand in the snapshot. A state that ran before
    has fired for most already."""
    for playbook in facts.loaded.playbooks.values():
        for play in playbook.plays.values():
            limit = _limit(playbook, play, facts)
            if limit is not None:
                most, when = _estimate(playbook, play, facts)
                if most > limit:
                    message = f"{when} the play would fire {most:,} times; its limit is {limit:,} a run"
                    help_text = (
                        "all of them would wait for `playcall approve`: narrow the play, or raise the limit"
                    )
                    yield Diagnostic(play.location, "W306", message, help_text)


def _limit(playbook: Playbook, play: Play, facts: Facts) -> int | None:
    project = facts.loaded.project
    scopes = [play.limits, playbook.limits, *([project.rules.limits] if project else [])]
    limit = next((limits.per_play for limits in scopes if limits.per_play), None)
    return limit.count if limit is not None and limit.then == "hold" else None


def _estimate(playbook: Playbook, play: Play, facts: Facts) -> tuple[int, str]:
    """The most firings in one run, and when that is."""
    outputs, wanted = conditions(playbook, play)
    match play.trigger:
        case MomentTrigger():
            return _busiest(playbook, play.trigger, outputs, wanted, facts)
        case StateTrigger(when=when) if (playbook.name, play.name) not in facts.ran:
            fires = count(*wanted, holds("when"))
            (most,) = facts.counts(playbook.entity, {**outputs, "when": when.tree}, fires)
            return most, "in its first run"
        case ScheduleTrigger():
            (most,) = facts.counts(playbook.entity, outputs, count(*wanted))
            return most, "in each of its slots"
        case _:
            return 0, ""


def _busiest(
    playbook: Playbook, trigger: MomentTrigger, outputs: dict[str, Typed], wanted: list[Node], facts: Facts
) -> tuple[int, str]:
    """The coming day on which most records are due, over all targets of the moment."""
    sides = children(trigger.when.tree)
    countdown = next((side for side in sides if side.type.countdown), None)
    if countdown is None:
        return 0, ""
    sign = 1 if trigger.moment.direction == "until" else -1
    due: dict[int, int] = {}
    for _, target in trigger.moment.targets:
        ahead = op(exp.Sub, value("countdown"), value("target"))
        known = [is_present(value("countdown")), is_present(value("target"))]
        select = {**outputs, "countdown": countdown, "target": target}
        for days, records in facts.groups(playbook.entity, select, ahead, both(*wanted, *known)):
            day = whole(days) * sign
            if 0 <= day <= _HORIZON:
                due[day] = due.get(day, 0) + records
    day = max(due, key=lambda one: (due[one], -one), default=0)
    return due.get(day, 0), f"on {facts.world.today + timedelta(days=day)}"
