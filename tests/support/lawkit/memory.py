"""Records in memory, related by the schema's own rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from playcall.dsl.facts import NO_FACTS, Past, PastFacts
from playcall.dsl.interpreter import Record
from playcall.dsl.types import EntityType, Schema, ToMany, ToOne, Value

Tables = Mapping[str, Sequence[Record]]


def with_key(entity: EntityType, fields: Mapping[str, Value]) -> Record:
    """A record with its key as text, as facts have it."""
    return {"_key": "/".join(str(fields[name]) for name in entity.key), **fields}


@dataclass(frozen=True)
class MemoryFacts(PastFacts):
    """The interpreter's facts over plain tables."""

    schema: Schema
    tables: Tables

    def one(self, entity: str, record: Record, step: ToOne) -> Record | None:
        own = [record.get(name) for name in step.by]
        keys = self.schema.entities[step.entity].key
        found = (other for other in self.tables[step.entity] if [other[key] for key in keys] == own)
        return None if None in own else next(found, None)

    def many(self, entity: str, record: Record, step: ToMany) -> Sequence[Record]:
        return [
            other
            for other in self.tables[step.entity]
            if all(
                record.get(own) is not None and record.get(own) == other.get(their)
                for own, their in step.match
            )
            and all(other.get(their) == text for their, text in step.fixed)
        ]

    def record(self, entity: str, key: str) -> Record | None:
        return next((one for one in self.tables[entity] if one["_key"] == key), None)

    def origin(self, entity: str) -> str:
        return "memory" if self.tables[entity] else ""


@dataclass(frozen=True)
class MemoryPast(Past):
    """Earlier facts over plain tables, by the day from which each was kept."""

    schema: Schema
    kept: Mapping[date, Tables] = field(default_factory=dict)

    def days(self, before: date) -> Sequence[date]:
        return [day for day in sorted(self.kept) if day < before]

    def on(self, day: date) -> PastFacts:
        known = [kept for kept in self.kept if kept <= day]
        return MemoryFacts(self.schema, self.kept[max(known)]) if known else NO_FACTS

    def tables(self, day: date) -> Tables:
        """The tables as they were known on a day."""
        known = [kept for kept in self.kept if kept <= day]
        return self.kept[max(known)] if known else dict.fromkeys(self.schema.entities, ())
