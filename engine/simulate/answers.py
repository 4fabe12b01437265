"""The answers file (`simulate --answers F`) → the behaviour it declares, or every mistake in one pass."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

from ...dsl.checker import CONDITION, check
from ...dsl.frozen import frozen
from ...dsl.scope import Scope
from ...dsl.types import Duration, EntityType, Kind, Value
from ..catalog.model import LEDGER_ENTITIES, Catalog, Project
from ..document import Node, Scalar
from ..evaluate.context import DEFAULT_TOLERANCE_DAYS
from ..forms.survey import Survey
from ..playbook.model import EmailAction, Play, Playbook, TaskAction
from ..shape import (
    Fields,
    Findings,
    as_list,
    kind_of,
    read_duration,
    read_entries,
    read_fields,
    read_integer,
    shape,
    suggestion,
)
from ..testing.answers import read_posted
from ..testing.values import is_missing, read_value
from .model import DEFAULT_SEED, Behaviour, Drift, Outcome, Reaction, Reply

MOST_DAYS = 3_650
MOST_SEED = 2**31 - 1

_FILE = shape("an answers file", "seed reactions facts approve")
_REACTION = shape("a reaction", "after one_of", "after one_of")
_OUTCOME = shape("an outcome", "share days set answer accept done", "share")
_DAYS = shape("`days`", "from to", "from to")
_DRIFT = shape("an item of `facts`", "for when move set", "for when")
_SHARE = re.compile(r"(?P<percent>(0|[1-9][0-9]*)(\.[0-9]+)?)%")


def read_behaviour(
    node: Node,
    project: Project,
    catalog: Catalog,
    playbooks: Mapping[str, Playbook],
    surveys: Mapping[str, Survey],
    findings: Findings,
) -> Behaviour:
    """The behaviour that a file declares for a project; what is wrong with it is in ``findings``."""
    fields = read_fields(node, _FILE, findings)
    if fields is None:
        return Behaviour()
    reader = _Reader(project, catalog, playbooks, surveys, findings)
    approve = fields.duration("approve", ("d",))
    return Behaviour(
        _default(fields.integer("seed", 0, MOST_SEED), DEFAULT_SEED),
        tuple(one for item in as_list(fields.get("reactions")) for one in reader.reaction(item)),
        tuple(one for item in as_list(fields.get("facts")) for one in reader.drift(item)),
        approve.amount if approve is not None else None,
    )


def _default(value: int | None, default: int) -> int:
    return default if value is None else value


@frozen
class _Reader:
    project: Project
    catalog: Catalog
    playbooks: Mapping[str, Playbook]
    surveys: Mapping[str, Survey]
    findings: Findings

    def reaction(self, node: Node) -> Iterator[Reaction]:
        fields = read_fields(node, _REACTION, self.findings)
        play = self._play(fields) if fields is not None else None
        if fields is None or play is None:
            return
        entity = self.catalog.entities[self.playbooks[play.playbook].entity].type
        outcomes = tuple(
            one for item in as_list(fields.get("one_of")) for one in self._outcome(item, play, entity)
        )
        if sum(one.share for one in outcomes) > 1:
            message = "the shares of the outcomes come to more than 100%"
            self.findings.add("E107", fields.location("one_of"), message)
        yield Reaction(play.playbook, play.name, entity.name, outcomes)

    def drift(self, node: Node) -> Iterator[Drift]:
        fields = read_fields(node, _DRIFT, self.findings)
        entity = self._entity(fields) if fields is not None else None
        source = fields.expression("when") if fields is not None else None
        if fields is None or entity is None or source is None:
            return
        before = len(self.findings.items)
        when = check(source, self._scope(entity.name), self.findings.items, CONDITION)
        moves, values = self._moves(fields, entity), self._values(fields, entity)
        if not moves and not values and len(self.findings.items) == before:
            self.findings.add("E106", fields.node.location, "it changes nothing: give `move` or `set`")
        if when is not None:
            yield Drift(entity.name, when, moves, values, fields.node.location)

    def _play(self, fields: Fields) -> Play | None:
        target = fields.text("after")
        if target is None:
            return None
        known = {
            f"{book.name}.{play.name}": play
            for book in self.playbooks.values()
            for play in book.plays.values()
        }
        if target not in known:
            message = f"there is no play `{target}`"
            hint = suggestion(target, known) or "write it as PLAYBOOK.PLAY"
            self.findings.add("E504", fields.node.values["after"].location, message, hint)
        return known.get(target)

    def _entity(self, fields: Fields) -> EntityType | None:
        name = fields.text("for")
        if name is None:
            return None
        known = [one for one in self.catalog.entities if one not in LEDGER_ENTITIES]
        if name not in known:
            message = f"the catalogue has no entity `{name}` that is loaded"
            self.findings.add("E502", fields.node.values["for"].location, message, suggestion(name, known))
            return None
        return self.catalog.entities[name].type

    def _scope(self, entity: str) -> Scope:
        cycle = self.catalog.entities[entity].cycle
        checked = cycle.checked if cycle else None
        days = cycle.tolerance_days if cycle else DEFAULT_TOLERANCE_DAYS
        settings = self.project.settings
        return Scope(self.catalog.schema, entity, settings, cycle=checked, tolerance_days=days)

    def _outcome(self, node: Node, play: Play, entity: EntityType) -> Iterator[Outcome]:
        fields = read_fields(node, _OUTCOME, self.findings)
        if fields is None:
            return
        share = self._share(fields)
        first, last = self._days(fields.get("days"))
        done = fields.boolean("done")
        if done and not any(isinstance(action, TaskAction) for action in play.actions):
            message = f"`{play.name}` opens no tasks, so none can be done"
            self.findings.add("E107", fields.location("done"), message)
        accepts = fields.boolean("accept")
        if accepts and not any(isinstance(one, EmailAction) and one.quote for one in play.all_actions):
            message = f"`{play.name}` offers no quote, so none can be accepted"
            self.findings.add("E107", fields.location("accept"), message)
        values = self._values(fields, entity)
        reply = self._reply(fields, play)
        if share is not None:
            yield Outcome(share, first, last, values, done, reply, accepts)

    def _reply(self, fields: Fields, play: Play) -> Reply | None:
        """What is answered, of the first survey that the play asks."""
        if "answer" not in fields:
            return None
        asked = (action.survey for action in play.all_actions if isinstance(action, EmailAction))
        first = next((one for one in asked if one is not None), None)
        if first is None:
            message = f"`{play.name}` asks no survey, so none can be answered"
            self.findings.add("E107", fields.location("answer"), message)
            return None
        survey = self.surveys[first.survey]
        return Reply(survey, read_posted(fields.node.values["answer"], survey, self.findings), first.open)

    def _share(self, fields: Fields) -> Fraction | None:
        node = fields.get("share")
        match = _SHARE.fullmatch(node.text) if isinstance(node, Scalar) else None
        if match is not None and (share := Fraction(match["percent"]) / 100) <= 1:
            return share
        if node is not None:
            message = f"`share` is a percentage such as 60%, not {kind_of(node)}"
            self.findings.add("E107", node.location, message, "from 0% to 100%")
        return None

    def _days(self, node: Node | None) -> tuple[int, int]:
        """From how many days to how many; a reaction comes at the earliest on the next day."""
        if node is None:
            return 1, 1
        if isinstance(node, Scalar):
            days = _default(read_integer(node, self.findings, "`days`", 1, MOST_DAYS), 1)
            return days, days
        fields = read_fields(node, _DAYS, self.findings)
        if fields is None:
            return 1, 1
        first = _default(fields.integer("from", 1, MOST_DAYS), 1)
        last = _default(fields.integer("to", 1, MOST_DAYS), first)
        if last < first:
            self.findings.add("E107", fields.location("to"), f"`to` ({last}) is before `from` ({first})")
        return first, last

    def _moves(self, fields: Fields, entity: EntityType) -> dict[str, Duration]:
        found: dict[str, Duration] = {}
        entries = fields.entries("move") if "move" in fields else None
        for name, node in entries or ():
            if self._is_stored(name, entity):
                if entity.fields[name.text].type.kind not in (Kind.DATE, Kind.DATETIME):
                    message = f"`{name.text}` is not a date, so it cannot be moved"
                    self.findings.add("E107", name.location, message)
                duration = read_duration(node, self.findings, f"`{name.text}`", ("d", "w", "mo", "y"))
                if duration is not None:
                    found[name.text] = duration
        return found

    def _values(self, fields: Fields, entity: EntityType) -> dict[str, Value]:
        found: dict[str, Value] = {}
        entries = read_entries(fields.node.values["set"], self.findings, "`set`") if "set" in fields else None
        for name, node in entries or ():
            if self._is_stored(name, entity):
                field = entity.fields[name.text]
                found[name.text] = read_value(node, field, self.project.settings, self.findings)
                if is_missing(node) and not field.type.nullable:
                    message = f"`{name.text}` is never missing: it is not nullable"
                    self.findings.add("E107", node.location, message)
        return found

    def _is_stored(self, name: Scalar, entity: EntityType) -> bool:
        """Whether it is a field that may change: neither derived nor of the key."""
        field = entity.fields.get(name.text)
        changing = [
            one.name for one in entity.fields.values() if not one.derived and one.name not in entity.key
        ]
        if name.text in changing:
            return True
        message = f"{entity.name} has no field `{name.text}`"
        if field is not None:
            why = "derived" if field.derived else "part of the key"
            message = f"`{name.text}` is {why}, so it cannot be changed"
        self.findings.add("E203", name.location, message, suggestion(name.text, changing))
        return False
