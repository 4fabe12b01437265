"""What the product shows in itself (`via: feed`): out until it is withdrawn or put away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, select, update

from ..chunks import chunks
from ..decide.contacts import normal
from ..decide.model import QueuedTouch, TouchRow
from .bulk import insert
from .errors import AbsentRowError
from .events import Event, record
from .response_tables import feed_item
from .tables import message, touch
from .tasks import Act

# Built once: every run asks it, and so does every day of a test. Ordered by the items' own column: by that of
# touches, SQLite would look through all that ever were.
_OUT = (
    select(*[touch.c[one.name] for one in fields(QueuedTouch)])
    .join_from(feed_item, touch, touch.c.id == feed_item.c.touch)
    .where(feed_item.c.closed_at.is_(None), touch.c.state == "sent")
    .order_by(feed_item.c.touch)
)


def add(connection: Connection, rows: Sequence[TouchRow]) -> None:
    """Messages that will be shown once they are delivered."""
    insert(connection, feed_item, ("touch",), [(row.id,) for row in rows])


def shown(
    connection: Connection,
    *,
    contact: str | None = None,
    record_key: str | None = None,
    account: str | None = None,
) -> list[dict[str, Any]]:
    """What is to be shown to a contact (an address), about a record or an account; the newest first. Each has
    ``id``, ``playbook``, ``play``, ``entity``, ``record``, ``account``, ``contact``, ``since``, and what is
    shown: ``subject``, ``text``, ``html``."""
    about = [touch.c[name] for name in ("id", "playbook", "play", "entity", "record", "account")]
    statement = (
        select(*about, touch.c.address.label("contact"), touch.c.sent_at.label("since"), message.c.bytes)
        .join_from(feed_item, touch, touch.c.id == feed_item.c.touch)
        .join(message, message.c.touch == touch.c.id)
        .where(feed_item.c.closed_at.is_(None), touch.c.state == "sent")
        .order_by(touch.c.sent_at.desc(), touch.c.id)
    )
    if contact is not None:
        statement = statement.where(touch.c.address == normal(contact))
    if record_key is not None:
        statement = statement.where(touch.c.record == record_key)
    if account is not None:
        statement = statement.where(touch.c.account == account)
    rows = (dict(row) for row in connection.execute(statement).mappings())
    return [{**row, **json.loads(row.pop("bytes"))} for row in rows]


def open_items(connection: Connection) -> list[QueuedTouch]:
    """What is shown now, as far as the facts may withdraw it."""
    return [QueuedTouch(*row) for row in connection.execute(_OUT)]


def put_away(connection: Connection, item: str, act: Act) -> None:
    """Somebody has seen it and wants it shown no more. Raises ``AbsentRowError`` if it is not shown."""
    if not _close(connection, [(item, "seen")], act):
        raise AbsentRowError(f"there is nothing shown of the id `{item}`")


def withdraw(connection: Connection, items: Sequence[tuple[str, str]], act: Act) -> int:
    """Show items (id, reason) no more; those that are not shown stay as they are. Gives how many were."""
    return _close(connection, items, act)


def _close(connection: Connection, items: Sequence[tuple[str, str]], act: Act) -> int:
    reasons = dict(items)
    done: list[str] = []
    for ids in chunks(list(reasons)):
        statement = (
            update(feed_item)
            .where(feed_item.c.touch.in_(ids), feed_item.c.closed_at.is_(None))
            .values(closed_at=act.at)
            .returning(feed_item.c.touch)
        )
        done += connection.execute(statement).scalars()
    record(
        connection, [Event(act.at, act.actor, "feed.closed", one, {"reason": reasons[one]}) for one in done]
    )
    return len(done)
