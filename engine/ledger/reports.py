"""What mail systems and recipients tell of messages that went: held against the ledger, and only then true.

A report counts for a message of ours (by its Message-ID, or by its touch in the address that the report was
sent to) and for an address that this message went to, once. Everything else changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, Select, select, update

from ...dsl.frozen import frozen
from ..decide.contacts import normal
from . import tables
from .events import Event, record
from .replies import ReplyRow
from .replies import add as add_reply
from .suppression import Suppression, nobody_there, suppress
from .tasks import Act

# What a report came to. ``failed``: the message did not arrive; ``suppressed``: and its address does not
# exist; ``complained``: the recipient is not written to any more; ``sent``: its fate was unknown, and it
# arrived; ``unchanged``: nothing follows from it; ``known``: it was here before; ``foreign``: about no
# message of ours, or nobody that it went to; ``early``: that message is being sent at this moment.
Result = Literal["failed", "suppressed", "complained", "sent", "unchanged", "known", "foreign", "early"]

_ARRIVED: Final = ("sent", "unknown")  # by what we know: the server took it, or may have


@frozen
class Told:
    """What a report says. ``touch`` or ``message_id`` names the message; the other is empty. ``addresses``
    are what the recipient is called; a complaint may have none. ``letter`` tells the letter that it stands in
    from others: a message that was sent again may come back again."""

    kind: Literal["failed", "delivered", "complaint"]
    message_id: str
    touch: str
    addresses: tuple[str, ...]
    status: str
    detail: str
    letter: str = ""

    @property
    def reason(self) -> str:
        """Why a message failed, for people."""
        return " ".join(filter(None, ("bounced:", self.status, self.detail))).rstrip(":")


def receive(connection: Connection, told: Told, act: Act) -> tuple[Result, str]:
    """Let a report count. Gives what it came to, and the touch that it is about ("" for none)."""
    row = _message(connection, told)
    address = _recipient(row, told) if row is not None else ""
    if row is None or not address:
        return "foreign", ""
    if row.state == "transmitting":
        return "early", row.id
    if _is_known(connection, row.id, told, address):
        return "known", row.id
    data = {"address": address, "status": told.status, "detail": told.detail, "letter": told.letter}
    record(connection, [Event(act.at, act.actor, f"report.{told.kind}", row.id, data)])
    match told.kind:
        case "failed":
            return _failed(connection, row, address, told, act), row.id
        case "delivered":
            return _arrived(connection, row, act), row.id
        case "complaint":
            _arrived(connection, row, act)
            suppress(connection, [Suppression(address, "complaint", note=told.detail)], act)
            return "complained", row.id


def _message(connection: Connection, told: Told) -> Row[Any] | None:
    """The message that a report is about. On PostgreSQL its touch is held until the transaction ends: reports
    on one message queue."""
    touch, message = tables.touch.c, tables.message.c
    wanted = told.touch or told.message_id.lstrip("<").partition("@")[0]
    statement: Select[Any] = (
        select(touch.id, touch.state, touch.address, message.message_id, message.recipients)
        .join_from(tables.touch, tables.message, message.touch == touch.id)
        .where(touch.id == wanted)
        .with_for_update(of=tables.touch)
    )
    row = connection.execute(statement).one_or_none()
    if row is None or not (told.touch or row.message_id == told.message_id):
        return None
    return row


def _recipient(row: Row[Any], told: Told) -> str:
    """Which of the message's addresses it is about; "" for none. Without any (some complaints), it is about
    the one that there is."""
    ours = [normal(address) for address in row.recipients]
    if not told.addresses:
        return ours[0] if len(ours) == 1 else ""
    return next((address for address in map(normal, told.addresses) if address in ours), "")


def _is_known(connection: Connection, touch: str, told: Told, address: str) -> bool:
    event = tables.event.c
    same = select(event.data).where(event.subject == touch, event.kind == f"report.{told.kind}")
    seen = connection.execute(same).scalars()
    return any((one.get("address"), one.get("letter")) == (address, told.letter) for one in seen)


def _failed(connection: Connection, row: Row[Any], address: str, told: Told, act: Act) -> Result:
    """The message failed if it was its recipient, and not somebody with a copy, whom it did not reach."""
    gone = nobody_there(told.status)
    if gone:
        suppress(connection, [Suppression(address, "bounce", note=told.reason)], act)
    lost = address == row.address and row.state in _ARRIVED
    if lost:
        change = {"state": "failed", "reason": told.reason, "sent_at": None, "sent_on": None}
        _change(connection, row.id, change, act)
    return "suppressed" if gone else "failed" if lost else "unchanged"


def _arrived(connection: Connection, row: Row[Any], act: Act) -> Result:
    if row.state != "unknown":
        return "unchanged"
    _change(connection, row.id, {"state": "sent", "reason": ""}, act)
    return "sent"


def _change(connection: Connection, touch: str, change: Mapping[str, object], act: Act) -> None:
    connection.execute(update(tables.touch).where(tables.touch.c.id == touch).values(**change))
    happened = Event(act.at, act.actor, f"touch.{change['state']}", touch, {"detail": change["reason"]})
    record(connection, [happened])


def reply(
    connection: Connection, message_id: str, about: Sequence[str], sender: str, *, automatic: bool, act: Act
) -> tuple[Literal["replied", "known", "foreign"], str]:
    """Keep a reply to the nearest message of ours that it names. Gives what it came to, and its touch."""
    row = _answered(connection, about)
    if row is None:
        return "foreign", ""
    place = (row.id, row.entity, row.record, row.cycle, row.account)
    new = add_reply(connection, ReplyRow(message_id, *place, normal(sender), automatic, act.at, act.today))
    if not new:
        return "known", row.id
    data = {"automatic": automatic, "from": normal(sender)}
    record(connection, [Event(act.at, act.actor, "reply.received", row.id, data)])
    return "replied", row.id


def _answered(connection: Connection, about: Sequence[str]) -> Row[Any] | None:
    touch, message = tables.touch.c, tables.message.c
    columns = (touch.id, touch.entity, touch.record, touch.cycle, touch.account, message.message_id)
    ids = [one.lstrip("<").partition("@")[0] for one in about]
    statement: Select[Any] = select(*columns).join_from(
        tables.touch, tables.message, message.touch == touch.id
    )
    found = {row.message_id: row for row in connection.execute(statement.where(touch.id.in_(ids)))}
    return next((found[one] for one in about if one in found), None)
