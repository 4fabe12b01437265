"""What of the catalogue the facts depend on, as one hash: not where in its files something stands."""

from __future__ import annotations

import hashlib
import json

from ..catalog.model import Catalog, Entity, StoredField, TableRef


def fingerprint(catalog: Catalog) -> str:
    """Equal for two catalogues that give the same records and derived fields from the same tables."""
    content = {key: _entity(entity) for key, entity in sorted(catalog.entities.items())}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _entity(entity: Entity) -> dict[str, object]:
    return {
        "key": entity.key,
        "tables": [_table(table) for table in entity.tables],
        "aliases": _table(entity.aliases) if entity.aliases else None,
        "fields": {key: _field(field) for key, field in entity.fields.items()},
        "derived": {key: derived.checked.source.text for key, derived in entity.derived.items()},
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
