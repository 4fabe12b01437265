"""How values are written in a message: dates, amounts and numbers as the reader's language does.

Babel is imported by what writes with it: lint reads templates and writes nothing.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from ...dsl.types import Money

if TYPE_CHECKING:
    from babel import Locale

LONGEST_VALUE = 200_000  # characters

# Control characters except tab and newline; lone surrogates, which no mail can carry.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_STYLES = ("short", "medium", "long", "full")
_FULLWIDTH_YEN = "\uffe5"


class ValueTextError(ValueError):
    """A value that cannot be written; the text completes "`contract.arr` …". ``subject``: that expression,
    where it is known."""

    subject: str | None = None


def write(value: object, locale: str) -> str:
    """The value as the locale (``ja``, ``en-GB``) writes it. ``ValueTextError`` for what has no text of its
    own: a missing value, true or false, a list, a record, or a text beyond ``LONGEST_VALUE``."""
    if isinstance(value, str):
        return clean(value)
    if value is None:
        raise ValueTextError('is missing; give it a text with `| default("…")` or ask with {% if %}')
    if isinstance(value, bool):
        raise ValueTextError("is true or false; say it in words with {% if %}")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        return _decimal(value, locale, False)
    if isinstance(value, Money):
        return _money(value.amount, value.currency, locale)
    if isinstance(value, datetime):
        return write_datetime(value, locale)
    if isinstance(value, date):
        return write_date(value, locale)
    if isinstance(value, dict):
        raise ValueTextError("is a record; name one of its fields")
    if isinstance(value, list | tuple):
        raise ValueTextError("is a list; use `| join` or {% for %}")
    raise ValueTextError("has no text")


def clean(text: str) -> str:
    """The text with newlines as ``\\n`` and without control characters."""
    if len(text) > LONGEST_VALUE:
        raise ValueTextError(f"is too long for a message ({len(text):,} characters)")
    if text.isprintable():
        return text
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


@lru_cache(4096)
def write_date(value: date, locale: str, style: str = "long") -> str:
    """A date in a named style (short, medium, long, full) or a CLDR pattern such as ``yyyy年M月``."""
    from babel.dates import format_date

    return str(format_date(value, style, babel_locale(locale)))


def write_datetime(value: datetime, locale: str, style: str = "long") -> str:
    """A moment: the date in the style and the time to the minute, in the time zone that the value carries."""
    from babel.dates import format_date, format_datetime, format_time

    place = babel_locale(locale)
    if style not in _STYLES:
        return str(format_datetime(value, style, locale=place))
    return f"{format_date(value, style, place)} {format_time(value, 'short', locale=place)}"


def write_time(value: datetime, locale: str, style: str = "short") -> str:
    """The time of day, in a named style or a CLDR pattern such as ``HH:mm``."""
    from babel.dates import format_time

    return str(format_time(value, style, locale=babel_locale(locale)))


def write_number(value: float | Decimal, locale: str) -> str:
    """A number with its thousands grouped, up to six decimal places."""
    return _decimal(value, locale, True)


@lru_cache(4096)
def write_percent(value: float, locale: str) -> str:
    """A share: 0.25 is 25%; up to one decimal place."""
    from babel.numbers import format_percent

    return str(format_percent(value, format="#,##0.#%", locale=babel_locale(locale)))


@lru_cache(64)
def babel_locale(locale: str) -> Locale:
    """Babel's data of a locale; of its language where the territory is unknown, of English at last."""
    from babel import Locale, UnknownLocaleError

    for name in (locale, locale.partition("-")[0]):
        try:
            return Locale.parse(name, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


@lru_cache(4096)
def _money(amount: Decimal, currency: str, locale: str) -> str:
    """CLDR has a full-width yen sign in Japanese; invoices are written with the common one."""
    from babel.numbers import format_currency

    text = str(format_currency(amount, currency, locale=babel_locale(locale)))
    return text.replace(_FULLWIDTH_YEN, "¥")


@lru_cache(4096)
def _decimal(value: float | Decimal, locale: str, grouped: bool) -> str:
    from babel.numbers import format_decimal

    return str(format_decimal(value, "#,##0.######", babel_locale(locale), group_separator=grouped))
