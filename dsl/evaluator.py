"""How a checked expression gets its value for one record: scopes, relations, missing values, aggregates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import date, datetime

from .aggregates import AGGREGATES, zero
from .dates import BusinessDays, subtract_from_date
from .facts import NO_PAST, Facts, Past, Record, same_time_on, zone
from .frozen import frozen
from .functions import OVERLOADS, Pattern
from .outer import lift, unknown_when
from .typed import Aggregate, Call, Checked, Clock, Const, DaysInState, Field, Param, Typed, Was
from .types import Kind, Schema, Settings, Value


@frozen
class World:
    """What an expression's value depends on besides the record. ``now`` is an aware moment."""

    schema: Schema
    settings: Settings
    derived: Mapping[tuple[str, str], Checked]
    now: datetime
    facts: Facts
    calendar: BusinessDays
    past: Past = NO_PAST

    @property
    def today(self) -> date:
        """The project's local date."""
        return self.local_date(self.now)

    def local_date(self, moment: datetime) -> date:
        """The date of a moment in the project's time zone."""
        return moment.astimezone(zone(self.settings.timezone)).date()

    def on(self, day: date) -> World:
        """The world as it was known on a day, at the same time of day."""
        now = same_time_on(day, self.now, self.settings.timezone)
        return replace(self, now=now, facts=self.past.on(day))


@frozen
class Scope:
    """The record that bare names are of, and around an aggregate's inside the outer one.

    ``path`` leads to the record from the one that was asked about, for messages (``account.`` or "").
    """

    entity: str
    record: Record
    outer: Scope | None = None
    path: str = ""

    @property
    def root(self) -> Scope:
        return self if self.outer is None else self.outer.root


@frozen
class Evaluator:
    """Values in one world; remembers derived fields, which many expressions share."""

    world: World
    _derived: dict[tuple[str, str, Value], Value] = field(default_factory=dict)
    _unknown_when: dict[int, tuple[Aggregate, Typed | None]] = field(default_factory=dict)
    _then: dict[date, Evaluator] = field(default_factory=dict)

    def value(self, node: Typed, scope: Scope) -> Value:
        """The value of a node in a scope; None is missing."""
        match node:
            case Const():
                return node.value
            case Clock():
                return self.world.today if node.name == "today" else self.world.now
            case Param():
                return self.value(*param_in(node, scope))
            case Field():
                return self._field(node, scope)
            case Call():
                return self._call(node, scope)
            case Aggregate():
                return self._aggregate(node, scope)
            case Was():
                then = self.then(node, scope)
                return None if then is None else then[0].value(node.value, then[1])
            case DaysInState():
                return self._days_in_state(node, scope)

    def follow(self, hops: Sequence[str], scope: Scope) -> Scope | None:
        """The scope that to-one steps lead to; None where one leads nowhere."""
        for name in hops:
            step = self.world.schema.entities[scope.entity].to_one[name]
            record = self.world.facts.one(scope.entity, scope.record, step)
            if record is None:
                return None
            scope = Scope(step.entity, record, path=f"{scope.path}{name}.")
        return scope

    def blocked(self, node: Aggregate, scope: Scope) -> bool:
        """Whether a part of the aggregate's ``where`` that reads only the outer record is missing."""
        if id(node) not in self._unknown_when:  # the entry holds the node, so its id stays its own
            self._unknown_when[id(node)] = (node, unknown_when(node.where))
        condition = self._unknown_when[id(node)][1]
        return condition is not None and self.value(condition, scope) is True

    def related(self, node: Aggregate, owner: Scope, scope: Scope) -> list[tuple[Scope, Value]]:
        """Each related record with the value of ``where`` for it."""
        found = []
        for record in self.world.facts.many(owner.entity, owner.record, node.relation):
            inner = Scope(node.relation.entity, record, scope, f"{node.relation.name}.")
            found.append((inner, True if node.where is None else self.value(node.where, inner)))
        return found

    def _field(self, node: Field, scope: Scope) -> Value:
        place = self.follow(node.hops, outer_of(node, scope))
        if place is None:
            return None
        return self.derived(node, place) if node.derived else place.record.get(node.name)

    def derived(self, node: Field, place: Scope) -> Value:
        """The value of a derived field of the record in ``place``."""
        memory = (node.entity, node.name, place.record["_key"])
        if memory not in self._derived:
            tree = self.world.derived[node.entity, node.name].tree
            self._derived[memory] = self.value(tree, Scope(place.entity, place.record))
        return self._derived[memory]

    def _call(self, node: Call, scope: Scope) -> Value:
        overload = OVERLOADS[node.op]
        values = [self.value(arg, scope) for arg in node.args]
        if overload.nulls == "strict" and None in values:
            return None
        args = [self._widen(value, overload.pattern(i)) for i, value in enumerate(values)]
        return overload.run(self.world, *args) if overload.worldly else overload.run(*args)

    def _widen(self, value: Value, pattern: Pattern) -> Value:
        if pattern.items and isinstance(value, tuple):
            return tuple(self._widen(item, Pattern(pattern.kinds, pattern.to)) for item in value)
        if pattern.to is Kind.NUMBER and isinstance(value, int):
            return float(value)
        if pattern.to is Kind.DATE and isinstance(value, datetime):
            return self.world.local_date(value)
        return value

    def _aggregate(self, node: Aggregate, scope: Scope) -> Value:
        owner = self.follow(node.hops, scope)
        if owner is None or self.blocked(node, scope):
            return None
        related = self.related(node, owner, scope)
        if node.fn == "all":
            return not any(truth is False for _, truth in related)
        counted = [inner for inner, truth in related if truth is True]
        match node.fn:
            case "count":
                return len(counted)
            case "any":
                return bool(counted)
            case "none":
                return not counted
            case _:
                return self._reduce(node, counted)

    def _reduce(self, node: Aggregate, counted: Sequence[Scope]) -> Value:
        assert node.value is not None
        rows = [
            (
                self.value(node.value, inner),
                self.value(node.by, inner) if node.by is not None else True,
                self._key(inner),
            )
            for inner in counted
        ]
        present = [row for row in rows if row[0] is not None and row[1] is not None]
        if not present:
            return zero(node.type, self.world.settings) if node.fn == "sum" else None
        if node.fn == "latest":
            return max(present, key=lambda row: row[1:])[0]
        return AGGREGATES[node.fn]([row[0] for row in present])

    def then(self, node: Was, scope: Scope) -> tuple[Evaluator, Scope] | None:
        """Where the value of a ``was`` is found: the world then, and the record in it. None: it was not
        there, or nothing is kept of that time."""
        place, day = self.follow(node.hops, scope), self.day(node)
        return None if place is None or day is None else self.on(day, place)

    def day(self, node: Was) -> date | None:
        """The day that a ``was`` is about; None where no calendar reaches that far."""
        return subtract_from_date(self.world, self.world.today, node.back)

    def on(self, day: date, place: Scope) -> tuple[Evaluator, Scope] | None:
        """The world as it was known on a day, and the record with the same key in it, if there was one."""
        if day not in self._then:
            self._then[day] = Evaluator(self.world.on(day))
        key = place.record["_key"]
        found = self.world.past.on(day).record(place.entity, str(key))
        return None if found is None else (self._then[day], Scope(place.entity, found, path=place.path))

    def _days_in_state(self, node: DaysInState, scope: Scope) -> Value:
        place = self.follow(node.hops, scope)
        truth = None if place is None else self.value(node.condition, place)
        if place is None or truth is None:
            return None
        return (self.world.today - self.since(node, place)).days if truth else 0

    def since(self, node: DaysInState, place: Scope) -> date:
        """The first day of the state that holds today: after the last day on which it did not, by the facts
        that are kept. Days on which it was unknown neither begin nor end it."""
        first = self.world.today
        for day in reversed(self.world.past.days(first)):
            then = self.on(day, place)
            truth = None if then is None else then[0].value(node.condition, then[1])
            if truth is False:
                break
            if truth is True:
                first = day
        return first

    def _key(self, scope: Scope) -> tuple[Value, ...]:
        """The key's values in the order of its fields: numbers compare as numbers, not as their text."""
        return tuple(scope.record[name] for name in self.world.schema.entities[scope.entity].key)


def outer_of(node: Field, scope: Scope) -> Scope:
    """The scope whose record a field starts from."""
    if not node.outer:
        return scope
    assert scope.outer is not None, "the checker allows `outer` only inside an aggregate"
    return scope.outer


def param_in(node: Param, scope: Scope) -> tuple[Typed, Scope]:
    """A param's value and the scope it is meant in: the playbook's record, however deep it is used."""
    return (node.value, scope) if scope.outer is None else (lift(node.value), scope.root)
