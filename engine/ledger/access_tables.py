"""The tables of who may use the staff pages and the API: accounts, sessions, attempts to sign in, tokens.

Every change here needs a migration (a test compares both).
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from .columns import UtcDateTime
from .tables import metadata

# ``name`` is the key of the `user` that tasks are assigned to. ``password`` is a hash of argon2 (none: only
# the identity provider lets them in); ``issuer`` and ``subject``: whom that provider showed the first time.
staff_account = Table(
    "staff_account",
    metadata,
    Column("name", Text, primary_key=True),
    Column("email", Text),
    Column("role", Text, nullable=False),
    Column("password", Text),
    Column("issuer", Text),
    Column("subject", Text),
    Column("made_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    UniqueConstraint("email", name="uq_staff_account"),
    UniqueConstraint("issuer", "subject", name="uq_staff_account_subject"),
)

# ``id`` is a hash of what the browser holds. ``seen_at`` is when it was last used, to a few minutes.
staff_session = Table(
    "staff_session",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey("staff_account.name"), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)
Index("ix_staff_session_account", staff_session.c.account)

# How often somebody failed to sign in since a moment. ``caller`` is a hash of an address or a name.
staff_attempt = Table(
    "staff_attempt",
    metadata,
    Column("caller", Text, primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("count", Integer, nullable=False),
)

# The right of a program to act for an account. ``secret`` is the SHA-256 of what it shows; ``role`` bounds
# what it may further than the account's own. A name is used once: the audit trail tells by it who acted.
staff_token = Table(
    "staff_token",
    metadata,
    Column("name", Text, primary_key=True),
    Column("account", Text, ForeignKey("staff_account.name"), nullable=False),
    Column("role", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)
