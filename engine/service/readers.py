"""Which records a playbook reads to decide on one: found by deciding with the reference interpreter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field, replace

from ...dsl.frozen import frozen
from ...dsl.interpreter import Record, World
from ...dsl.interpreter import evaluate as value_of
from ...dsl.typed import Checked
from ...dsl.types import ToMany, ToOne, Value
from ..catalog.model import LEDGER_ENTITIES, Catalog
from ..evaluate.gather import expressions, rules_of
from ..evaluate.model import Moment
from ..evaluate.people import USER, Rule
from ..playbook.model import MomentTrigger, PersonOf, Play, Playbook, StateTrigger
from ..testing.generate import Row
from ..testing.model import RecordId
from .facts import FactBase


@frozen
class _Noted:
    """Facts that remember which records were looked at."""

    base: FactBase
    seen: dict[RecordId, Row] = field(default_factory=dict)

    def one(self, entity: str, record: Record, step: ToOne) -> Record | None:
        return self.note(step.entity, self.base.store.one(entity, record, step))

    def many(self, entity: str, record: Record, step: ToMany) -> Sequence[Record]:
        found = self.base.store.many(entity, record, step)
        for one in found:
            self.note(step.entity, one)
        return found

    def note(self, entity: str, record: Record | None) -> Record | None:
        if record is not None and entity not in LEDGER_ENTITIES:
            self.seen[entity, str(record["_key"])] = record
        return record


def records_read(
    base: FactBase, catalog: Catalog, book: Playbook, key: str, moment: Moment
) -> dict[RecordId, Row]:
    """The record, what it belongs to, and every record that the playbook reads about them; empty where there
    is no such record."""
    noted = _Noted(base)
    record = noted.note(book.entity, base.store.record(book.entity, key))
    if record is None:
        return {}
    world = replace(base.world(moment), facts=noted)
    _owners(noted, catalog, book.entity, record)
    for play in book.plays.values():
        for checked in (*_trigger(play), *expressions(catalog, book, play)):
            value_of(checked.tree, record, world, checked.entity)
        for rule in rules_of(play):
            _people(noted, catalog, world, book.entity, record, rule)
    return noted.seen


def _owners(noted: _Noted, catalog: Catalog, entity: str, record: Record) -> None:
    """What a record belongs to, all the way."""
    for step in catalog.entities[entity].type.to_one.values():
        known = len(noted.seen)
        owner = noted.one(entity, record, step)
        if owner is not None and len(noted.seen) > known:
            _owners(noted, catalog, step.entity, owner)


def _trigger(play: Play) -> Iterator[Checked]:
    if isinstance(play.trigger, MomentTrigger | StateTrigger):
        yield play.trigger.when
    if isinstance(play.trigger, StateTrigger) and play.trigger.clear is not None:
        yield play.trigger.clear


def _people(noted: _Noted, catalog: Catalog, world: World, entity: str, record: Record, rule: Rule) -> None:
    if not isinstance(rule, PersonOf):
        user: Value = value_of(rule.user.tree, record, world, rule.user.entity)
        if isinstance(user, str):
            noted.note(USER, noted.base.store.record(USER, user))
        return
    owner: Record | None = record
    for hop in rule.hops:
        step = catalog.entities[entity].type.to_one[hop]
        owner = noted.one(entity, owner, step) if owner is not None else None
        entity = step.entity
    for one in noted.many(entity, owner, rule.relation) if owner is not None else ():
        _judge(one, world, (rule.where, rule.by))


def _judge(record: Record, world: World, parts: Iterable[Checked | None]) -> None:
    for checked in parts:
        if checked is not None:
            value_of(checked.tree, record, world, checked.entity)
