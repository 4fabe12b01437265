"""The tables of operations: slots of schedules, seals of the audit trail, the key of erasures, how far other
systems have been told.

Rows of ``slot`` and ``seal`` are only ever added. Every change here needs a migration (a test compares both).
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, Table, Text

from .columns import SERIAL, JsonText, UtcDateTime
from .tables import metadata

# A slot of a playbook's schedule that was served, by its local date and time: ``2026-03-02T08:00``. ``run``
# decided it (none: the scheduler saw the schedule for the first time, and begins after this slot). ``missed``
# slots before it, from ``missed_from`` on, had no run of their own: this one caught them up.
slot = Table(
    "slot",
    metadata,
    Column("playbook", Text, primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("schedule", Text, nullable=False),
    Column("run", Text, ForeignKey("run.id")),
    Column("missed", Integer, nullable=False),
    Column("missed_from", Text),
    Column("at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

# A link of the chain over events: their ids (``spans``: first and last of each), ``count`` of them, the ids
# before ``last`` that were not there yet (``holes``), and the hash of all that with their digests and the
# hash before it. ``at`` is the time of the latest of them.
seal = Table(
    "seal",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("spans", JsonText, nullable=False),
    Column("holes", JsonText, nullable=False),
    Column("count", Integer, nullable=False),
    Column("last", SERIAL, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

# One row, made when first needed: with it addresses of erased people are turned into what takes their place.
erasure_key = Table(
    "erasure_key",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False),
)

# How far a system that takes tasks one by one has been told: the last event that was sealed then, and what
# was missing before it.
handover = Table(
    "handover",
    metadata,
    Column("name", Text, primary_key=True),
    Column("event", SERIAL, nullable=False),
    Column("holes", JsonText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
