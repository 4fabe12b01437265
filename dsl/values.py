"""Values as plain text: one spelling for titles, JSON and tables (messages format by locale instead)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from .types import Money, Value

# Decimals of currencies that do not have two (ISO 4217); money is shown with at least these.
_DECIMALS = {
    "JPY": 0,
    "KRW": 0,
    "VND": 0,
    "CLP": 0,
    "ISK": 0,
    "HUF": 2,
    "BHD": 3,
    "KWD": 3,
    "OMR": 3,
    "TND": 3,
}


def money_text(money: Money) -> str:
    """``12.50 USD``, ``50000 JPY``: at least the currency's own decimals, never an exponent."""
    amount = money.amount.normalize()
    exponent = amount.as_tuple().exponent
    decimals = max(_DECIMALS.get(money.currency, 2), -exponent if isinstance(exponent, int) else 0)
    return f"{amount.quantize(Decimal(1).scaleb(-decimals)):f} {money.currency}"


def plain(value: Value) -> str:
    """A value in one line: dates ISO, money with its currency, whole numbers without ``.0``."""
    match value:
        case None:
            return "—"
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case Money():
            return money_text(value)
        case datetime():
            return value.isoformat(timespec="minutes")
        case date():
            return value.isoformat()
        case tuple():
            return ", ".join(plain(item) for item in value)
        case _:
            return str(value)
