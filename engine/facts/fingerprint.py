"""What of the catalogue the facts depend on, as one hash: not where in its files something stands."""

from __future__ import annotations

import hashlib
import json

from ..catalog.model import Catalog, Entity, StoredField, TableRef


def fingerprint(catalog: Catalog) -> str:
    """Equal for two catalogues that give the same records and derived fields from the same tables."""
    derived = {
        key: {name: one.checked.source.text for name, one in entity.derived.items()}
        for key, entity in catalog.entities.items()
    }
    stored = {key: _stored(entity) for key, entity in catalog.entities.items()}
    return _hash({key: {**content, "derived": derived[key]} for key, content in stored.items()})


def stored_fingerprint(catalog: Catalog) -> str:
    """Equal for two catalogues that give the same records from the same tables, whatever they derive."""
    return _hash({key: _stored(entity) for key, entity in catalog.entities.items()})


def _hash(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _stored(entity: Entity) -> dict[str, object]:
    return {
        "key": entity.key,
        "tables": [_table(table) for table in entity.tables],
        "aliases": _table(entity.aliases) if entity.aliases else None,
        "fields": {key: _field(field) for key, field in entity.fields.items()},
        "steps": {key: [step.entity, *step.by] for key, step in entity.type.to_one.items()},
    }


def _table(table: TableRef) -> list[object]:
    return [table.name, table.match]


def _field(field: StoredField) -> list[object]:
    kind = field.type
    return [
        kind.kind.value,
        kind.nullable,
        kind.values,
        kind.currency,
        field.columns,
        field.newest,
        field.currency_by,
    ]
