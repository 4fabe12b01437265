"""What makes a play due: exactly one of ``when``, ``after``, ``every``, and the keys that go with it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...dsl.countdown import moment_of
from ...dsl.source import Span
from ...dsl.typed import Checked, Typed
from ...dsl.types import Duration
from ..shape import Fields, parse_duration, suggestion
from .context import Context
from .cron import cron_problem
from .model import FollowUpTrigger, MomentTrigger, ScheduleTrigger, StateTrigger, Trigger

TRIGGERS = ("when", "after", "every")
STATE_ONLY = ("for", "clear", "again", "once", "keep")
DEFAULT_GRACE = Duration(3, "d")
DAY_UNITS = ("d", "w", "mo", "y", "bd")

_AFTER = re.compile(r"(?P<name>[\w-]+?)\s*\+\s*(?P<delay>\w+)")


def read_trigger(fields: Fields, plays: Mapping[str, object], context: Context) -> Trigger | None:
    """The play's trigger; None, reported, if it has none, several, or a wrong one."""
    written = [key for key in TRIGGERS if key in fields]
    if not written and any(map(fields.tried, TRIGGERS)):
        return None  # what is wrong with it is reported
    if len(written) != 1:
        code, which = ("E106", "none") if not written else ("E301", " and ".join(written))
        place = fields.location(written[1]) if written else fields.node.location
        message = f"a play has exactly one of when, after, every; this one has {which}"
        fields.findings.add(code, place, message)
        return None
    if written[0] == "after":
        _refuse_state_keys(fields, "a follow-up (`after`)")
        return read_after(fields, plays)
    if written[0] == "every":
        _refuse_state_keys(fields, "a schedule (`every`)")
        return _schedule(fields)
    return _when(fields, context)


def read_grace(fields: Fields, trigger: Trigger | None) -> Duration | None:
    """The grace as written, else 3 days for moments and schedules; None: a state's, or the parent's."""
    written = fields.duration("grace", DAY_UNITS)
    if written is not None or not isinstance(trigger, MomentTrigger | ScheduleTrigger):
        return written
    return DEFAULT_GRACE


def _when(fields: Fields, context: Context) -> Trigger | None:
    checked = context.condition(fields, "when")
    if checked is None:
        return None
    moment = moment_of(checked, lambda entity, name: _derived(context, entity, name))
    if moment is not None:
        _refuse_state_keys(fields, "a moment (a countdown `== N`)")
        return MomentTrigger(checked, moment)
    once = fields.choice("once", ("per cycle", "ever"))
    return StateTrigger(
        when=checked,
        hold=fields.duration("for", DAY_UNITS),
        clear=context.condition(fields, "clear"),
        again=fields.duration("again", DAY_UNITS),
        once="cycle" if once == "per cycle" else "ever" if once == "ever" else None,
        keep=fields.boolean("keep"),
    )


def _derived(context: Context, entity: str, name: str) -> Typed:
    checked: Checked = context.catalog.entities[entity].derived[name].checked
    return checked.tree


def _refuse_state_keys(fields: Fields, what: str) -> None:
    for key in STATE_ONLY:
        if key in fields:
            message = f"`{key}` belongs to a state (any other `when`), and this play is {what}"
            fields.findings.add("E301", fields.location(key), message, "remove it")


def read_after(
    fields: Fields, known: Mapping[str, object], kind: str = "play", of: str = "playbook"
) -> FollowUpTrigger | None:
    """`after: NAME + DURATION`; None where it is absent or, reported, wrong."""
    source = fields.expression("after")
    if source is None:
        return None
    match = _AFTER.fullmatch(source.text.strip())
    delay = parse_duration(match["delay"]) if match else None
    if match is None or delay is None or delay.unit not in DAY_UNITS:
        message = f"`after` is written {kind.upper()} + DURATION, such as `ask + 10d`, not `{source.text}`"
        fields.findings.add("E301", fields.node.values["after"].location, message)
        return None
    name = match["name"]
    if name not in known:
        help_text = suggestion(name, known) or f"its {kind}s are: {', '.join(known)}"
        begin = len(source.text) - len(source.text.lstrip())
        place = source.location(Span(begin, begin + len(name)))
        fields.findings.add("E407", place, f"this {of} has no {kind} `{name}`", help_text)
        return None
    return FollowUpTrigger(name, delay)


def _schedule(fields: Fields) -> ScheduleTrigger | None:
    cron = read_cron(fields, "every")
    return None if cron is None else ScheduleTrigger(cron)


def read_cron(fields: Fields, key: str) -> str | None:
    """A cron expression under a key, reported (E302) if it is not one."""
    text = fields.text(key)
    problem = cron_problem(text) if text is not None else ""
    if problem:
        location = fields.node.values[key].location
        fields.findings.add("E302", location, problem, 'for example "0 8 * * *": every day at 08:00')
        return None
    return " ".join(text.split()) if text is not None else None
