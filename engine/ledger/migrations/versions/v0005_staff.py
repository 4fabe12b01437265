"""The staff's pages: accounts, sessions, attempts; the worklist in its order, outcomes, prepared messages."""

from __future__ import annotations

import struct
from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "staff_account",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text()),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password", sa.Text()),
        sa.Column("issuer", sa.Text()),
        sa.Column("subject", sa.Text()),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("disabled_at", _MOMENT),
        sa.PrimaryKeyConstraint("name", name="pk_staff_account"),
        sa.UniqueConstraint("email", name="uq_staff_account"),
        sa.UniqueConstraint("issuer", "subject", name="uq_staff_account_subject"),
    )
    op.create_table(
        "staff_session",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["staff_account.name"], name="fk_staff_session_account"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_session"),
    )
    op.create_index("ix_staff_session_account", "staff_session", ["account"])
    op.create_table(
        "staff_attempt",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("caller", name="pk_staff_attempt"),
    )
    op.add_column("task", sa.Column("place", sa.Text(), nullable=False, server_default=""))
    op.add_column("task", sa.Column("outcomes", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("task", sa.Column("mails", sa.Text(), nullable=False, server_default="[]"))
    _fill_places()
    _index_tasks()
    op.create_index("ix_decision_run", "decision", ["run", "occurrence"])
    for table in ("submission", "quote", "opportunity"):
        op.create_index(f"ix_{table}_account", table, ["account"])


def _index_tasks() -> None:
    is_open = sa.text("closed_on IS NULL")
    op.drop_index("ix_task_open", "task")
    for name, columns in (("open", ["assignee", "place", "id"]), ("place", ["place", "id"])):
        op.create_index(f"ix_task_{name}", "task", columns, sqlite_where=is_open, postgresql_where=is_open)
    op.create_index("ix_task_account", "task", ["account"])


def _fill_places() -> None:
    """Tasks of before get the place that new ones are written with."""
    task = sa.table(
        "task",
        *(sa.column(name, sa.Text()) for name in ("id", "priority", "place")),
        sa.column("rank", sa.Double()),
        sa.column("due", sa.Date()),
    )
    connection = op.get_bind()
    fill = sa.update(task).where(task.c.id == sa.bindparam("of")).values(place=sa.bindparam("made"))
    columns = (task.c.id, task.c.priority, task.c.rank, task.c.due)
    after = ""
    while rows := connection.execute(
        sa.select(*columns).where(task.c.id > after).order_by(task.c.id).limit(10_000)
    ).all():
        connection.execute(fill, [{"of": row[0], "made": _place(*row[1:])} for row in rows])
        after = rows[-1][0]


def _place(priority: str, rank: float | None, due: date | None) -> str:
    known = ("urgent", "high", "normal", "low")
    urgency = known.index(priority) if priority in known else 9
    most = 2**64 - 1
    behind = most
    if rank is not None:
        bits: int = struct.unpack(">Q", struct.pack(">d", -rank + 0.0))[0]
        behind = bits ^ (most if bits >> 63 else 1 << 63)
    return f"{urgency}{behind:020d}{9_999_999 if due is None else due.toordinal():07d}"
