"""How often, when and with whose leave people are written to: limits, topics and quiet hours as declared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import time, timedelta
from typing import Final, Literal, get_args

from ...dsl.frozen import frozen
from ..document import Node, Scalar
from ..shape import Fields, Shape, read_each, read_fields, shape, suggestion

TopicClass = Literal["transactional", "operational", "promotional"]
TOPIC_CLASSES: Final[tuple[str, ...]] = get_args(TopicClass)
Then = Literal["hold", "defer"]

# On what ground an address may be written to for promotion. The last three are the exceptions of Japan's Act
# on Regulation of Transmission of Specified Electronic Mail, article 3(1): the address was given (a business
# card), there is a business relationship, the address was published by an organisation. Under the GDPR and
# the ePrivacy directive only the first two count.
GROUNDS: Final = ("opt_in", "double_opt_in", "address_given", "relationship", "published")
_ASKED: Final = ("double_opt_in", "opt_in")

# No message goes to an address that had so many in a day, whatever else is written or computed.
LAST_BOUND_COUNT: Final = 20
LAST_BOUND_WINDOW: Final = timedelta(hours=24)

_UNITS: Final = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LIMIT = re.compile(r"([1-9][0-9]{0,8})(?: per ([1-9][0-9]{0,3})([a-z]+))?(?: then ([a-z]+))?")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


@frozen
class Limit:
    """At most ``count`` in any ``window`` (None: in a run). ``then``: what is over waits for a person
    (``hold``, all of it) or for its turn (``defer``, the best-ranked go now)."""

    count: int
    window: timedelta | None
    then: Then

    @property
    def days(self) -> int:
        """The window in whole days, at least one."""
        return max(1, -(-(self.window or timedelta()) // timedelta(days=1)))


@frozen
class Limits:
    """What ``limits:`` says on a project, a playbook or a play. ``per_play`` and ``total`` count occurrences
    that fire, ``per_contact`` and ``per_account`` messages to customers, ``per_assignee`` tasks, and
    ``per_address`` (of a project alone) all messages to an address in 24 hours."""

    per_play: Limit | None = None
    total: Limit | None = None
    per_contact: Limit | None = None
    per_account: Limit | None = None
    per_assignee: Limit | None = None
    per_address: int | None = None


NO_LIMITS: Final = Limits()


@frozen
class Topic:
    """What messages are about. ``consent``: on which grounds a promotional one may be sent."""

    name: str
    kind: TopicClass
    consent: tuple[str, ...] = _ASKED


@frozen
class QuietHours:
    """When nobody is written to, by the recipient's own clock: from ``start`` to before ``end`` (over
    midnight where it is earlier), and whole days."""

    start: time
    end: time
    weekends: bool
    holidays: bool


@frozen
class ContactRules:
    """The part of playcall.yaml that says so."""

    limits: Limits = NO_LIMITS
    topics: Mapping[str, Topic] = field(default_factory=dict)
    quiet_hours: QuietHours | None = None


_KINDS = "per_play total per_contact per_account per_assignee"
LIMITS = shape("`limits`", _KINDS)
PROJECT_LIMITS = shape("`limits`", f"{_KINDS} per_address")
_TOPIC = shape("a topic", "class consent", "class")
_QUIET = shape("`quiet_hours`", "from to weekends holidays", "from to")
_NEEDS_WINDOW = ("per_contact", "per_account", "per_assignee")


def read_rules(fields: Fields) -> ContactRules:
    """``limits``, ``topics`` and ``quiet_hours`` of playcall.yaml."""
    return ContactRules(
        read_limits(fields, PROJECT_LIMITS),
        _topics(fields),
        _quiet_hours(fields),
    )


def read_limits(fields: Fields, allowed: Shape = LIMITS) -> Limits:
    """The ``limits:`` of a mapping; wrong ones are reported and left out."""
    node = fields.get("limits")
    limits = read_fields(node, allowed, fields.findings) if node is not None else None
    if limits is None:
        return NO_LIMITS
    found = {name: _limit(name, limits) for name in _KINDS.split()}
    return Limits(**found, per_address=limits.integer("per_address", least=1))


def _limit(name: str, limits: Fields) -> Limit | None:
    node = limits.get(name)
    if node is None:
        return None
    match = _LIMIT.fullmatch(node.text) if isinstance(node, Scalar) and not node.broken else None
    example = "2 per 7d" if name in _NEEDS_WINDOW else "200, or 500 per 1d then defer"
    if match is None:
        limits.findings.add("E107", node.location, f"`{name}` is a limit such as {example}")
        return None
    count, amount, unit, then = match.groups()
    why = _refusal(name, unit, then)
    if why:
        limits.findings.add("E107", node.location, f"`{name}` {why}", f"write for example {example}")
        return None
    deferred = then == "defer" or name in _NEEDS_WINDOW
    return Limit(int(count), int(amount) * _UNITS[unit] if unit else None, "defer" if deferred else "hold")


def _refusal(name: str, unit: str | None, then: str | None) -> str:
    """What is wrong with the parts of a limit; empty if nothing is."""
    capped = name in _NEEDS_WINDOW
    units = tuple(_UNITS) if name in ("per_contact", "per_account") else ("d", "w")
    if capped and unit is None:
        return "counts in a window of time, so it needs `per`"
    if unit is not None and unit not in units:
        return f"cannot be counted in `{unit}`, only in {', '.join(units)}"
    if then is not None and then not in get_args(Then):
        return f"ends in `then hold` or `then defer`, not `then {then}`"
    return "always defers what is over, so `then hold` cannot stand here" if capped and then == "hold" else ""


def _topics(fields: Fields) -> dict[str, Topic]:
    found: dict[str, Topic] = {}

    def read(key: Scalar, node: Node) -> None:
        topic = read_fields(node, _TOPIC, fields.findings)
        written = topic.choice("class", TOPIC_CLASSES) if topic else None
        kind = next((one for one in get_args(TopicClass) if one == written), None)
        if topic is not None and kind is not None:
            found[key.text] = Topic(key.text, kind, _grounds(topic, kind))

    entries = fields.entries("topics")
    if entries:
        read_each(entries, read, fields.findings, "the topic")
    return found


def _grounds(topic: Fields, kind: TopicClass) -> tuple[str, ...]:
    if "consent" in topic and kind != "promotional":
        message = f"`consent` belongs to promotional topics; this one is {kind}"
        topic.findings.add("E107", topic.location("consent"), message, "remove it")
    given = topic.texts("consent")
    for name in given:
        if name not in GROUNDS:
            message = f"`consent` lists grounds ({', '.join(GROUNDS)}), not `{name}`"
            location = topic.node.values["consent"].location
            topic.findings.add("E107", location, message, suggestion(name, GROUNDS))
    return tuple(sorted(set(given))) or _ASKED


def _quiet_hours(fields: Fields) -> QuietHours | None:
    node = fields.get("quiet_hours")
    quiet = read_fields(node, _QUIET, fields.findings) if node is not None else None
    if quiet is None:
        return None
    start, end = read_time(quiet, "from"), read_time(quiet, "to")
    weekends, holidays = quiet.boolean("weekends"), quiet.boolean("holidays")
    if start is None or end is None:
        return None
    if start == end:
        message = "`quiet_hours` begin and end at the same time, so there are none, or nothing else"
        fields.findings.add("E107", fields.location("quiet_hours"), message)
        return None
    return QuietHours(start, end, weekends, holidays)


def read_time(fields: Fields, key: str) -> time | None:
    """A time of day as ``"19:00"``; None, with a report, for anything else."""
    text = fields.text(key)
    match = _TIME.fullmatch(text) if text is not None else None
    if text is not None and match is None:
        message = f"`{key}` is a time of day, not `{text}`"
        location = fields.node.values[key].location
        fields.findings.add("E107", location, message, 'quoted, with two digits each: "19:00"')
    return time(int(match[1]), int(match[2])) if match else None
