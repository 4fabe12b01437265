"""`facts conflicts`: where two sources disagree about one field of one record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from ...dsl.frozen import frozen
from ...dsl.types import FieldType, Kind, Money
from ...dsl.values import money_text
from ..catalog.model import Catalog
from .model import MASK
from .sql import name, text
from .store import FactStore


@frozen
class Rival:
    """A value that lost: the column (``SOURCE.TABLE.COLUMN``) it stands in, and its text."""

    source: str
    value: str


@frozen
class Conflict:
    """One field of one record on which sources disagree."""

    entity: str
    record: str
    field: str
    value: str
    source: str
    rivals: tuple[Rival, ...]

    def to_json(self) -> dict[str, object]:
        return {
            "entity": self.entity,
            "record": self.record,
            "field": self.field,
            "value": self.value,
            "source": self.source,
            "rivals": [{"source": rival.source, "value": rival.value} for rival in self.rivals],
        }


@frozen
class Conflicts:
    """All conflicts counted by (entity, field), and the first of them."""

    counts: Mapping[tuple[str, str], int]
    listed: tuple[Conflict, ...]

    def to_json(self) -> dict[str, object]:
        return {
            "conflicts": [conflict.to_json() for conflict in self.listed],
            "count": sum(self.counts.values()),
            "fields": [
                {"entity": entity, "field": field, "count": count}
                for (entity, field), count in self.counts.items()
            ],
        }


def conflicts(store: FactStore, catalog: Catalog, entity: str | None = None, limit: int = 1000) -> Conflicts:
    """The conflicts of one entity or of all, by record; at most ``limit`` are listed. Sensitive values are
    masked."""
    counts: dict[tuple[str, str], int] = {}
    listed: list[Conflict] = []
    for data in store.snapshot.entities.values():
        if data.rivals is None or entity not in (None, data.name):
            continue
        lost = f"read_parquet({text(str(data.rivals))})"
        counted = store.execute(
            f"SELECT field, count(DISTINCT _key)::INTEGER FROM {lost} GROUP BY 1 ORDER BY 1"
        )
        counts |= {(data.name, str(field)): _whole(count) for field, count in counted}
        some = f"SELECT DISTINCT _key, field FROM {lost} ORDER BY ALL LIMIT {max(0, limit - len(listed))}"
        listed += _conflicts(
            store, catalog, data.name, f"(SELECT * FROM ({some}) JOIN {lost} USING (_key, field))"
        )
    return Conflicts(counts, tuple(listed))


def rivals_of(store: FactStore, catalog: Catalog, entity: str, key: str) -> dict[str, tuple[Rival, ...]]:
    """The values that lost for one record, by field; not masked."""
    data = store.snapshot.entities.get(entity)
    if data is None or data.rivals is None:
        return {}
    lost = f"(SELECT * FROM read_parquet({text(str(data.rivals))}) WHERE _key = {text(key)})"
    return {found.field: found.rivals for found in _conflicts(store, catalog, entity, lost, masked=False)}


def _conflicts(
    store: FactStore, catalog: Catalog, entity: str, rows: str, masked: bool = True
) -> Iterable[Conflict]:
    fields = catalog.entities[entity].type.fields
    currencies = sorted({field.currency_by for field in fields.values() if field.currency_by})
    extra = "".join(f", e.{name(currency)}" for currency in currencies)
    joined = f"FROM {rows} AS r" + (f" JOIN {name(entity)} e USING (_key)" if extra else "")
    found: dict[tuple[str, str], Conflict] = {}
    for key, field_name, source, value, winner, winner_source, *codes in store.execute(
        f"SELECT _key, field, source, value, winner, winner_source{extra} {joined} ORDER BY _key, field, rank"
    ):
        field = fields[str(field_name)]
        code = dict(zip(currencies, codes, strict=True)).get(field.currency_by or "", field.type.currency)
        texts = [MASK if masked and field.sensitive else _text(field, cell, code) for cell in (value, winner)]
        place = (str(key), field.name)
        known = found.get(place)
        rivals = (*(known.rivals if known else ()), Rival(str(source), texts[0]))
        found[place] = Conflict(entity, str(key), field.name, texts[1], str(winner_source), rivals)
    return found.values()


def _text(field: FieldType, cell: object, currency: object) -> str:
    if field.type.kind is Kind.MONEY and isinstance(currency, str):
        return money_text(Money(Decimal(str(cell)), currency))
    return str(cell).replace(" ", "T") + "Z" if field.type.kind is Kind.DATETIME else str(cell)


def _whole(value: object) -> int:
    assert isinstance(value, int)
    return value
