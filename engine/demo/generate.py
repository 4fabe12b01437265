"""The demo company, from a seed and a date: the same arguments give the same bytes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random

from . import accounts as people
from . import contracts as business
from . import dirt, files, support
from .tables import Tables


def generate(
    directory: Path, anchor: date, accounts: int = 2000, contracts: int = 3000, seed: int = 1
) -> None:
    """Write a company's sources as they look on ``anchor`` into ``directory`` (a project's ``data``).

    Raises ValueError for more accounts than there are made-up names (about 2,200).
    """
    files.write(build(anchor, accounts, contracts, seed), directory)


def build(anchor: date, accounts: int = 2000, contracts: int = 3000, seed: int = 1) -> Tables:
    """The company's tables in memory, dirt included."""
    rng = Random(seed)
    users = people.staff(rng, anchor)
    customers = people.accounts(rng, anchor, accounts, users)
    signed = business.contracts(rng, anchor, contracts, customers)
    tables = Tables(
        accounts=customers,
        contacts=people.contacts(rng, anchor, customers),
        releases=business.releases(anchor),
        renewals=[
            *business.renewals(rng, anchor, signed),
            *business.budgets(Random(f"{seed} budgets"), anchor, signed),
        ],
        customers=people.customers(customers),
        contracts=signed,
        invoices=business.invoices(rng, anchor, signed),
        installations=business.installations(rng, anchor, signed),
        tickets=support.tickets(rng, anchor, signed),
        users=users,
    )
    dirt.soil(rng, tables)
    return tables
