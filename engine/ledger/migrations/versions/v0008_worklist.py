"""What is put off, in the worklist's order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    put_off = sa.text("snoozed_until IS NOT NULL")
    op.create_index(
        "ix_task_snoozed", "task", ["place", "id"], sqlite_where=put_off, postgresql_where=put_off
    )
