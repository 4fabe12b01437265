"""Values of the language as JSON keeps them in the ledger.

JSON has no dates and no exact amounts, so those are tagged: ``{"$date": "2026-07-20"}``,
``{"$datetime": "2026-07-20T08:00:00+09:00"}``, ``{"$money": ["50000", "JPY"]}``, ``{"$decimal": "0.5"}``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ...dsl.types import Money, Value


def to_json(value: Value | Decimal) -> object:
    """A single value. ``TypeError`` for a list or duration, ``ValueError`` for a number that is not
    finite."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number that is not finite")
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, Money):
        return {"$money": [str(value.amount), value.currency]}
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    raise TypeError(f"a {type(value).__name__} cannot be kept")


def is_tagged(stored: Mapping[str, object]) -> bool:
    """Whether a JSON object is one value."""
    return len(stored) == 1 and next(iter(stored)) in _TAGS


def from_json(stored: object) -> Any:
    """The value that ``to_json`` was given."""
    if not isinstance(stored, Mapping):
        return stored
    (tag, inner), *_ = stored.items()
    return _TAGS[tag](inner)


def _money(parts: Any) -> Money:
    return Money(Decimal(parts[0]), parts[1])


_TAGS: Mapping[str, Callable[[Any], object]] = {
    "$date": date.fromisoformat,
    "$datetime": datetime.fromisoformat,
    "$money": _money,
    "$decimal": Decimal,
}
