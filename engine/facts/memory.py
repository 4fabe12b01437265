"""Facts held in memory as the records that they are: what the reference evaluation reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from ...dsl.facts import NO_PAST, Past
from ...dsl.types import ToMany, ToOne, Value
from ..catalog.model import Catalog
from ..keys import join_key
from .model import Snapshot
from .records import Record, key_text, read_record, stored_fields

_Values = tuple[Value, ...]


class MemoryStore:
    """The facts of one snapshot, the entities of the ledger beside them. Records are found by an index of the
    fields that are asked for; meant for as many as a test of a playbook has. ``past``: those of earlier days,
    where they are known."""

    def __init__(self, snapshot: Snapshot, catalog: Catalog) -> None:
        self.snapshot = snapshot
        self._catalog = catalog
        self._records: dict[str, Sequence[Record]] = {}
        self._indexes: dict[str, dict[tuple[str, ...], dict[_Values, list[Record]]]] = {}
        self._waiting: dict[str, Callable[[], None]] = {}
        self.past: Past = NO_PAST

    def begin(self, snapshot: Snapshot) -> None:
        """Go over to other facts (``put`` gives them); tables that wait to be filled wait on."""
        self.snapshot = snapshot

    def put(self, entity: str, records: Iterable[Record]) -> None:
        """Have these records in place of those that the entity has."""
        self._hold(entity, list(records))

    def put_cells(self, entity: str, rows: Iterable[Mapping[str, object]]) -> None:
        """The same from the cells of a database, by field; amounts find their currency."""
        fields = stored_fields(self._catalog, entity)
        self._hold(entity, [read_record(fields, cells) for cells in rows])

    def on_demand(self, entity: str, fill: Callable[[], None]) -> None:
        """Have an entity filled when something first reads it."""
        self._waiting[entity] = fill

    def every(self, entity: str) -> Sequence[Record]:
        """All records of an entity, by key."""
        if entity in self._waiting:
            self._waiting.pop(entity)()
        return self._records.get(entity, ())

    def record(self, entity: str, key: str) -> Record | None:
        """One record by its key (fields of a key joined by ``/``)."""
        return next(iter(self._where(entity, ("_key",), (key,))), None)

    def one(self, entity: str, record: Record, step: ToOne) -> Record | None:
        """The record that a to-one step leads to, if there is one."""
        parts = [record.get(field) for field in step.by]
        return None if None in parts else self.record(step.entity, join_key([*map(key_text, parts)]))

    def many(self, entity: str, record: Record, step: ToMany) -> Sequence[Record]:
        """The records that a to-many step leads to, by key."""
        wanted = [(theirs, record.get(own)) for own, theirs in step.match]
        if any(value is None for _, value in wanted):
            return ()
        names, values = zip(*wanted, *step.fixed, strict=True) if wanted or step.fixed else ((), ())
        return self._where(step.entity, names, values)

    def _where(self, entity: str, names: tuple[str, ...], values: _Values) -> Sequence[Record]:
        """The records whose fields have these values, by key."""
        records = self.every(entity)
        indexes = self._indexes.setdefault(entity, {})
        if names not in indexes:
            index = indexes[names] = {}
            for record in records:
                index.setdefault(tuple(record[name] for name in names), []).append(record)
        return indexes[names].get(values, ())

    def _hold(self, entity: str, records: list[Record]) -> None:
        self._records[entity] = sorted(records, key=lambda record: str(record["_key"]))
        self._indexes.pop(entity, None)
