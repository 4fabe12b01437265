"""The records of a test: `records`, and what `set` changes of them on a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...dsl.frozen import frozen
from ...dsl.types import EntityType, Money, Settings
from ..catalog.model import LEDGER_ENTITIES, Catalog
from ..document import Entries, Node, Scalar
from ..shape import Findings, is_null, read_entries, suggestion
from .model import Change, Given, RecordId
from .values import read_date, read_key, read_value

Records = dict[RecordId, Given | None]  # None: the record is not there


def merged(shared: Mapping[RecordId, Given | None], own: Mapping[RecordId, Given | None]) -> Records:
    """Records of the file with those of a test over them, field by field; an empty one removes."""
    found: Records = dict(shared)
    for record, given in own.items():
        found[record] = None if given is None else {**(found.get(record) or {}), **given}
    return found


@frozen
class RecordReader:
    """Reads records against the catalogue; what is wrong goes to ``findings``."""

    catalog: Catalog
    settings: Settings
    findings: Findings

    def records(self, node: Node) -> Records:
        """``{ENTITY: {KEY: {FIELD: VALUE}}}``."""
        entries = read_entries(node, self.findings, "`records`")
        return {} if entries is None else dict(self._entities(entries))

    def changes(self, node: Node) -> Iterator[Change]:
        """One item of `set`: ``{on: DAY, ENTITY: {KEY: {FIELD: VALUE}}}``."""
        entries = read_entries(node, self.findings, "an item of `set`")
        if entries is None:
            return
        if "on" not in entries.values:
            self.findings.add("E106", entries.location, "an item of `set` needs `on`, the day")
            return
        on = read_date(entries.values["on"], "`on`", self.findings)
        rest = {name: value for name, value in entries.values.items() if name != "on"}
        if not rest:
            message = "an item of `set` changes nothing"
            self.findings.add("E106", entries.location, message, "name the entity, the record and its fields")
        for record, given in self._entities(Entries(rest, entries.keys, entries.location)):
            if on is not None:
                yield Change(on, record, given)

    def _entities(self, entries: Entries) -> Iterator[tuple[RecordId, Given | None]]:
        known = [name for name in self.catalog.entities if name not in LEDGER_ENTITIES]
        for key, node in entries:
            if key.text in known:
                yield from self._of_entity(self.catalog.entities[key.text].type, node)
            elif key.text in LEDGER_ENTITIES:
                message = f"`{key.text}` is what playbooks make; a test cannot give one"
                self.findings.add("E502", key.location, message)
            else:
                message = f"the catalogue has no entity `{key.text}`"
                self.findings.add("E502", key.location, message, suggestion(key.text, known))

    def _of_entity(self, entity: EntityType, node: Node) -> Iterator[tuple[RecordId, Given | None]]:
        records = read_entries(node, self.findings, f"the records of `{entity.name}`")
        for key, record in records or ():
            if read_key(key.text, entity) is None:
                parts = "/".join(entity.key)
                message = f"`{key.text}` cannot be the key of a {entity.name}"
                self.findings.add("E107", key.location, message, f"the key is {parts}")
            elif is_null(record):
                yield (entity.name, key.text), None
            else:
                yield (entity.name, key.text), self._given(entity, key, record)

    def _given(self, entity: EntityType, key: Scalar, node: Node) -> Given:
        fields = read_entries(node, self.findings, f"the {entity.name} `{key.text}`")
        given: dict[str, object] = {}
        for name, value in fields or ():
            if self._is_known(entity, name):
                given[name.text] = read_value(value, entity.fields[name.text], self.settings, self.findings)
        self._check_key(entity, key, given)
        self._check_currencies(entity, given, node)
        return given  # type: ignore[return-value]

    def _is_known(self, entity: EntityType, name: Scalar) -> bool:
        field = entity.fields.get(name.text)
        if field is not None and not field.derived:
            return True
        stored = [one.name for one in entity.fields.values() if not one.derived]
        message, help_text = f"{entity.name} has no field `{name.text}`", suggestion(name.text, stored)
        if field is not None:
            message = f"`{name.text}` is derived, so a test cannot give it"
            help_text = "give the fields that it is derived from"
        self.findings.add("E203", name.location, message, help_text)
        return False

    def _check_key(self, entity: EntityType, key: Scalar, given: Mapping[str, object]) -> None:
        for name, value in (read_key(key.text, entity) or {}).items():
            if name in given and given[name] != value:
                message = f"`{name}` is part of the key `{key.text}` and cannot be another"
                self.findings.add("E107", key.location, message, "leave the field out")

    def _check_currencies(self, entity: EntityType, given: Mapping[str, object], node: Node) -> None:
        """Amounts of one record with a currency field of their own are all in that currency."""
        seen: dict[str, object] = {}
        for field in entity.fields.values():
            amount, by = given.get(field.name), field.currency_by
            if not isinstance(amount, Money) or by is None or not amount.currency:
                continue
            other = given.get(by, seen.setdefault(by, amount.currency))
            if other != amount.currency and isinstance(node, Entries):
                place = node.values[field.name].location
                message = f"`{field.name}` is in {amount.currency}, but `{by}` is {other}"
                self.findings.add("E207", place, message)
