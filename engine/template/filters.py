"""The filters and tests that templates have; nothing else exists for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar

from jinja2 import pass_context
from jinja2.runtime import Context, Undefined
from jinja2.tests import TESTS as _JINJA_TESTS

from .values import (
    LONGEST_VALUE,
    ValueTextError,
    write,
    write_date,
    write_datetime,
    write_number,
    write_percent,
    write_time,
)

_T = TypeVar("_T")

LOCALE = "_locale"  # the name under which a running program finds the locale to write in


def is_missing(value: object) -> bool:
    """Neither given nor known."""
    return value is None or isinstance(value, Undefined)


def join_texts(context: Context, values: object, separator: object = "") -> str:
    """The values, each written for the locale, in one text. ``ValueTextError`` when it grows too long."""
    if not isinstance(values, list | tuple):
        raise ValueTextError("joins something else than a list")
    locale = _locale(context)
    for value in values:
        _refuse_unknown(value)
    pieces = [write(value, locale) for value in values]
    glue = _text(separator)
    _check_length(sum(map(len, pieces)) + len(glue) * len(pieces))
    return glue.join(pieces)


def _locale(context: Context) -> str:
    return str(context.parent[LOCALE])


def _need(value: object, kind: type[_T], what: str) -> _T:
    """The value, if it is of the kind; an unknown name fails with its own sentence."""
    _refuse_unknown(value)
    if isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool):
        return value
    raise ValueTextError("is missing" if value is None else f"is not {what}")


def _refuse_unknown(value: object) -> None:
    if isinstance(value, Undefined):
        value._fail_with_undefined_error()


def _text(value: object) -> str:
    return _need(value, str, "a text")


def _number(value: object) -> float:
    return float(_need(value, float, "a number")) if not isinstance(value, int) else value


def _check_length(length: int) -> None:
    if length > LONGEST_VALUE:
        raise ValueTextError(f"is too long for a message ({length:,} characters)")


def _default(value: object, fallback: object) -> object:
    """The fallback for what is missing. (Jinja's own `default` lets a None through.)"""
    return fallback if is_missing(value) else value


def _length(value: object) -> int:
    return len(value) if isinstance(value, str | dict) else len(_need(value, list, "a list or a text"))


def _end(index: int) -> Callable[[object], object]:
    def pick(value: object) -> object:
        given = _need(value, list, "a list")
        return given[index] if given else None

    return pick


def _round(value: object, places: int = 0) -> float:
    """Half away from zero, as the expression language rounds."""
    step = Decimal(1).scaleb(-places)
    rounded = Decimal(repr(_number(value))).quantize(step, ROUND_HALF_UP)
    return float(rounded) if places > 0 else int(rounded)


def _replace(value: object, old: object, new: object) -> str:
    text, search, substitute = _text(value), _text(old), _text(new)
    _check_length(len(text) + text.count(search) * len(substitute))
    return text.replace(search, substitute)


def _truncate(value: object, length: int, end: str = "…") -> str:
    text = _text(value)
    return text if len(text) <= length else text[: max(length - len(end), 0)] + end


@pass_context
def _date(context: Context, value: object, style: str = "long") -> str:
    """A date, or the day of a moment."""
    day = _need(value, date, "a date")
    return write_date(day.date() if isinstance(day, datetime) else day, _locale(context), style)


@pass_context
def _datetime(context: Context, value: object, style: str = "long") -> str:
    return write_datetime(_need(value, datetime, "a date with a time"), _locale(context), style)


@pass_context
def _time(context: Context, value: object, style: str = "short") -> str:
    return write_time(_need(value, datetime, "a date with a time"), _locale(context), style)


@pass_context
def _grouped(context: Context, value: object) -> str:
    return write_number(_number(value), _locale(context))


@pass_context
def _percent(context: Context, value: object) -> str:
    return write_percent(_number(value), _locale(context))


FILTERS: Mapping[str, Callable[..., Any]] = {
    "default": _default,
    "d": _default,
    "upper": lambda value: _text(value).upper(),
    "lower": lambda value: _text(value).lower(),
    "trim": lambda value: _text(value).strip(),
    "replace": _replace,
    "truncate": _truncate,
    "length": _length,
    "first": _end(0),
    "last": _end(-1),
    "join": pass_context(join_texts),
    "round": _round,
    "abs": lambda value: abs(_number(value)),
    "date": _date,
    "datetime": _datetime,
    "time": _time,
    "number": _grouped,
    "percent": _percent,
}

_TAKEN_TESTS = (
    *("defined", "undefined", "none", "true", "false", "eq", "ne", "lt", "le", "gt", "ge", "in"),
    *("odd", "even", "divisibleby"),
)
_JINJA: Mapping[str, Any] = _JINJA_TESTS
TESTS: Mapping[str, Callable[..., Any]] = {"missing": is_missing} | {
    name: _JINJA[name] for name in _TAKEN_TESTS
}
