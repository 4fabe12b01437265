"""What workers held that are gone, or whose lease is over, is taken back; what may have left is `unknown`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, exists, or_, select, update

from . import tables
from .delivery import Note
from .events import Event, record
from .presence import epoch, is_gone

_REASON = "the worker stopped while sending it"

_touch, _claim = tables.touch.c, tables.claim.c
_HELD = select(tables.claim).where(exists().where(_touch.claim == _claim.id))
_WENT = (
    update(tables.touch)
    .where(
        _touch.id == bindparam("went"), _touch.claim == bindparam("number"), _touch.state == "transmitting"
    )
    .values(state="sent", reason="", claim=None)
    .returning(_touch.id)
)


def recover(connection: Connection, *, wall: datetime, now: datetime, on: date) -> int:
    """Take back what workers held. What they noted as sent is; what may have left becomes ``unknown`` and is
    never resent by itself: the touch that was being sent; all of a group where a crash of the machine may
    have lost which one it was. The rest is queued again. Gives how many are unknown."""
    lost = _lost(connection, wall)
    if not lost:
        return 0
    stands = epoch(connection)
    numbers = [one.id for one in lost]
    held = _touch.claim.in_(numbers)
    _settle_noted(connection, lost)
    doubtful = _touch.claim.in_([one.id for one in lost if not stands or one.epoch != stands])
    sending = _touch.id.in_([one.sending for one in lost if one.sending])
    unknown = (
        update(tables.touch)
        .where(held, _touch.state == "transmitting", or_(doubtful, sending))
        .values(state="unknown", reason=_REASON, claim=None, sent_at=now, sent_on=on)
        .returning(_touch.id)
    )
    ids = list(connection.execute(unknown).scalars())
    untried = {"state": "queued", "next_attempt": now, "attempts": _touch.attempts - 1, "claim": None}
    connection.execute(update(tables.touch).where(held, _touch.state == "transmitting").values(untried))
    connection.execute(update(tables.touch).where(held).values(claim=None))
    connection.execute(delete(tables.claim).where(_claim.id.in_(numbers)))
    record(connection, [Event(now, "recovery", "touch.unknown", one, {"detail": _REASON}) for one in ids])
    return len(ids)


def _lost(connection: Connection, wall: datetime) -> list[Row[Any]]:
    """The claims that hold something and are over, locked: a worker that comes back at this moment has said
    so before, and keeps its claim, or finds it gone."""

    def over(one: Row[Any]) -> bool:
        return bool(one.lease_until <= wall) or is_gone(connection, one.presence)

    seen = [one.id for one in connection.execute(_HELD) if over(one)]
    locked = select(tables.claim).where(_claim.id.in_(seen)).order_by(_claim.id).with_for_update()
    return [one for one in connection.execute(locked) if over(one)] if seen else []


def _settle_noted(connection: Connection, claims: Sequence[Row[Any]]) -> None:
    """What a worker has noted with its last announcement went, and is not in doubt."""
    happened: list[Event] = []
    for claim in claims:
        for note in (Note(*one) for one in claim.sent):
            at, on = datetime.fromisoformat(note.at), date.fromisoformat(note.on)
            went = _WENT.values(sent_at=at, sent_on=on)
            if connection.execute(went, {"went": note.touch, "number": claim.id}).first():
                told = {"outcome": "sent", "detail": note.detail}
                happened.append(Event(at, claim.worker, "touch.sent", note.touch, told))
    record(connection, happened)
