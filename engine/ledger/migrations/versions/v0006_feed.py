"""What the product shows in itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "feed_item",
        sa.Column("touch", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["touch"], ["touch.id"], name="fk_feed_item_touch"),
        sa.PrimaryKeyConstraint("touch", name="pk_feed_item"),
        sqlite_with_rowid=False,
    )
    is_open = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_feed_item_open", "feed_item", ["touch"], sqlite_where=is_open, postgresql_where=is_open
    )
