"""Contact rules: whom a message goes to as caps count it, suppression, consent; plays keep an identity."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _touches()
    _copies()
    _suppressions()
    _consents()
    _identities()


def _touches() -> None:
    """Messages that are there already count as messages to customers."""
    columns: list[sa.Column[Any]] = [
        sa.Column("address", sa.Text()),
        sa.Column("customer", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("topic", sa.Text(), nullable=False, server_default=""),
        sa.Column("topic_kind", sa.Text(), nullable=False, server_default=""),
        sa.Column("variant", sa.Text(), nullable=False, server_default=""),
        sa.Column("subject", sa.Text()),
        sa.Column("timezone", sa.Text()),
        sa.Column("country", sa.Text()),
        sa.Column("deadline", sa.Date()),
    ]
    for column in columns:
        op.add_column("touch", column)
    op.execute("update touch set address = lower(recipient), customer = true where type = 'email'")
    op.drop_index("ix_touch_recipient", "touch")
    op.create_index("ix_touch_address", "touch", ["address"])
    op.create_index(
        "ix_touch_account",
        "touch",
        ["account"],
        sqlite_where=sa.text("customer = 1"),
        postgresql_where=sa.text("customer"),
    )
    sent = sa.text("sent_at is not null")
    op.create_index("ix_touch_sent_at", "touch", ["sent_at"], sqlite_where=sent, postgresql_where=sent)


def _copies() -> None:
    op.create_table(
        "touch_copy",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("touch", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["touch"], ["touch.id"], name="fk_touch_copy_touch"),
        sa.PrimaryKeyConstraint("address", "touch", name="pk_touch_copy"),
        sqlite_with_rowid=False,
    )


def _suppressions() -> None:
    op.create_table(
        "suppression",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True)),
        sa.Column("lifted_by", sa.Text()),
        sa.Column("lifted_for", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_suppression"),
        sqlite_autoincrement=True,
    )
    _active("suppression", ["address", "reason", "scope"], "lifted_at is null")


def _consents() -> None:
    op.create_table(
        "consent",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
        sqlite_autoincrement=True,
    )
    _active("consent", ["address", "scope"], "withdrawn_at is null")


def _active(table: str, columns: list[str], condition: str) -> None:
    """Of several rows that are the same, one may be in force."""
    where = sa.text(condition)
    op.create_index(
        f"ix_{table}_active", table, columns, unique=True, sqlite_where=where, postgresql_where=where
    )


def _identities() -> None:
    op.add_column("play", sa.Column("identity", sa.Text(), nullable=False, server_default=""))
    op.execute("update play set identity = playbook || '.' || play")
