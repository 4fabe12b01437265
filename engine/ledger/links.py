"""Links in the ledger: made with their message, found by the hash of their token, revoked, their nonces
used once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, fields
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ...dsl.frozen import frozen
from .bulk import insert
from .events import Event, record
from .response_tables import link as links
from .response_tables import nonce as nonces
from .tasks import Act


@frozen
class LinkRow:
    """One link. ``about``: the survey or price book; ``context``: the values kept with it, encoded."""

    id: str
    token_hash: str
    purpose: str
    about: str
    touch: str | None
    entity: str
    record: str
    cycle: str | None
    account: str | None
    recipient: str
    locale: str
    created_at: datetime
    expires_at: datetime
    context: Mapping[str, object] = field(default_factory=dict)
    revoked_at: datetime | None = None


_COLUMNS = tuple(one.name for one in fields(LinkRow))
_BY_TOKEN = select(*(links.c[name] for name in _COLUMNS)).where(links.c.token_hash == bindparam("token"))
Missing = Literal["unknown", "revoked", "expired"]


def add(connection: Connection, rows: Sequence[LinkRow]) -> None:
    """Write down new links; one that is there already fails the transaction."""
    insert(connection, links, _COLUMNS, [[getattr(row, name) for name in _COLUMNS] for row in rows])


def find(connection: Connection, token_hash: str, now: datetime) -> LinkRow | Missing:
    """The link of a token at a moment, or why it opens nothing."""
    row = connection.execute(_BY_TOKEN, {"token": token_hash}).first()
    if row is None:
        return "unknown"
    found = LinkRow(*row)
    if found.revoked_at is not None:
        return "revoked"
    return "expired" if now >= found.expires_at else found


def open_at_ends(connection: Connection, now: datetime, size: int) -> list[LinkRow]:
    """Of the links that open something, the first and the last that were made, so many of each."""
    links_open = select(*(links.c[name] for name in _COLUMNS)).where(
        links.c.revoked_at.is_(None), links.c.expires_at > now
    )
    orders = ((links.c.created_at, links.c.id), (links.c.created_at.desc(), links.c.id.desc()))
    found = [row for order in orders for row in connection.execute(links_open.order_by(*order).limit(size))]
    return sorted({row.id: LinkRow(*row) for row in found}.values(), key=lambda one: (one.created_at, one.id))


def last_before(connection: Connection, moment: datetime) -> LinkRow | None:
    """The last link that was made before a moment, whatever became of it."""
    made = select(*(links.c[name] for name in _COLUMNS)).where(links.c.created_at < moment)
    row = connection.execute(made.order_by(links.c.created_at.desc(), links.c.id).limit(1)).first()
    return None if row is None else LinkRow(*row)


def latest(connection: Connection, purpose: str, about: str, entity: str, record_key: str) -> LinkRow | None:
    """The last link that was made about a record; None where there is none."""
    statement = (
        select(*(links.c[name] for name in _COLUMNS))
        .where(links.c.purpose == purpose, links.c.about == about)
        .where(links.c.entity == entity, links.c.record == record_key)
        .order_by(links.c.created_at.desc(), links.c.id)
        .limit(1)
    )
    row = connection.execute(statement).first()
    return None if row is None else LinkRow(*row)


def revoke(
    connection: Connection, act: Act, *, link: str | None = None, purpose: str = "", record_key: str = ""
) -> int:
    """Make links open nothing any more: one, or all of a purpose about a record. Gives how many were open."""
    statement = update(links).where(links.c.revoked_at.is_(None))
    if link is not None:
        statement = statement.where(links.c.id == link)
    else:
        statement = statement.where(links.c.purpose == purpose, links.c.record == record_key)
    changed = statement.values(revoked_at=act.at, revoked_by=act.actor).returning(links.c.id)
    ended = sorted(connection.execute(changed).scalars())
    record(connection, [Event(act.at, act.actor, "link.revoked", one) for one in ended])
    return len(ended)


def use_nonce(connection: Connection, text: str, link: str, now: datetime) -> bool:
    """Whether this is the first use of a nonce; it is the last too. Whichever of several at once comes
    first."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(nonces).values(text=text, link=link, used_at=now)
    first = connection.execute(statement.on_conflict_do_nothing().returning(nonces.c.text)).first()
    return first is not None
