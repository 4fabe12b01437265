"""The dirt that real exports have: well under one row in a hundred, and each kind at least once.

Keys that stand twice, dates that are none, references to nothing, blank cells, names on which two systems
disagree, and an invoice in another currency than its contract.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from .tables import Row, Tables

_SHARE = 0.002  # of the rows of a table, for each kind
_NO_DATES = ("2026-02-30", "不明", "31/04/2019", "TBD")

_Change = Callable[[Row], dict[str, object]]


def soil(rng: Random, tables: Tables) -> None:
    """Spoil a few rows of most tables in place."""
    _spoil(rng, tables.accounts, lambda row: {"csm": None})
    _spoil(rng, tables.accounts, lambda row: {"parent_id": "A99999"})
    _spoil(rng, tables.accounts, lambda row: {"customer_since": rng.choice(_NO_DATES)})
    _spoil(rng, tables.contacts, lambda row: {"account_id": "A88888"})
    _spoil(rng, tables.contacts, lambda row: {"email": str(row["email"]).split("@")[0] + "@"})
    _spoil(rng, tables.contacts, lambda row: {"last_seen": rng.choice(_NO_DATES)})
    _spoil(rng, tables.renewals, lambda row: {"noted_on": rng.choice(_NO_DATES)})
    _spoil(rng, tables.customers, _other_legal_name, times=3)
    _spoil(rng, tables.contracts, lambda row: {"account_id": "A77777"})
    _spoil(rng, tables.contracts, lambda row: {"product": None})
    _spoil(rng, tables.invoices, lambda row: {"currency": "USD" if row["currency"] == "JPY" else "JPY"})
    _spoil(rng, tables.tickets, lambda row: {"account_id": "A66666"})
    _spoil(rng, tables.tickets, lambda row: {"opened_at": rng.choice(_NO_DATES)})
    _repeat(rng, tables.accounts, lambda row: {"note": "duplicate of an earlier import"})
    _repeat(rng, tables.contacts, lambda row: {"last_seen": None})
    _repeat(rng, tables.contracts, lambda row: {"notice_days": None})


def _other_legal_name(row: Row) -> dict[str, object]:
    """The same company, written otherwise: as sales shortens it, or after a change of name."""
    name = str(row["legal_name"])
    if "株式会社" in name:
        return {"legal_name": name.replace("株式会社", "(株)")}
    return {"legal_name": f"{name} (formerly)"}


def _some(rng: Random, rows: Sequence[Row], times: int) -> list[int]:
    return sorted(rng.sample(range(len(rows)), min(len(rows), max(1, round(len(rows) * _SHARE * times)))))


def _spoil(rng: Random, rows: list[Row], change: _Change, times: int = 1) -> None:
    for index in _some(rng, rows, times):
        rows[index] = rows[index] | change(rows[index])


def _repeat(rng: Random, rows: list[Row], change: _Change) -> None:
    for index in reversed(_some(rng, rows, 1)):
        rows.insert(index + 1, rows[index] | change(rows[index]))
