"""`facts show`: one record with every field, where its value came from and what was said against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from ...dsl.frozen import frozen
from ...dsl.interpreter import World
from ...dsl.trace import trace
from ...dsl.types import Duration, FieldType, Money, Value
from ...dsl.values import money_text
from ..catalog.model import Catalog, Entity
from .conflicts import Rival, rivals_of
from .model import MASK, FactsError, Snapshot, stamp
from .records import Record
from .store import FactStore

DERIVED = "derived"


@frozen
class ShownField:
    """One field of a record. ``source`` is ``SOURCE.TABLE``, ``derived``, or None for what the ledger and
    playcall.yaml hold; ``unknown_because`` names the missing fields behind a missing value."""

    name: str
    value: Value
    type: str
    source: str | None
    loaded_at: datetime | None
    unknown_because: tuple[str, ...]
    rivals: tuple[Rival, ...]
    sensitive: bool = False

    def to_json(self) -> dict[str, object]:
        return {
            "value": MASK if self.sensitive and self.value is not None else json_value(self.value),
            "type": self.type,
            "source": self.source,
            "loaded_at": stamp(self.loaded_at) if self.loaded_at else None,
            "unknown_because": list(self.unknown_because),
            "rivals": [
                {"source": rival.source, "value": MASK if self.sensitive else rival.value}
                for rival in self.rivals
            ],
        }


@frozen
class ShownRecord:
    """The JSON of `facts show`."""

    entity: str
    record: str
    snapshot: str
    fields: tuple[ShownField, ...]

    def to_json(self) -> dict[str, object]:
        return {
            "entity": self.entity,
            "record": self.record,
            "snapshot": self.snapshot,
            "fields": {field.name: field.to_json() for field in self.fields},
        }


def show(store: FactStore, catalog: Catalog, world: World, entity: str, key: str) -> ShownRecord:
    """One record: stored and derived fields, and scores. ``world.facts`` must be the store. Raises
    ``FactsError`` for an entity that is not declared or a record that is not there."""
    declared = find_entity(catalog, entity)
    record = store.record(entity, key)
    if record is None:
        refuse_broken(store.snapshot, declared)
        raise FactsError(
            f"there is no {entity} `{key}`; `playcall facts list {entity}` shows which there are"
        )
    rivals = rivals_of(store, catalog, entity, key)
    fields = (
        _derived(declared, field, record, world)
        if field.derived
        else _stored(store, entity, record, field, rivals.get(field.name, ()))
        for field in declared.type.fields.values()
    )
    return ShownRecord(entity, key, store.snapshot.id, tuple(fields))


def find_entity(catalog: Catalog, entity: str) -> Entity:
    """Raises ``FactsError`` with what there is."""
    if entity not in catalog.entities:
        known = ", ".join(sorted(catalog.entities))
        raise FactsError(f"the catalogue has no entity `{entity}`; it has {known}")
    return catalog.entities[entity]


def refuse_broken(snapshot: Snapshot, entity: Entity) -> None:
    """Raises ``FactsError`` with the reason where a table of an entity could not be read."""
    for table in entity.tables:
        state = snapshot.state(table.source, table.table)
        if state is not None and state.status == "broken":
            raise FactsError(f"no {entity.name} could be loaded: {state.name}: {state.reason}")


def _stored(
    store: FactStore, entity: str, record: Record, field: FieldType, rivals: Sequence[Rival]
) -> ShownField:
    value = record[field.name]
    source = store.origin(entity, str(record["_key"]), field.name)
    state = store.snapshot.state(*source.split(".", 1)) if source else None
    return ShownField(
        field.name,
        value,
        str(field.type),
        source,
        state.loaded_at if state else None,
        () if value is not None else (field.name,),
        tuple(rivals),
        field.sensitive,
    )


def _derived(entity: Entity, field: FieldType, record: Record, world: World) -> ShownField:
    node = trace(entity.derived[field.name].checked, record, world)
    because = tuple(node.unknown_because) if node.value is None else ()
    return ShownField(field.name, node.value, str(field.type), DERIVED, None, because, (), node.sensitive)


def json_value(value: Value) -> object:
    """A value as JSON: money ``"12.50 USD"``, dates ISO, datetimes UTC with ``Z``, missing null."""
    match value:
        case Money():
            return money_text(value)
        case datetime():
            return stamp(value)
        case date():
            return value.isoformat()
        case Duration():
            return str(value)
        case tuple():
            return [json_value(item) for item in value]
        case _:
            return value


def json_record(fields: Mapping[str, FieldType], record: Record) -> Iterator[tuple[str, object]]:
    """The stored fields of a record as JSON, sensitive ones masked."""
    for field in fields.values():
        if not field.derived:
            value = record[field.name]
            yield field.name, MASK if field.sensitive and value is not None else json_value(value)
