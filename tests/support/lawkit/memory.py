"""Records in memory, related by the schema's own rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from playcall.dsl.interpreter import Record
from playcall.dsl.types import EntityType, Schema, ToMany, ToOne, Value

Tables = Mapping[str, Sequence[Record]]


def with_key(entity: EntityType, fields: Mapping[str, Value]) -> Record:
    """A record with its key as text, as facts have it."""
    return {"_key": "/".join(str(fields[name]) for name in entity.key), **fields}


@dataclass(frozen=True)
class MemoryFacts:
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
