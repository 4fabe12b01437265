"""One play: trigger, conditions, actions, and what competes or combines with others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...dsl.frozen import frozen
from ...dsl.source import SourceText, Span
from ...dsl.typed import Checked, Field
from ...dsl.types import Kind, Type
from ..catalog.contact_rules import Topic, read_limits
from ..document import Entries, Node, Scalar
from ..shape import Fields, Findings, read_fields, shape
from .actions import read_actions
from .context import Context, read_topic
from .experiments import read_holdout, read_variants
from .model import FollowUpTrigger, Holdout, MomentTrigger, Play, Together, Trigger
from .success_plans import steps_of
from .triggers import read_grace, read_trigger

PLAY = shape(
    "a play",
    "when after every grace for clear again once keep if unless do"
    " priority together ahead limits topic approve holdout variants split was describe",
    "do",
    {"goal": "campaigns"},
    {"0.2": "topic approve holdout variants split"},
)


@frozen
class PlayDefaults:
    """What a playbook says for all of its plays."""

    playbook: str
    topic: Topic | None
    approve: Checked | None
    holdout: Holdout | None


def read_play(
    key: Scalar, node: Node, plays: Mapping[str, object], defaults: PlayDefaults, context: Context
) -> tuple[Play, ...]:
    """One entry of ``plays:``, without its fingerprint, and the steps of the plans that it begins; nothing if
    it cannot run."""
    fields = read_fields(node, PLAY, context.findings)
    if fields is None:
        return ()
    trigger = read_trigger(fields, plays, context)
    condition, unless = context.condition(fields, "if"), context.condition(fields, "unless")
    topic = read_topic(fields, context) or defaults.topic
    within = replace(context, together="together" in fields, topic=topic)
    doing, variants = read_actions(fields, within), read_variants(fields, within)
    grace = read_grace(fields, trigger)
    priority = fields.integer("priority", least=0, most=100)
    together = _together(fields, trigger, context)
    limits, holdout = read_limits(fields), read_holdout(fields, "play")
    approve = context.condition(fields, "approve")
    was = fields.texts("was")
    if trigger is None:
        return ()
    play = Play(
        playbook=defaults.playbook,
        name=key.text,
        was=was,
        trigger=trigger,
        grace=grace,
        condition=condition,
        unless=unless,
        actions=doing.actions,
        priority=50 if priority is None else priority,
        together=together,
        limits=limits,
        approve=defaults.approve if approve is None else approve,
        holdout=defaults.holdout if holdout is None else holdout,
        variants=variants,
        reads=frozenset(),
        fingerprint="",
        location=key.location,
    )
    return (play, *(step for begun in doing.plans for step in steps_of(begun, play, plays, context.findings)))


def _together(fields: Fields, trigger: Trigger | None, context: Context) -> Together | None:
    ahead = fields.duration("ahead", ("d", "w"))
    if "ahead" in fields and ("together" not in fields or not isinstance(trigger, MomentTrigger | None)):
        message = "`ahead` takes along what is due soon: it needs `together` and a moment"
        fields.findings.add("E301", fields.location("ahead"), message)
        return None
    name = fields.text("together")
    if name is None:
        return None
    days = 0 if ahead is None else ahead.amount * (7 if ahead.unit == "w" else 1)
    if name == "recipient":
        return Together(None, days)
    key = _key_of(name, fields, context)
    return None if key is None else Together(key, days)


def _key_of(name: str, fields: Fields, context: Context) -> Checked | None:
    """The key of the record that ``together`` names; None, reported, if there is none."""
    entity = context.scope.record
    hops = tuple(name.split("."))
    for hop in hops:
        step = entity.to_one.get(hop)
        if step is None:
            steps = ", ".join(entity.to_one) or "none"
            message = f"`together` is `recipient` or what {entity.name} belongs to ({steps}), not `{hop}`"
            fields.findings.add("E204", fields.node.values["together"].location, message)
            return None
        entity = context.scope.schema.entities[step.entity]
    key = Field(hops, entity.name, "_key", False, False, Type(Kind.TEXT, nullable=True), Span(0, len(name)))
    return Checked(context.scope.entity, key, SourceText.of(name))


def follow_ups(plays: Mapping[str, Play], findings: Findings) -> dict[str, Play]:
    """Follow-ups with the grace of what they follow, where they have none; circles are reported."""
    settled: dict[str, Play] = {}
    for play in plays.values():
        _settle(play, plays, settled, findings)
    return {name: settled[name] for name in plays}


def _settle(play: Play, plays: Mapping[str, Play], settled: dict[str, Play], findings: Findings) -> None:
    """Settles a play and those that it follows, up to one that is settled or that follows nothing."""
    chain: dict[str, Play] = {}
    step = play
    while step.name not in settled and step.name not in chain:
        chain[step.name] = step
        if not isinstance(step.trigger, FollowUpTrigger) or step.trigger.parent not in plays:
            break
        step = plays[step.trigger.parent]
    else:
        if step.name in chain:
            names = [*chain]
            _report_circle(names[names.index(step.name) :], plays, findings)
    grace = settled[step.name].grace if step.name in settled else None
    for one in reversed(chain.values()):
        grace = one.grace or grace
        settled[one.name] = replace(one, grace=grace)


def _report_circle(names: list[str], plays: Mapping[str, Play], findings: Findings) -> None:
    """Plays that follow each other, told once, at the first of them."""
    first = min(names, key=lambda name: plays[name].location)
    at = names.index(first)
    shown = [*names[at:], *names[:at], first]
    chain = " → ".join(shown if len(shown) < 10 else [*shown[:8], "…", first])
    message = f"plays follow each other in a circle: {chain}"
    findings.add("E407", plays[first].location, message)


def declared_plays(fields: Fields) -> Entries | None:
    """The ``plays:`` of a playbook; an empty mapping is reported."""
    plays = fields.entries("plays")
    if plays is not None and not plays.values:
        message = "`plays` is empty: the playbook does nothing"
        fields.findings.add("E106", fields.location("plays"), message)
    for key in plays.keys.values() if plays else ():
        if not key.text.replace("-", "_").isidentifier():
            message = f"`{key.text}` cannot be the name of a play"
            fields.findings.add("E107", key.location, message, "letters, digits, `-` and `_`")
    return plays
