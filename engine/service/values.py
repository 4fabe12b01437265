"""The contract value that decisions touch: the one amount of money that a record has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from ...dsl.types import Kind, Money
from ..catalog.model import Entity
from ..evaluate.model import PlayId
from ..facts.show import json_value
from ..facts.store import FactStore

Totals = tuple[str, ...]  # one amount a currency, as JSON has money: "12.50 USD"


def value_field(entity: Entity) -> str | None:
    """The field that says what a record is worth: its only stored amount of money. Where there are several,
    or it is sensitive, nothing says which to show."""
    amounts = [name for name, field in entity.fields.items() if field.type.kind is Kind.MONEY]
    if len(amounts) != 1 or entity.type.fields[amounts[0]].sensitive:
        return None
    return amounts[0]


def totals_of(
    store: FactStore,
    entities: Mapping[PlayId, Entity],
    records: Mapping[tuple[PlayId, str], Iterable[str]],
) -> dict[PlayId, dict[str, Totals]]:
    """The value of each play's records, by kind; plays whose records have none are left out."""
    found: dict[PlayId, dict[str, Totals]] = {}
    for (place, kind), keys in records.items():
        entity = entities.get(place)
        field = value_field(entity) if entity else None
        if entity is not None and field is not None:
            found.setdefault(place, {})[kind] = _total(store, entity.name, field, keys)
    return found


def _total(store: FactStore, entity: str, field: str, keys: Iterable[str]) -> Totals:
    """Each record once, whatever becomes of how many of its occurrences."""
    sums: dict[str, Decimal] = {}
    for record in store.select(entity, "WHERE _key IN (SELECT unnest(?))", [sorted(set(keys))]):
        value = record[field]
        if isinstance(value, Money):
            sums[value.currency] = sums.get(value.currency, Decimal(0)) + value.amount
    return tuple(str(json_value(Money(sums[currency], currency))) for currency in sorted(sums))
