"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text, literal_column, or_, tuple_
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import TypeDecorator

# SQLite gives automatic numbers to INTEGER PRIMARY KEY only.
SERIAL = BigInteger().with_variant(Integer, "sqlite")


# Equal values are equal text.
encoded_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def one_of(column: ColumnElement[Any], words: Iterable[str]) -> ColumnElement[bool]:
    """The column holds one of a few words of the program's own: as part of the statement, where parameters of
    an IN would be put into it anew at every execution."""
    return or_(*(column == literal_column(f"'{word}'") for word in words))


def of_plays(known: Any, plays: Sequence[tuple[str, str]]) -> Any:
    """That a row is of one of these plays (playbook and name)."""
    return tuple_(known.playbook, known.play).in_(list(plays))


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. Takes aware datetimes only and gives them back in UTC; SQLite keeps them as UTC text, so that
    text order is time order."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment in the ledger needs a time zone: {value}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class AmountText(TypeDecorator[Decimal]):
    """An exact amount as text in plain digits: SQLite has no decimals."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else f"{value:f}"

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class JsonText(TypeDecorator[object]):
    """A JSON value as text with sorted keys: equal values are equal text on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return encoded_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        return None if value is None else json.loads(value)
