"""Alembic migrations of the ledger.

A new one: change tables.py, write ``versions/vNNNN_name.py`` (with the types of SQLAlchemy itself, never
those of tables.py, which go on changing), and add its revision here. A new ledger gets its tables by
``*.sql``, the statements of all migrations, which tests/unit/ledger/test_schema.py writes. Tests compare all
four.
"""

from __future__ import annotations

# Every revision, oldest first. Kept here so that opening a ledger needs no import of Alembic.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010")
HEAD = REVISIONS[-1]
VERSION_TABLE = "playcall_revision"  # of our own: a PostgreSQL database may hold another program's Alembic
