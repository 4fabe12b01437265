"""What changes at the demo company from one day to the next: what a fortnight of runs has to see.

Customers upgrade, tell their CSM what they intend, and open tickets; support closes tickets.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from . import words
from .tables import Row, Tables

_UPGRADES, _ANSWERS, _TICKETS = 6, 3, 15  # a day
_ASKED_AHEAD = (120, 140)  # days before the end: customers that the library's renewal-intent play has asked


def pass_day(tables: Tables, day: date, seed: int = 1) -> None:
    """Change the tables to what they are on the morning of ``day``; the same arguments change the same."""
    rng = Random(f"{seed} {day}")
    _upgrade(rng, tables, day)
    _answer(rng, tables, day)
    _close_tickets(rng, tables, day)
    _open_tickets(rng, tables, day)


def _upgrade(rng: Random, tables: Tables, day: date) -> None:
    """A few of those who are two or more releases behind install the newest one."""
    product = {row["contract_id"]: row["product"] for row in tables.contracts}
    newest: dict[object, int] = {}
    for release in tables.releases:
        if _day(release["generally_available"]) <= day:
            newest[release["product"]] = int(str(release["number"]))
    behind = [
        row
        for row in tables.installations
        if newest.get(product.get(row["contract_id"]), 0) - int(str(row["installed_release"])) >= 2
    ]
    for row in rng.sample(behind, min(_UPGRADES, len(behind))):
        row |= {"installed_release": newest[product[row["contract_id"]]], "reported_on": day}


def _answer(rng: Random, tables: Tables, day: date) -> None:
    """Some of those who were asked tell their CSM, who notes it in the CRM."""
    known = {row["contract_id"] for row in tables.renewals}
    least, most = (day + timedelta(days=ahead) for ahead in _ASKED_AHEAD)
    asked = [
        row["contract_id"]
        for row in tables.contracts
        if row["status"] == "active" and not row["auto_renew"] and least <= _day(row["renewal_date"]) <= most
    ]
    silent = sorted({str(one) for one in asked if one not in known})
    for contract in rng.sample(silent, min(_ANSWERS, len(silent))):
        intent = rng.choices(("yes", "no", "undecided"), weights=(6, 3, 1))[0]
        told = {"contract_id": contract, "intent": intent, "noted_on": day, "budget_date": None}
        tables.renewals.append(told)


def _close_tickets(rng: Random, tables: Tables, day: date) -> None:
    still_open = [row for row in tables.tickets if row["status"] == "open"]
    for row in rng.sample(still_open, min(_TICKETS, len(still_open))):
        row |= {"status": "closed", "closed_at": datetime.combine(day, time(7)), "csat": rng.randint(2, 5)}


def _open_tickets(rng: Random, tables: Tables, day: date) -> None:
    for contract in rng.sample(tables.contracts, min(_TICKETS, len(tables.contracts))):
        ticket: Row = {
            "ticket_id": len(tables.tickets) + 1,
            "account_id": contract["account_id"],
            "product": contract["product"],
            "subject": rng.choice(words.TICKET_SUBJECTS),
            "severity": rng.choice(("low", "normal", "high")),
            "status": "open",
            "opened_at": datetime.combine(day - timedelta(days=1), time(9)),
            "closed_at": None,
            "csat": None,
        }
        tables.tickets.append(ticket)


def _day(value: object) -> date:
    assert isinstance(value, date)
    return value
