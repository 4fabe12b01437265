"""Values of records as a test writes them: each read by its field's type, and defaults for the others.

What comes out is what a load of the same values would give (a test compares both).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from ...dsl.currencies import CURRENCIES
from ...dsl.literals import MAX_INT, MONEY_PLACES
from ...dsl.types import EntityType, FieldType, Kind, Money, Settings, Type, Value
from ..document import Node, Scalar
from ..keys import split_key
from ..shape import (
    Findings,
    is_null,
    kind_of,
    read_boolean,
    read_integer,
    read_number,
    read_text,
    suggestion,
)
from .model import Given

MISSING = "missing"  # written without quotes: the value is missing
# What a date has that is neither given nor nullable: far from every countdown.
SOME_DAY = date(2000, 1, 1)

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MONEY = re.compile(r"(?P<amount>-?(0|[1-9][0-9]*)(\.[0-9]+)?)( (?P<currency>[A-Z]{3}))?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def read_value(node: Node, field: FieldType, settings: Settings, findings: Findings) -> Value:
    """The value of a field; None is missing (or wrong, which is reported)."""
    if is_missing(node):
        return None
    what, kind = f"`{field.name}`", field.type.kind
    match kind:
        case Kind.BOOL:
            return read_boolean(node, findings, what)
        case Kind.INT:
            return read_integer(node, findings, what, -MAX_INT, MAX_INT)
        case Kind.NUMBER:
            number = read_number(node, findings, what)
            return None if number is None else float(number)
        case Kind.MONEY:
            return _money(node, field, findings)
        case Kind.DATE:
            return read_date(node, what, findings)
        case Kind.DATETIME:
            return _datetime(node, what, settings, findings)
        case _:
            return _textual(node, field, findings)


def is_missing(node: Node) -> bool:
    """Whether the value is said to be missing: `missing`, `null` or nothing, without quotes."""
    return is_null(node) or (isinstance(node, Scalar) and node.plain and node.text == MISSING)


def read_date(node: Node, what: str, findings: Findings) -> date | None:
    """A date as ``2026-03-01``; None, reported, for anything else."""
    if isinstance(node, Scalar) and _DATE.fullmatch(node.text):
        try:
            return date.fromisoformat(node.text)
        except ValueError:
            findings.add("E107", node.location, f"{what}: there is no day {node.text}")
            return None
    findings.add("E107", node.location, f"{what} is a date such as 2026-03-01, not {kind_of(node)}")
    return None


def _datetime(node: Node, what: str, settings: Settings, findings: Findings) -> datetime | None:
    try:
        moment = datetime.fromisoformat(node.text if isinstance(node, Scalar) else "")
    except ValueError:
        message = f"{what} is a moment such as 2026-03-01T09:30, not {kind_of(node)}"
        findings.add("E107", node.location, message, "local time, or with an offset such as +09:00")
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(settings.timezone))
    return aware.astimezone(UTC)


def _money(node: Node, field: FieldType, findings: Findings) -> Value:
    """An amount, with or without its currency (``Money`` without one has an empty currency)."""
    match = _MONEY.fullmatch(node.text) if isinstance(node, Scalar) else None
    if match is None or len(match["amount"].partition(".")[2]) > MONEY_PLACES:
        message = f"`{field.name}` is an amount such as 12000 or 12000 JPY, not {kind_of(node)}"
        findings.add("E107", node.location, message)
        return None
    currency, fixed = match["currency"] or "", field.type.currency
    if currency and currency not in CURRENCIES:
        findings.add("E107", node.location, f"`{currency}` is not a currency (ISO 4217)")
    elif currency and fixed and currency != fixed:
        findings.add("E207", node.location, f"`{field.name}` is in {fixed}, not in {currency}")
    return Money(Decimal(match["amount"]), currency)


def _textual(node: Node, field: FieldType, findings: Findings) -> str | None:
    text = read_text(node, findings, f"`{field.name}`")
    type_ = field.type
    if text is None or (type_.kind is Kind.ENUM and text in type_.values):
        return text
    if type_.kind is Kind.ENUM:
        listed = ", ".join(type_.values)
        message = f"`{text}` is not a value of `{field.name}`: it has {listed}"
        findings.add("E206", node.location, message, suggestion(text, type_.values))
    elif type_.kind is Kind.EMAIL and text and not _EMAIL.fullmatch(text):
        findings.add("E107", node.location, f"`{field.name}` is an e-mail address, not `{text}`")
    return text


def read_key(text: str, entity: EntityType) -> dict[str, Value] | None:
    """The key fields that a record's key gives; None if it cannot be one."""
    parts = split_key(text, len(entity.key))
    if len(parts) != len(entity.key) or not all(parts):
        return None
    values = {
        name: _key_part(part, entity.fields[name].type) for name, part in zip(entity.key, parts, strict=True)
    }
    return None if None in values.values() else values


def _key_part(text: str, type_: Type) -> Value:
    try:
        if type_.kind is Kind.INT:
            return int(text) if re.fullmatch(r"-?(0|[1-9]\d*)", text) else None
        return date.fromisoformat(text) if type_.kind is Kind.DATE else text
    except ValueError:
        return None


def completed(entity: EntityType, key: str, given: Given, currency: str) -> dict[str, Value]:
    """All stored values of a record: those given, those of its key, and typed defaults for the others.
    ``currency`` is the project's."""
    own = read_key(key, entity) or {}
    values: dict[str, Value] = {"_key": key}
    for field in entity.fields.values():
        if field.derived:
            continue
        if field.name in given:
            values[field.name] = given[field.name]
        else:
            values[field.name] = own.get(field.name, default_of(field.type))
    _complete_currencies(entity, given, values, currency)
    return values


def default_of(type_: Type) -> Value:
    """What a field has that a test does not give."""
    if type_.nullable:
        return None
    match type_.kind:
        case Kind.ENUM:
            return type_.values[0]
        case Kind.MONEY:
            return Money(Decimal(0), "")
        case Kind.DATETIME:
            return datetime(SOME_DAY.year, SOME_DAY.month, SOME_DAY.day, tzinfo=UTC)
        case _:
            return _PLAIN.get(type_.kind, "")


_PLAIN: Mapping[Kind, Value] = {Kind.BOOL: False, Kind.INT: 0, Kind.NUMBER: 0.0, Kind.DATE: SOME_DAY}


def _complete_currencies(entity: EntityType, given: Given, values: dict[str, Value], currency: str) -> None:
    """Each amount has a currency: its field's, its record's, the one it was written with, the project's."""
    for field in entity.fields.values():
        amount = values.get(field.name)
        if not isinstance(amount, Money):
            continue
        if field.currency_by is None:
            values[field.name] = Money(amount.amount, field.type.currency or currency)
            continue
        if field.currency_by not in given:
            values[field.currency_by] = amount.currency or values.get(field.currency_by) or currency
        own = values[field.currency_by]
        values[field.name] = Money(amount.amount, own) if isinstance(own, str) else None
