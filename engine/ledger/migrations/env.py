"""Run by Alembic: migrate on the connection, and in the transaction, that the caller gave."""

from __future__ import annotations

from alembic import context

from playcall.engine.ledger.migrations import VERSION_TABLE
from playcall.engine.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
