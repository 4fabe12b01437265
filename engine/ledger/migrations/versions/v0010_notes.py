"""What a worker has sent and not settled yet, in its claim."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("claim", sa.Column("sent", sa.Text(), nullable=False, server_default="[]"))
