"""A test written down: the YAML of a draft, with sensitive values masked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ...dsl.frozen import frozen
from ...dsl.types import TEXTUAL, FieldType, Kind, Money, Value
from ..catalog.model import Catalog
from .compare import written
from .model import RecordId
from .outcome import Event
from .values import MISSING, default_of

MASK = "***"
MASKED_ADDRESS = "masked-{}@example.invalid"
# What of an event makes an expectation, where it says something.
_OF_ACTION = ("play", "record", "action", "to", "assignee", "late_days")
_OF_VERDICT = ("play", "record", "verdict", "reason", "late_days")

Row = Mapping[str, Value]
Rows = Mapping[RecordId, Row]


@frozen
class Draft:
    """What a generated test says: one day of one playbook. ``down``: the status of each bad source."""

    name: str
    playbook: str
    start: date | None
    day: date
    records: Rows
    down: Mapping[str, str]
    events: Sequence[Event] = ()


def draft_text(draft: Draft, catalog: Catalog, timezone: str) -> str:
    """The test file of a draft."""
    lines = [f"playbook: {draft.playbook}"]
    lines += [f"start: {draft.start}"] if draft.start is not None else []
    lines += ["records:", *_records(draft.records, catalog, ZoneInfo(timezone))]
    lines += ["tests:", f"  - name: {_quoted(draft.name)}", f"    run_on: {draft.day}"]
    if draft.down:
        lines += ["    down:"]
        lines += [
            f"      - {{on: {draft.day}, source: {source}, status: {status}}}"
            for source, status in sorted(draft.down.items())
        ]
    expected = [f"      - {written(_expectation(event))}" for event in draft.events if is_told(event)]
    lines += ["    expect:", *expected] if expected else []
    return "\n".join([*lines, "    nothing_else: true", ""])


def is_told(event: Event) -> bool:
    """Whether a generated test expects it: every action, and what came of occurrences that did not act."""
    return event.is_action or event.said["verdict"] != "fired"


def _expectation(event: Event) -> dict[str, object]:
    names = _OF_ACTION if event.is_action else _OF_VERDICT
    said = {name: event.said[name] for name in names if event.said.get(name) not in (None, "", 0)}
    records = said.pop("record")
    told = {"play": said.pop("play"), "record": records[0] if isinstance(records, tuple) else records}
    return {"on": event.on, **told, **said}


def _records(records: Rows, catalog: Catalog, zone: ZoneInfo) -> Iterator[str]:
    entities = sorted({entity for entity, _ in records})
    for entity in entities:
        yield f"  {entity}:"
        fields = catalog.entities[entity].type.fields
        for key in sorted(key for name, key in records if name == entity):
            given = _given(records[entity, key], fields, catalog.entities[entity].key, zone)
            yield f"    {_quoted(key)}: {{{', '.join(given)}}}"


def _given(record: Row, fields: Mapping[str, FieldType], key: Sequence[str], zone: ZoneInfo) -> Iterator[str]:
    """The fields that are not what they would be if they were not given."""
    for name, field in fields.items():
        value = record.get(name)
        if not field.derived and name not in key and value != default_of(field.type):
            yield f"{name}: {_written(value, zone)}"


def _written(value: Value, zone: ZoneInfo) -> str:
    match value:
        case None:
            return MISSING
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.astimezone(zone).isoformat()
        case Money():
            return f"{value.amount.normalize():f} {value.currency}"
        case float():
            return f"{value:.15f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"
        case str():
            return _quoted(value)
        case _:
            return str(value)


def _quoted(text: str) -> str:
    """A text as YAML reads it back, in quotes where it needs them."""
    return written({"": text})[3:-1] if text != MISSING else json.dumps(text)


def masked(records: Rows, catalog: Catalog) -> tuple[dict[RecordId, Row], int]:
    """The records without their sensitive values, and how many were masked. A masked key is masked wherever
    a text is the same, so that what belongs together stays together."""
    names = _masked_keys(records, catalog)
    hidden = len(names)
    found: dict[RecordId, Row] = {}
    for (entity, key), record in sorted(records.items()):
        fields = catalog.entities[entity].type.fields
        own: dict[str, Value] = {}
        for name, value in record.items():
            field = fields.get(name)
            is_secret = field is not None and field.sensitive and name not in catalog.entities[entity].key
            if is_secret and value is not None and field is not None:
                hidden += 1
                own[name] = _mask(field)
            else:
                own[name] = names.get(value, value) if isinstance(value, str) else value
        found[entity, "/".join(names.get(part, part) for part in key.split("/"))] = own
    return found, hidden


def _masked_keys(records: Rows, catalog: Catalog) -> dict[str, str]:
    secrets: dict[str, str] = {}
    for (entity, _), record in sorted(records.items()):
        declared = catalog.entities[entity]
        for name in declared.key:
            value, field = record.get(name), declared.type.fields[name]
            if field.sensitive and isinstance(value, str) and value not in secrets:
                number = len(secrets) + 1
                is_address = field.type.kind is Kind.EMAIL
                secrets[value] = MASKED_ADDRESS.format(number) if is_address else f"masked-{number}"
    return secrets


def _mask(field: FieldType) -> Value:
    if field.type.kind is Kind.EMAIL:
        return MASKED_ADDRESS.format(0)
    if field.type.kind in TEXTUAL and field.type.kind is not Kind.ENUM:
        return MASK
    return default_of(field.type.optional(False))
