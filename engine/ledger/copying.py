"""A ledger's copy in another database: what decisions read, without messages' bytes and the audit trail."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, select

from . import tables
from .bulk import insert

_LEFT_OUT: Final = frozenset({tables.message.name, tables.event.name})
_BATCH: Final = 20_000


def copy(source: Connection, target: Connection) -> None:
    """Add everything to the tables of an empty ledger."""
    for table in tables.metadata.sorted_tables:
        if table.name not in _LEFT_OUT:
            names = [column.name for column in table.columns]
            for rows in source.execute(select(*table.columns)).partitions(_BATCH):
                insert(target, table, names, rows)
