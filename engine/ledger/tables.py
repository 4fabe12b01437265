"""The tables of the ledger. Rows of ``decision`` and ``event`` are only ever added.

Every change here needs a migration (a test compares both). Days are the project's local days, moments UTC.
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
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from .columns import SERIAL, JsonText, UtcDateTime

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

# ``number`` is the order in which runs were committed; ``summary`` is completed when the run closes.
run = Table(
    "run",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("as_of", UtcDateTime, nullable=False),
    Column("day", Date, nullable=False),
    Column("snapshot", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("summary", JsonText, nullable=False),
)

# ``identity`` is the name that the play had in its own first run, with a number where another play had it
# before: it stays over renames, and no two plays have the same.
play = Table(
    "play",
    metadata,
    Column("playbook", Text, primary_key=True),
    Column("play", Text, primary_key=True),
    Column("first_run", Date, nullable=False),
    Column("last_run", Date, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("identity", Text, nullable=False, server_default=""),
)

foreseen = Table(
    "foreseen",
    metadata,
    Column("playbook", Text, primary_key=True),
    Column("play", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("count", Integer, nullable=False),
)

occurrence = Table(
    "occurrence",
    metadata,
    Column("id", Text, primary_key=True),
    Column("playbook", Text, nullable=False),
    Column("play", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("cycle", Text),
    Column("target", Text, nullable=False),
    Column("anchor", Date),
    Column("due", Date, nullable=False),
    Column("deadline", Date),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("fired_on", Date),
    Column("decided_on", Date, nullable=False),
    Column("held_since", Date),
    Column("episode", Integer),
    Column("parent", Text),
    Column("run", Text, ForeignKey("run.id"), nullable=False),
    UniqueConstraint("playbook", "play", "record", "key"),
)
# What a later run or a person decides again is few; a small index finds it among years of closed ones.
Index(
    "ix_occurrence_open",
    occurrence.c.playbook,
    occurrence.c.play,
    sqlite_where=text("open = 1"),
    postgresql_where=text("open"),
)
Index(
    "ix_occurrence_fired_on",
    occurrence.c.fired_on,
    sqlite_where=occurrence.c.fired_on.is_not(None),
    postgresql_where=occurrence.c.fired_on.is_not(None),
)

decision = Table(
    "decision",
    metadata,
    Column("occurrence", Text, ForeignKey("occurrence.id"), primary_key=True),
    Column("run", Text, ForeignKey("run.id"), primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_decision_run", decision.c.run, decision.c.occurrence)

episode = Table(
    "episode",
    metadata,
    Column("playbook", Text, primary_key=True),
    Column("play", Text, primary_key=True),
    Column("record", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("entity", Text, nullable=False),
    Column("cycle", Text),
    Column("seen_on", Date, nullable=False),
    Column("opened_on", Date),
    Column("fired_on", Date),
    Column("closed_on", Date),
    Column("closed_by", Text, nullable=False),
)

# A claim is the right of one worker to send some touches until ``lease_until``; its id is the fence.
# ``presence`` and ``epoch`` say whether the worker is there and what it wrote has lasted (``presence.py``);
# ``sending`` is the touch whose bytes may be leaving now, ``sent`` those that went and are not settled yet
# (``delivery.Note``). A claim that is taken back is deleted.
claim = Table(
    "claim",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("worker", Text, nullable=False),
    Column("claimed_at", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime, nullable=False),
    Column("presence", Text, nullable=False),
    Column("epoch", Text, nullable=False),
    Column("sending", Text),
    Column("sent", JsonText, nullable=False, server_default="[]"),
    sqlite_autoincrement=True,
)

# One row, made when first asked for: a new token says that commits which were not synced may be lost.
epoch = Table(
    "epoch", metadata, Column("id", Integer, primary_key=True), Column("token", Text, nullable=False)
)

# ``next_attempt`` is set while, and only while, the touch waits to be sent (queued, deferred); it starts as
# ``send_at``. ``claim`` is the claim that holds it now. ``sent_at`` is when it went or may have gone.
# ``address`` is the recipient's as it is compared; ``customer``: it counts against caps; ``deadline``: the
# last day on which a cap may put it off; ``timezone`` and ``country`` are of the recipient, for quiet hours.
touch = Table(
    "touch",
    metadata,
    Column("id", Text, primary_key=True),
    Column("occurrence", Text, ForeignKey("occurrence.id"), nullable=False),
    Column("playbook", Text, nullable=False),
    Column("play", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("cycle", Text),
    Column("account", Text),
    Column("action", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("recipient_name", Text),
    Column("locale", Text),
    Column("cc", JsonText, nullable=False),
    Column("sender", JsonText),
    Column("context", JsonText, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("fired_on", Date, nullable=False),
    Column("send_at", UtcDateTime, nullable=False),
    Column("run", Text, ForeignKey("run.id"), nullable=False),
    Column("next_attempt", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("first_attempt", UtcDateTime),
    Column("claim", SERIAL, ForeignKey("claim.id")),
    Column("sent_at", UtcDateTime),
    Column("sent_on", Date),
    Column("address", Text),
    Column("customer", Boolean, nullable=False, server_default=false()),
    Column("topic", Text, nullable=False, server_default=""),
    Column("topic_kind", Text, nullable=False, server_default=""),
    Column("variant", Text, nullable=False, server_default=""),
    Column("subject", Text),
    Column("timezone", Text),
    Column("country", Text),
    Column("deadline", Date),
    UniqueConstraint("occurrence", "action", "recipient"),
)
Index(
    "ix_touch_queue",
    touch.c.next_attempt,
    touch.c.id,
    sqlite_where=touch.c.next_attempt.is_not(None),
    postgresql_where=touch.c.next_attempt.is_not(None),
)
Index(
    "ix_touch_claim",
    touch.c.claim,
    sqlite_where=touch.c.claim.is_not(None),
    postgresql_where=touch.c.claim.is_not(None),
)
Index("ix_touch_record", touch.c.record)
# What was sent to somebody lately is looked up before each send, and read once a run.
Index("ix_touch_address", touch.c.address)
Index(
    "ix_touch_account",
    touch.c.account,
    sqlite_where=text("customer = 1"),
    postgresql_where=text("customer"),
)
Index(
    "ix_touch_sent_at",
    touch.c.sent_at,
    sqlite_where=touch.c.sent_at.is_not(None),
    postgresql_where=touch.c.sent_at.is_not(None),
)

touch_member = Table(
    "touch_member",
    metadata,
    Column("occurrence", Text, ForeignKey("occurrence.id"), primary_key=True),
    Column("touch", Text, ForeignKey("touch.id"), primary_key=True),
    sqlite_with_rowid=False,
)

# Addresses of customers that a message goes to beside its recipient.
touch_copy = Table(
    "touch_copy",
    metadata,
    Column("address", Text, primary_key=True),
    Column("touch", Text, ForeignKey("touch.id"), primary_key=True),
    sqlite_with_rowid=False,
)

message = Table(
    "message",
    metadata,
    Column("touch", Text, ForeignKey("touch.id"), primary_key=True),
    Column("sender", Text, nullable=False),
    Column("recipients", JsonText, nullable=False),
    Column("headers", JsonText, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

# ``checklist`` is a list of {"text", "done"}; ``place`` what the worklist is sorted by (``place.place_of``);
# ``outcomes`` what may come of it ([name, words], in order), asked on closing; ``mails`` the messages that
# are prepared for its assignee to send (``mails.Prepared``).
task = Table(
    "task",
    metadata,
    Column("id", Text, ForeignKey("touch.id"), primary_key=True),
    Column("playbook", Text, nullable=False),
    Column("play", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("cycle", Text),
    Column("account", Text),
    Column("title", Text, nullable=False),
    Column("assignee", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("rank", Double),
    Column("due", Date),
    Column("kind", Text, nullable=False),
    Column("checklist", JsonText, nullable=False),
    Column("action", Integer, nullable=False),
    Column("episode", Integer),
    Column("opened_on", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("snoozed_until", Date),
    Column("closed_on", Date),
    Column("closed_by", Text),
    Column("outcome", Text),
    Column("note", Text),
    Column("place", Text, nullable=False, server_default=""),
    Column("outcomes", JsonText, nullable=False, server_default="[]"),
    Column("mails", JsonText, nullable=False, server_default="[]"),
)
Index(
    "ix_task_open",
    task.c.assignee,
    task.c.place,
    task.c.id,
    sqlite_where=task.c.closed_on.is_(None),
    postgresql_where=task.c.closed_on.is_(None),
)
Index(
    "ix_task_place",
    task.c.place,
    task.c.id,
    sqlite_where=task.c.closed_on.is_(None),
    postgresql_where=task.c.closed_on.is_(None),
)
Index(
    "ix_task_snoozed",
    task.c.place,
    task.c.id,
    sqlite_where=task.c.snoozed_until.is_not(None),
    postgresql_where=task.c.snoozed_until.is_not(None),
)
Index("ix_task_record", task.c.record)
Index("ix_task_account", task.c.account)

# Who is not written to: ``reason`` as in decide.contacts, ``scope`` a topic or *, ``until`` its end (none:
# for good). A row that was lifted stays.
suppression = Table(
    "suppression",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("address", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),
    Column("actor", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("lifted_at", UtcDateTime),
    Column("lifted_by", Text),
    Column("lifted_for", Text),
    sqlite_autoincrement=True,
)
Index(
    "ix_suppression_active",
    suppression.c.address,
    suppression.c.reason,
    suppression.c.scope,
    unique=True,
    sqlite_where=suppression.c.lifted_at.is_(None),
    postgresql_where=suppression.c.lifted_at.is_(None),
)

# Who agreed to be written to for promotion: on which ``ground``, when, how (``evidence``) and to which
# version of which words (``wording``). A row that was withdrawn stays: it proves what was sent before.
consent = Table(
    "consent",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("address", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("wording", Text, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    Column("withdrawn_by", Text),
    sqlite_autoincrement=True,
)
Index(
    "ix_consent_active",
    consent.c.address,
    consent.c.scope,
    unique=True,
    sqlite_where=consent.c.withdrawn_at.is_(None),
    postgresql_where=consent.c.withdrawn_at.is_(None),
)

# ``scope`` is PLAYBOOK, PLAYBOOK.PLAY or *.
pause = Table(
    "pause",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
)

# Every act of a person and every change of a touch's or task's state. ``subject`` is the touch's (task's)
# id or a scope. ``digest`` is of the rest of the row (``events.digest``): it stays when a person is erased.
event = Table(
    "event",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("data", JsonText, nullable=False),
    Column("digest", Text, nullable=False, server_default=""),
    Index("ix_event_subject", "subject"),
    sqlite_autoincrement=True,
)
