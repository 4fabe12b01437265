"""Cron expressions: five fields, checked without a calendar."""

from __future__ import annotations

import re
from calendar import monthrange
from functools import lru_cache

from ...dsl.frozen import frozen

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LEAP_YEAR = 2024
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


@frozen
class _Part:
    name: str
    least: int
    most: int
    words: tuple[str, ...] = ()


_PARTS = (
    _Part("minute", 0, 59),
    _Part("hour", 0, 23),
    _Part("day of the month", 1, 31),
    _Part("month", 1, 12, _MONTHS),
    _Part("day of the week", 0, 7, _DAYS),
)
_ITEM = re.compile(r"(?P<first>\*|\w+)(-(?P<last>\w+))?(/(?P<step>[0-9]+))?")


@lru_cache(maxsize=256)
def cron_problem(text: str) -> str:
    """What is wrong with a cron expression of five fields; empty if nothing is."""
    fields = text.split()
    if len(fields) != len(_PARTS):
        return f"a cron expression has 5 fields (minute hour day month weekday), not {len(fields)}"
    for field, part in zip(fields, _PARTS, strict=True):
        for item in field.split(","):
            problem = _item_problem(item, part)
            if problem:
                return problem
    return _never(text)


def _never(text: str) -> str:
    """``0 8 30 2 *``: days that none of the months has, where no day of the week makes up for it."""
    _, _, days, months, _ = cron_values(text)
    longest = max(monthrange(_LEAP_YEAR, month)[1] for month in months)
    if text.split()[4].startswith("*") and min(days) > longest:
        return f"a day {min(days)} never comes in {'this month' if len(months) == 1 else 'these months'}"
    return ""


def _item_problem(item: str, part: _Part) -> str:
    match = _ITEM.fullmatch(item)
    if match is None:
        return f"`{item}` is not a {part.name}"
    if match["first"] == "*":
        bounds = [part.least, part.most]
        if match["last"]:
            return f"`{item}` is not a {part.name}"
    else:
        read = [_number(match[end], part) for end in ("first", "last") if match[end]]
        bounds = [number for number in read if number is not None]
        if len(bounds) < len(read):
            return f"`{item}` is not a {part.name}"
    outside = [number for number in bounds if not part.least <= number <= part.most]
    if outside:
        return f"the {part.name} is between {part.least} and {part.most}, not {outside[0]}"
    if bounds[0] > bounds[-1]:
        return f"`{item}` runs backwards"
    return f"`{item}` has the step 0" if match["step"] and int(match["step"]) == 0 else ""


def _number(text: str, part: _Part) -> int | None:
    if text.isdecimal():
        return int(text)
    lower = text.lower()
    return part.words.index(lower) + part.least if lower in part.words else None


def cron_values(text: str) -> tuple[frozenset[int], ...]:
    """The minutes, hours, days, months and weekdays (Sunday is 0) that a right cron expression names."""
    fields = zip(text.split(), _PARTS, strict=True)
    minutes, hours, days, months, weekdays = (
        frozenset(value for item in field.split(",") for value in _item_values(item, part))
        for field, part in fields
    )
    return minutes, hours, days, months, frozenset(day % 7 for day in weekdays)


def _item_values(item: str, part: _Part) -> range:
    match = _ITEM.fullmatch(item)
    assert match is not None, "cron_problem has seen to it"
    first, last = part.least, part.most
    if match["first"] != "*":
        first = _number(match["first"], part) or 0
        last = (_number(match["last"], part) or 0) if match["last"] else last if match["step"] else first
    return range(first, last + 1, int(match["step"] or 1))
