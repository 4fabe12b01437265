"""Spelling of literals: text of a token → its value and canonical text, and back; and their limits."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import cast

from .currencies import CURRENCIES
from .source import Span
from .types import Duration, DurationUnit, Kind, Money, Value

MAX_INT = 2**63 - 1  # of a database's integer
MAX_MONEY = Decimal(10) ** 15
MONEY_PLACES = 6
MAX_DURATION = 1_000_000

_ESCAPES = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "t": "\t", "r": "\r"}
_CANONICAL = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\t": r"\t", "\r": r"\r"})


class LiteralError(Exception):
    """A token that the grammar lets through and that means nothing: where, what, and what to write."""

    def __init__(self, span: Span, message: str, help_: str = "") -> None:
        super().__init__(message)
        self.span = span
        self.message = message
        self.help = help_


Read = tuple[Kind, Value, str]
Reader = Callable[[str, Span], Read]


def quote(value: str) -> str:
    """Text as a literal."""
    return f'"{value.translate(_CANONICAL)}"'


def boolean(token: str, span: Span) -> Read:
    """``true`` or ``false``."""
    return Kind.BOOL, token == "true", token


def integer(token: str, span: Span) -> Read:
    """``140``: up to 64 bits."""
    if len(token) > 19 or int(token) > MAX_INT:
        raise LiteralError(span, "the number is too large", f"integers reach up to {MAX_INT}")
    return Kind.INT, int(token), str(int(token))


def number(token: str, span: Span) -> Read:
    """``0.25``."""
    value = float(token)
    if not math.isfinite(value):
        raise LiteralError(span, "the number is too large")
    return Kind.NUMBER, value, token


def percent(token: str, span: Span) -> Read:
    """``10%`` is the number 0.1: divided in decimal, so that it is the double nearest to it."""
    value = float(Decimal(token[:-1]).scaleb(-2))
    if not math.isfinite(value):
        raise LiteralError(span, "the number is too large")
    return Kind.NUMBER, value, token


def money(token: str, span: Span) -> Read:
    """``50000 JPY``: exact, with an ISO 4217 code."""
    figure, currency = token.split()
    amount = Decimal(figure)
    if currency not in CURRENCIES:
        raise LiteralError(span, *unknown_currency(currency))
    if amount >= MAX_MONEY or len(figure.partition(".")[2]) > MONEY_PLACES:
        limit = f"amounts stay under {MAX_MONEY:f} and have at most {MONEY_PLACES} decimals"
        raise LiteralError(span, "the amount has too many digits", limit)
    return Kind.MONEY, Money(amount, currency), f"{figure} {currency}"


def unknown_currency(code: str) -> tuple[str, str]:
    """What is said of a code that is no currency's: message and help."""
    known = code.upper() in CURRENCIES
    help_ = f"write `{code.upper()}`" if known else "currencies are ISO 4217 codes: JPY, USD, EUR"
    return f"there is no currency {code}", help_


def duration(token: str, span: Span) -> Read:
    """``90d 2w 3mo 1y 12h 30min 5bd``."""
    figure = token.rstrip("abcdefghijklmnopqrstuvwxyz")
    if len(figure) > 18 or int(figure) > MAX_DURATION:
        raise LiteralError(
            span, "the duration is too long", f"durations reach up to {MAX_DURATION} of a unit"
        )
    value = Duration(int(figure), cast(DurationUnit, token[len(figure) :]))
    return Kind.DURATION, value, str(value)


def date_literal(token: str, span: Span) -> Read:
    """``2026-04-01``."""
    try:
        value = date(*(int(part) for part in re.split("[-/]", token)))
    except ValueError:
        raise LiteralError(span, f"there is no date {token}", "dates are written year-month-day") from None
    if token != value.isoformat():
        raise LiteralError(span, f"`{token}` is not how a date is written", f"write `{value.isoformat()}`")
    return Kind.DATE, value, token


def text(token: str, span: Span) -> Read:
    r"""``"text"`` or ``'text'``. Escapes: ``\\ \" \' \n \t \r``; any other is refused."""
    value = re.sub(r"\\(.)", lambda found: _unescape(found, span), token[1:-1], flags=re.DOTALL)
    return Kind.TEXT, value, quote(value)


def _unescape(found: re.Match[str], span: Span) -> str:
    character = found[1]
    if character not in _ESCAPES:
        place = span.start + 1 + found.start()
        help_ = rf"write `\\{character}` for a backslash before `{character}`"
        raise LiteralError(Span(place, place + 2), f"unknown escape `\\{character}` in text", help_)
    return _ESCAPES[character]


def name(token: str, span: Span) -> str:
    """An identifier, in any script, but in the characters that a catalogue is written in."""
    plain = unicodedata.normalize("NFKC", token)
    if plain != token:
        message = f"`{token}` is written with full-width or half-width variants of characters"
        raise LiteralError(span, message, f"write `{plain}`")
    return token
