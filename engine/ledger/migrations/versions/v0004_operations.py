"""Operations: slots of schedules, digests and seals of events, the key of erasures."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("event", sa.Column("digest", sa.Text(), nullable=False, server_default=""))
    _digest_events()
    op.create_table(
        "slot",
        sa.Column("playbook", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("run", sa.Text()),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("missed_from", sa.Text()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name="fk_slot_run"),
        sa.PrimaryKeyConstraint("playbook", "slot", name="pk_slot"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "seal",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spans", sa.Text(), nullable=False),
        sa.Column("holes", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_seal"),
    )
    op.create_table(
        "erasure_key",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasure_key"),
    )


def _digest_events() -> None:
    """What happened before is sealed as it stands now."""
    event = sa.table(
        "event",
        sa.column("id", sa.BigInteger()),
        sa.column("at", sa.DateTime(timezone=True)),
        *(sa.column(name, sa.Text()) for name in ("actor", "kind", "subject", "data", "digest")),
    )
    connection = op.get_bind()
    told = (event.c.actor, event.c.kind, event.c.subject, event.c.data)
    fill = sa.update(event).where(event.c.id == sa.bindparam("of")).values(digest=sa.bindparam("made"))
    after = 0
    while rows := connection.execute(
        sa.select(event.c.id, event.c.at, *told).where(event.c.id > after).order_by(event.c.id).limit(10_000)
    ).all():
        connection.execute(fill, [{"of": row[0], "made": _digest(row[1], *row[2:])} for row in rows])
        after = rows[-1][0]


def _digest(at: datetime, *told: str) -> str:
    moment = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    text = json.dumps([moment.isoformat(), *told], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
