"""What stands in the place of an erased person's address: a name made from it with the ledger's own key
(HMAC-SHA-256). The same person stays one person for caps and suppression, and nobody who has not the key can
tell who it was.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from sqlalchemy import Connection, select

from ..decide.contacts import normal
from ..decide.model import TouchRow
from . import operation_tables, tables

NOTE: Final = "erased"  # of the suppression of an erased person
DOMAIN: Final = "erased.invalid"  # RFC 2606: a domain that nobody has

_KEY: Final = select(operation_tables.erasure_key.c.key)

Pseudonym = Callable[[str], str]


def pseudonyms(connection: Connection) -> Pseudonym | None:
    """How addresses of erased people are named; None where nobody was ever erased."""
    key = connection.execute(_KEY).scalar()
    return None if key is None else _named_with(str(key))


@lru_cache(maxsize=8)
def _named_with(key: str) -> Pseudonym:
    secret = bytes.fromhex(key)

    @lru_cache(maxsize=200_000)
    def name(address: str) -> str:
        mark = hmac.new(secret, normal(address).encode(), hashlib.sha256).hexdigest()
        return f"erased-{mark[:32]}@{DOMAIN}"

    return name


def hidden(connection: Connection, rows: Sequence[TouchRow]) -> Sequence[TouchRow]:
    """The touches of a run as they may be written: a source may still name people who were erased."""
    naming = pseudonyms(connection) if rows else None
    if naming is None:
        return rows
    known = tables.suppression.c
    noted = select(known.address).where(known.lifted_at.is_(None), known.note == NOTE)
    erased = set(connection.execute(noted).scalars())

    def shown(row: TouchRow) -> TouchRow:
        if row.address is None or (name := naming(row.address)) not in erased:
            return row
        return row._replace(recipient=name, address=name, recipient_name=None, context={}, subject=None)

    return [shown(row) for row in rows]
