"""Support tickets of the last year."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from . import words
from .tables import Row

_OPEN_SHARE = 0.04
_TICKETS_A_CONTRACT = 2


def tickets(rng: Random, anchor: date, contracts: list[Row]) -> list[Row]:
    """Two tickets a contract on average; a few customers have far more than the others."""
    weights = [rng.paretovariate(1.8) for _ in contracts]
    chosen = rng.choices(contracts, weights=weights, k=_TICKETS_A_CONTRACT * len(contracts))
    return [_ticket(rng, anchor, number, contract) for number, contract in enumerate(chosen, start=1)]


def _ticket(rng: Random, anchor: date, number: int, contract: Row) -> Row:
    opened = datetime.combine(anchor - timedelta(days=rng.randint(1, 365)), time(9)) + timedelta(
        minutes=rng.randint(0, 600)
    )
    age = (anchor - opened.date()).days
    is_open = rng.random() < (0.5 if age < 7 else _OPEN_SHARE)
    closed = None if is_open else opened + timedelta(hours=rng.randint(1, 24 * min(age, 12)))
    return {
        "ticket_id": number,
        "account_id": contract["account_id"],
        "product": contract["product"],
        "subject": rng.choice(words.TICKET_SUBJECTS),
        "severity": rng.choices(("low", "normal", "high", "critical"), weights=(30, 50, 16, 4))[0],
        "status": "open" if is_open else "closed",
        "opened_at": opened,
        "closed_at": closed,
        "csat": rng.choices(range(1, 6), weights=(2, 3, 8, 20, 17))[0]
        if closed is not None and rng.random() < 0.3
        else None,
    }
