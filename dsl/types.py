"""The types and values of the expression language, and the schema that names are checked against.

A value in Python: text, enum, email, user and url are ``str``; bool, int; number is ``float``; money is
``Money``; date, datetime (aware, UTC), ``Duration``; a list is a ``tuple``; missing (unknown) is ``None``.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable, Mapping
from dataclasses import field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from .frozen import frozen


class Kind(enum.Enum):
    TEXT = "text"
    ENUM = "enum"
    BOOL = "bool"
    INT = "int"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    DATETIME = "datetime"
    DURATION = "duration"
    EMAIL = "email"
    USER = "user"
    URL = "url"
    LIST = "list"
    ERROR = "error"  # after a diagnostic: compatible with everything, so one mistake is reported once


TEXTUAL = frozenset({Kind.TEXT, Kind.ENUM, Kind.EMAIL, Kind.USER, Kind.URL})

DurationUnit = Literal["min", "h", "d", "w", "mo", "y", "bd"]


@frozen
class Money:
    """An exact amount in one currency (ISO 4217 code)."""

    amount: Decimal
    currency: str


@frozen
class Duration:
    """``90d 2w 3mo 1y 12h 30min 5bd``: an amount of one unit; ``bd`` are business days."""

    amount: int
    unit: DurationUnit

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"


Value = str | bool | int | float | Money | date | datetime | Duration | tuple["Value", ...] | None


@frozen
class Type:
    """What an expression gives. ``nullable`` is part of the type: only a nullable one can be missing.

    - ``values``: the literals of an enum.
    - ``currency``: of money: an ISO code, or None where each record carries its own.
    - ``item``: of a list.
    - ``countdown``: of an int that counts days to or since a date: ``days`` or ``business_days``.
    """

    kind: Kind
    nullable: bool = False
    values: tuple[str, ...] = ()
    currency: str | None = None
    item: Type | None = None
    countdown: Literal["days", "business_days"] | None = None

    def optional(self, nullable: bool = True) -> Type:
        """The same type, nullable or not."""
        if self.nullable is nullable:
            return self
        return Type(self.kind, nullable, self.values, self.currency, self.item, self.countdown)

    def __str__(self) -> str:
        if self.kind is Kind.MONEY and self.currency:
            return f"money ({self.currency})"
        if self.kind is Kind.LIST and self.item is not None:
            return f"list of {self.item}"
        return f"countdown ({self.countdown})" if self.countdown else self.kind.value


@frozen
class FieldType:
    """A name that a record of an entity has: stored or derived (scores are derived: ``health`` is the
    number, ``health.band`` the band). ``currency_by`` is the field that holds a money field's currency;
    ``deprecated`` names what is to be read instead. ``kept``: what it was on an earlier day is known, as it
    reads nothing but what snapshots hold."""

    name: str
    type: Type
    derived: bool = False
    currency_by: str | None = None
    describe: str = ""
    unit: str = ""
    sensitive: bool = False
    deprecated: str = ""
    kept: bool = True


@frozen
class ToOne:
    """A step to at most one record of ``entity``, whose key fields (in order) equal own fields ``by``."""

    name: str
    entity: str
    by: tuple[str, ...]


@frozen
class ToMany:
    """A step to any number of records of ``entity``: those where every (own field, their field) of
    ``match`` is equal and every (their field, text) of ``fixed`` holds. Both empty: every record there is.
    The own field ``_key`` is the record's key as text, several key fields joined by ``/``."""

    name: str
    entity: str
    match: tuple[tuple[str, str], ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()


@frozen
class EntityType:
    """The names that expressions about an entity may use. ``kept``: snapshots hold its records."""

    name: str
    key: tuple[str, ...]
    fields: Mapping[str, FieldType]
    to_one: Mapping[str, ToOne] = field(default_factory=dict)
    to_many: Mapping[str, ToMany] = field(default_factory=dict)
    kept: bool = True


@frozen
class Schema:
    """All entities. Keys of ``relations`` are aggregated from anywhere: entities that belong to nothing.
    ``wrong`` are names of steps and relations whose declaration has a mistake, which is reported there: what
    uses them is not reported again. ``checked`` is the checker's memory of what texts mean in this schema."""

    entities: Mapping[str, EntityType]
    relations: Mapping[str, ToMany] = field(default_factory=dict)
    wrong: frozenset[str] = frozenset()
    checked: dict[Hashable, object] = field(default_factory=dict, init=False, compare=False, repr=False)


@frozen
class Settings:
    """What of the project an expression's meaning depends on.

    ``fiscal_year`` is (month, day) of its first day; ``rates`` the value of one unit of a currency in the
    project's currency, for ``convert``; ``holidays`` the country code of the ``holidays`` package, or "".
    """

    timezone: str = "UTC"
    currency: str = "USD"
    holidays: str = ""
    fiscal_year: tuple[int, int] = (1, 1)
    rates: Mapping[str, Decimal] = field(default_factory=dict)
