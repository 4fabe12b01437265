"""What customers do: links, answers, quotes, opportunities, replies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _links()
    _answers()
    _quotes()
    _opportunities()


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _links() -> None:
    """Links of messages, and the nonces of their pages that were used."""
    op.create_table(
        "link",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("touch", sa.Text()),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Text()),
        sa.Column("account", sa.Text()),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("expires_at", _moment(), nullable=False),
        sa.Column("revoked_at", _moment()),
        sa.Column("revoked_by", sa.Text()),
        sa.ForeignKeyConstraint(["touch"], ["touch.id"], name="fk_link_touch"),
        sa.PrimaryKeyConstraint("id", name="pk_link"),
        sa.UniqueConstraint("token_hash", name="uq_link"),
    )
    op.create_index("ix_link_record", "link", ["record"])
    op.create_index("ix_link_touch", "link", ["touch"])
    op.create_table(
        "nonce",
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("used_at", _moment(), nullable=False),
        sa.ForeignKeyConstraint(["link"], ["link.id"], name="fk_nonce_link"),
        sa.PrimaryKeyConstraint("text", name="pk_nonce"),
        sqlite_with_rowid=False,
    )


def _answers() -> None:
    """What was answered, each time, and what a person said of suspicious answers."""
    op.create_table(
        "submission",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("link", sa.Text()),
        sa.Column("survey", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Text()),
        sa.Column("account", sa.Text()),
        sa.Column("respondent", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("quarantine", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["link"], ["link.id"], name="fk_submission_link"),
        sa.PrimaryKeyConstraint("id", name="pk_submission"),
        sa.UniqueConstraint("series", "number", name="uq_submission"),
    )
    op.create_index("ix_submission_record", "submission", ["record"])
    op.create_index("ix_submission_source", "submission", ["source", "at"])
    op.create_table(
        "answer",
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("number", sa.Double()),
        sa.Column("amount", sa.Text()),
        sa.Column("currency", sa.Text()),
        sa.Column("date", sa.Date()),
        sa.Column("name", sa.Text()),
        sa.ForeignKeyConstraint(["submission"], ["submission.id"], name="fk_answer_submission"),
        sa.PrimaryKeyConstraint("submission", "question", name="pk_answer"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "submission_review",
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["submission"], ["submission.id"], name="fk_submission_review_submission"),
        sa.PrimaryKeyConstraint("submission", name="pk_submission_review"),
        sqlite_with_rowid=False,
    )


def _quotes() -> None:
    """Quotes, each revision, and who accepted."""
    op.create_table(
        "quote",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("pricebook", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Text()),
        sa.Column("account", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("made_at", _moment(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("sent_on", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_quote"),
    )
    op.create_index("ix_quote_record", "quote", ["record"])
    op.create_table(
        "quote_revision",
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("total", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.Date()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("made_at", _moment(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["quote"], ["quote.id"], name="fk_quote_revision_quote"),
        sa.PrimaryKeyConstraint("quote", "number", name="pk_quote_revision"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "quote_acceptance",
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("link", sa.Text()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["link"], ["link.id"], name="fk_quote_acceptance_link"),
        sa.ForeignKeyConstraint(["quote"], ["quote.id"], name="fk_quote_acceptance_quote"),
        sa.PrimaryKeyConstraint("quote", name="pk_quote_acceptance"),
        sqlite_with_rowid=False,
    )


def _opportunities() -> None:
    """Leads, and replies to messages."""
    op.create_table(
        "opportunity",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("playbook", sa.Text(), nullable=False),
        sa.Column("play", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Text()),
        sa.Column("account", sa.Text()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=False),
        sa.Column("amount", sa.Text()),
        sa.Column("currency", sa.Text()),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.Column("meeting_on", sa.Date()),
        sa.Column("closed_on", sa.Date()),
        sa.Column("note", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_opportunity"),
    )
    op.create_index(
        "ix_opportunity_open",
        "opportunity",
        ["assignee"],
        sqlite_where=sa.text("closed_on IS NULL"),
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.create_index("ix_opportunity_record", "opportunity", ["record"])
    op.create_table(
        "reply",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("touch", sa.Text()),
        sa.Column("entity", sa.Text()),
        sa.Column("record", sa.Text()),
        sa.Column("cycle", sa.Text()),
        sa.Column("account", sa.Text()),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["touch"], ["touch.id"], name="fk_reply_touch"),
        sa.PrimaryKeyConstraint("message_id", name="pk_reply"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_reply_contact", "reply", ["contact"])
