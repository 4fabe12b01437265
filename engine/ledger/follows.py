"""Messages that follow from what somebody did with another one, such as a confirmation. They belong to the
same occurrence, at places that no action of a play has, so that each is written at most once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Select, select

from ..decide.model import Person, TouchRow, identifier
from .events import Event, record
from .links import LinkRow
from .response_tables import link
from .tables import occurrence, touch, touch_member
from .tasks import Act
from .write import TOUCH_ELSEWHERE, add_touches

CONFIRMATION: Final = -1
EXPORT: Final = -2  # the first channel's; each next one's is one less
SENT_AGAIN: Final = -1000  # the revision that is sent is taken off

_READ: Final = tuple(
    name for name in TouchRow._fields if name not in TOUCH_ELSEWHERE or name in ("cc", "sender")
)


def message_of(connection: Connection, of: LinkRow) -> TouchRow | None:
    """The message that carried a link, as one about the link's own record; None: no message did."""
    found = None if of.touch is None else _read(connection, _touches().where(touch.c.id == of.touch))
    if found is None:
        return None
    members = select(occurrence.c.id).join(touch_member, touch_member.c.occurrence == occurrence.c.id)
    own = members.where(touch_member.c.touch == found.id, occurrence.c.record == of.record).limit(1)
    return found._replace(
        occurrence=connection.execute(own).scalar() or found.occurrence,
        record=of.record,
        cycle=of.cycle,
        account=of.account,
    )


def link_of_quote(connection: Connection, quote_id: str, record_key: str) -> LinkRow | None:
    """The last link to a quote that went out in a message; None where none did."""
    columns = [link.c[one] for one in LinkRow.__dataclass_fields__]
    rows = connection.execute(
        select(*columns)
        .where(link.c.purpose == "quote", link.c.record == record_key, link.c.touch.is_not(None))
        .order_by(link.c.created_at.desc(), link.c.id)
    )
    return next((found for row in rows if (found := LinkRow(*row)).context.get("quote") == quote_id), None)


def after(parent: TouchRow, place: int, act: Act) -> TouchRow:
    """A message that follows from another one, to the same person, to be sent now."""
    return parent._replace(
        id=identifier("follows", parent.occurrence, str(place), parent.recipient.casefold()),
        action=place,
        cc=(),
        copies=(),
        variant="",
        state="queued",
        reason="",
        fired_on=act.today,
        send_at=act.at,
        deadline=None,
        members=(),
        offers=(),
    )


def is_there(connection: Connection, touch_id: str) -> bool:
    """Whether such a message was written before."""
    return connection.execute(select(touch.c.id).where(touch.c.id == touch_id)).first() is not None


def queue(connection: Connection, rows: Sequence[TouchRow], act: Act, why: str) -> None:
    """Write the messages down to be delivered. One that is there already fails the transaction."""
    add_touches(connection, rows)
    record(connection, [Event(act.at, act.actor, "touch.queued", row.id, {"reason": why}) for row in rows])


def _touches() -> Select[Any]:
    return select(*(touch.c[name] for name in _READ))


def _read(connection: Connection, statement: Select[Any]) -> TouchRow | None:
    row = connection.execute(statement).first()
    if row is None:
        return None
    values = dict(zip(_READ, row, strict=True))
    values["cc"] = tuple(values["cc"])
    values["sender"] = Person(**values["sender"]) if values["sender"] else None
    return TouchRow(**values)
