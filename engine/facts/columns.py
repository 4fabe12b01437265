"""Whether a column can be what it was in the load before: it had values and has none, or its amounts are of
another size (a feed that changed from yen to hundredths, from thousands to units)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from ...dsl.frozen import frozen

LEAST_VALUES: Final = 5  # of fewer, nothing can be said
LEAST_SHARE: Final = 0.2  # a column of which fewer rows had a value may well have none
OTHER_SIZE: Final = 10.0  # times larger, or smaller: no book of business changes so between two loads


@frozen
class Column:
    """One column of a load: how many rows there are, how many have a value, and of amounts the mean of their
    natural logarithm (which a factor moves by its own logarithm, and one great contract hardly)."""

    rows: int
    filled: int
    size: float | None = None

    def to_json(self) -> list[float | None]:
        return [self.rows, self.filled, self.size]


def column_of(values: list[float | None]) -> Column:
    """The column from its JSON."""
    rows, filled, size = values
    return Column(int(rows or 0), int(filled or 0), size)


def suspicion(now: Column, before: Column | None) -> str:
    """Why a column must not be acted upon; "" where nothing is wrong with it. ``before``: as it was when it
    was last right."""
    if before is None or before.filled < LEAST_VALUES or not now.rows:
        return ""
    if not now.filled and before.filled >= before.rows * LEAST_SHARE:
        return f"has no value, where {before.filled} of {before.rows} rows had one"
    if now.size is None or before.size is None or now.filled < LEAST_VALUES:
        return ""
    factor = math.exp(now.size - before.size)
    if factor >= OTHER_SIZE:
        return f"has amounts {factor:,.0f} times as large as before"
    return f"has amounts {1 / factor:,.0f} times smaller than before" if factor <= 1 / OTHER_SIZE else ""


def last_right(loads: list[tuple[Mapping[str, Column], Mapping[str, str]]], name: str) -> Column | None:
    """A column as it was in the last load that found nothing wrong with it. ``loads``: the columns and what
    was wrong with some of them, oldest first."""
    right = (columns[name] for columns, faults in reversed(loads) if name in columns and name not in faults)
    return next(right, None)
