"""Whether the keys of links are those that the links in customers' hands were signed with.

The ledger keeps the hash of each token. As a token follows from the link and the key, each key shows which
links are its own. Keys follow one another, so the first and the last links that still open something tell of
all.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy import Connection

from ....dsl.diagnostics import PlaycallError
from ...catalog.model import Project
from ...ledger.database import Waits, open_ledger
from ...ledger.links import LinkRow, last_before, open_at_ends
from ...respond.keyring import has_keys, keys_of
from ...respond.links import Keys, Purpose, signed_by
from .check import DRAWN, Check, ok, warn
from .ledger import LOCK_WAITS, file_of

LOOKED_AT: Final = 500  # links at each end
LONG: Final = timedelta(days=730)  # a key that has signed for longer should be followed by another
_NAME: Final = "links signed by keys"


def links(project: Project, now: datetime) -> Iterator[Check]:
    """Which keys are needed, and how long the first has been signing; nothing where there are no links, or
    what they rest on is not well, which other checks say."""
    path = file_of(project)
    config = project.links
    if config is None or not has_keys(config, project.root) or (path is not None and not path.exists()):
        return
    try:
        keys = keys_of(config, project.root)
        opened = open_ledger(project.ledger_url, project.root, Waits(person=LOCK_WAITS, run=LOCK_WAITS))
    except (PlaycallError, OSError):
        return
    try:
        with opened.reading() as connection:
            yield from _needed(open_at_ends(connection, now, LOOKED_AT), keys)
            yield from _age(connection, keys, now)
    finally:
        opened.close()


def _needed(rows: list[LinkRow], keys: Keys) -> Iterator[Check]:
    signers = [_signer(row, keys) for row in rows]
    if not rows:
        return
    if None in signers:
        detail = f"{signers.count(None):,} of {len(rows):,} open links are of a key that is not among `keys`"
        yield warn(_NAME, f"{detail}: they open nothing", "put that key back, behind the one that signs")
        return
    told = []
    for number in range(1, len(keys.secrets) + 1):
        ends = [row.expires_at for row, signer in zip(rows, signers, strict=True) if signer == number]
        told.append(f"key {number} until {max(ends):%Y-%m-%d}" if ends else f"key {number} by no open link")
    yield ok(_NAME, f"{len(rows):,} open links looked at; needed: {', '.join(told)}")


def _age(connection: Connection, keys: Keys, now: datetime) -> Iterator[Check]:
    before = last_before(connection, now - LONG)
    if before is not None and _signer(before, keys) == 1:
        since = f"key 1 has been signing since {before.created_at:%Y-%m-%d} or before"
        yield warn("age of the key of links", since, f"put a new one in front of it: {DRAWN}")


def _signer(row: LinkRow, keys: Keys) -> int | None:
    return signed_by(keys, cast(Purpose, row.purpose), row.id, row.expires_at, row.token_hash)
