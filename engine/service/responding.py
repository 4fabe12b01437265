"""What customers answered and were offered, and what the product shows them: as programs ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..ledger import customer, feed
from ..ledger.rows import Row
from .access import Person
from .office import Office

MOST_ROWS: Final = 100


def answers_of(office: Office, account: str) -> Sequence[Row]:
    """The last answers of an account's people, the newest first."""
    with office.ledger.reading() as connection:
        return customer.answers_of(connection, account, MOST_ROWS)


def quotes_of(office: Office, account: str) -> Sequence[Row]:
    """The last quotes of an account, the newest first."""
    with office.ledger.reading() as connection:
        return customer.quotes_of(connection, account, office.today(), MOST_ROWS)


def feed_of(
    office: Office, contact: str | None = None, record: str | None = None, account: str | None = None
) -> Sequence[Row]:
    """What the product is to show to a contact (an address), about a record or an account."""
    with office.ledger.reading() as connection:
        return feed.shown(connection, contact=contact, record_key=record, account=account)


def put_away(office: Office, person: Person, item: str) -> None:
    """Show an item no more. Raises ``AbsentRowError`` where it is not shown."""
    with office.acting(person) as (connection, act):
        feed.put_away(connection, item, act)
