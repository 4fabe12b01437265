"""The tables of what customers do: links, answers, quotes, opportunities, replies.

Rows of ``nonce``, ``submission``, ``answer``, ``submission_review``, ``quote_revision``, ``quote_acceptance``
and ``reply`` are only ever added. Every change here needs a migration (a test compares both).
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from .columns import AmountText, JsonText, UtcDateTime
from .tables import metadata

# One link in one message. ``about`` is the survey's or price book's name, or empty; ``context`` holds the
# values that the page shows and its conditions read, as they were when the message was made. The token itself
# is not here: whoever reads the ledger cannot open a link.
link = Table(
    "link",
    metadata,
    Column("id", Text, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("purpose", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("touch", Text, ForeignKey("touch.id")),
    Column("entity", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("cycle", Text),
    Column("account", Text),
    Column("recipient", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("context", JsonText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("revoked_by", Text),
)
Index("ix_link_record", link.c.record)
Index("ix_link_touch", link.c.touch)

# A nonce is written down when it is used: a second use finds it here.
nonce = Table(
    "nonce",
    metadata,
    Column("text", Text, primary_key=True),
    Column("link", Text, ForeignKey("link.id"), nullable=False),
    Column("used_at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

# All answers of one person to one survey about one record in one cycle are one ``series``; each time they
# are sent is the next ``number`` of it. ``quarantine``: why they are kept apart until a person has looked
# (empty: they are not). ``source`` is a hash of the network address; ``actor`` who filled it in: the
# respondent or staff.
submission = Table(
    "submission",
    metadata,
    Column("id", Text, primary_key=True),
    Column("series", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("link", Text, ForeignKey("link.id")),
    Column("survey", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("cycle", Text),
    Column("account", Text),
    Column("respondent", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("day", Date, nullable=False),
    Column("quarantine", Text, nullable=False),
    Column("source", Text, nullable=False),
    UniqueConstraint("series", "number"),
)
Index("ix_submission_record", submission.c.record)
Index("ix_submission_account", submission.c.account)
Index("ix_submission_source", submission.c.source, submission.c.at)

# ``value`` is what answer() gives; ``number``, ``amount`` with ``currency`` and ``date`` are the same, typed.
answer = Table(
    "answer",
    metadata,
    Column("submission", Text, ForeignKey("submission.id"), primary_key=True),
    Column("question", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("value", Text, nullable=False),
    Column("number", Double),
    Column("amount", AmountText),
    Column("currency", Text),
    Column("date", Date),
    Column("name", Text),
    sqlite_with_rowid=False,
)

submission_review = Table(
    "submission_review",
    metadata,
    Column("submission", Text, ForeignKey("submission.id"), primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("note", Text, nullable=False),
    sqlite_with_rowid=False,
)

# One quote a price book, record and cycle. ``revision`` is the current one.
quote = Table(
    "quote",
    metadata,
    Column("id", Text, primary_key=True),
    Column("pricebook", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("cycle", Text),
    Column("account", Text),
    Column("state", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_on", Date, nullable=False),
    Column("sent_on", Date),
)
Index("ix_quote_record", quote.c.record)
Index("ix_quote_account", quote.c.account)

# ``hash`` is of everything else in the row and of the hash before it: a revision that was changed shows.
quote_revision = Table(
    "quote_revision",
    metadata,
    Column("quote", Text, ForeignKey("quote.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", JsonText, nullable=False),
    Column("total", AmountText, nullable=False),
    Column("currency", Text, nullable=False),
    Column("valid_until", Date),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    sqlite_with_rowid=False,
)

# ``name`` as typed, ``terms`` as ticked, ``source`` a hash of the network address.
quote_acceptance = Table(
    "quote_acceptance",
    metadata,
    Column("quote", Text, ForeignKey("quote.id"), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("link", Text, ForeignKey("link.id")),
    Column("name", Text, nullable=False),
    Column("terms", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("day", Date, nullable=False),
    sqlite_with_rowid=False,
)

# A lead that customer success found. Its id is its touch's, or its own where a person entered it.
opportunity = Table(
    "opportunity",
    metadata,
    Column("id", Text, primary_key=True),
    Column("playbook", Text, nullable=False),
    Column("play", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("cycle", Text),
    Column("account", Text),
    Column("title", Text, nullable=False),
    Column("assignee", Text, nullable=False),
    Column("amount", AmountText),
    Column("currency", Text),
    Column("stage", Text, nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("changed_on", Date, nullable=False),
    Column("meeting_on", Date),
    Column("closed_on", Date),
    Column("note", Text),
)
Index("ix_opportunity_record", opportunity.c.record)
Index("ix_opportunity_account", opportunity.c.account)
Index(
    "ix_opportunity_open",
    opportunity.c.assignee,
    sqlite_where=opportunity.c.closed_on.is_(None),
    postgresql_where=opportunity.c.closed_on.is_(None),
)

# A message that the product shows. ``closed_at``: since when it does not any more.
feed_item = Table(
    "feed_item",
    metadata,
    Column("touch", Text, ForeignKey("touch.id"), primary_key=True),
    Column("closed_at", UtcDateTime),
    sqlite_with_rowid=False,
)
Index(
    "ix_feed_item_open",
    feed_item.c.touch,
    sqlite_where=feed_item.c.closed_at.is_(None),
    postgresql_where=feed_item.c.closed_at.is_(None),
)

# ``automatic``: an out-of-office note or the like, which is no person's reply.
reply = Table(
    "reply",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("touch", Text, ForeignKey("touch.id")),
    Column("entity", Text),
    Column("record", Text),
    Column("cycle", Text),
    Column("account", Text),
    Column("contact", Text, nullable=False),
    Column("automatic", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("day", Date, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_reply_contact", reply.c.contact)
