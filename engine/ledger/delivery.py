"""The outbox as workers see it: claim, begin, settle, recover.

A touch is sent at most once: it is ``transmitting`` on disk before the first byte of it may leave, its claim
says when it is the one being sent, and only its claim may settle it. A claim ends with its lease, or with its
worker (``recovery.py``); one that comes back later is refused. Leases are in the database's time (``wall``),
what is due in the run's (``now``), which `--as-of` may move.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import (
    BindParameter,
    Connection,
    Integer,
    Row,
    Select,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from ...dsl.frozen import frozen
from ..decide.contacts import normal
from ..decide.model import Person, TouchRow
from ..ports import Envelope
from . import tables
from .bulk import insert as insert_rows
from .bulk import run
from .columns import UtcDateTime, one_of
from .errors import LedgerError
from .events import Event, record
from .pauses import is_over
from .presence import epoch
from .suppression import Suppression, nobody_there, suppress
from .tasks import Act
from .write import WAITING

# After the n-th attempt that a server put off, wait so long; after the last of these, that long each time.
BACKOFF: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 60, 120, 240))
# A touch that servers put off for so long has failed.
RETRY_FOR: Final = timedelta(days=2)

Change = tuple[tuple[str, object], ...]  # columns and their new values; hashable

_MESSAGE = ("touch", "sender", "recipients", "headers", "message_id", "bytes", "created_at")
_TOUCH_FIELDS = tuple(name for name in TouchRow._fields if name not in ("members", "copies", "offers"))

# Written once: to build a statement takes longer than to run it.
_BEGIN = (
    update(tables.touch)
    .where(
        tables.touch.c.id.in_(bindparam("ids", expanding=True)),
        # A sum, so that SQLite does not look through the whole claim by its index for each group of it.
        tables.touch.c.claim + 0 == bindparam("number"),
        one_of(tables.touch.c.state, WAITING),
    )
    .values(
        state="transmitting",
        next_attempt=None,
        attempts=tables.touch.c.attempts + 1,
        first_attempt=func.coalesce(tables.touch.c.first_attempt, bindparam("now", type_=UtcDateTime)),
    )
    .returning(tables.touch.c.id)
)
# Only recovery takes from a claim what it is sending, and it takes the claim's row with it.
_ANNOUNCE = (
    update(tables.claim)
    .where(tables.claim.c.id == bindparam("number"))
    .values(
        sending=bindparam("touch"),
        sent=bindparam("sent", type_=tables.claim.c.sent.type),
        lease_until=bindparam("until", type_=UtcDateTime),
    )
    .returning(tables.claim.c.id)
)
_SETTLE = (
    update(tables.touch)
    .where(
        tables.touch.c.claim + literal_column("0") == bindparam("number"),  # as above
        one_of(tables.touch.c.state, (*WAITING, "transmitting")),
    )
    .returning(tables.touch.c.id)
)
_WAITING = select(func.count()).where(tables.touch.c.next_attempt.is_not(None))
_DUE_BY = tables.touch.c.next_attempt <= bindparam("now", type_=UtcDateTime)
_CHANNELS_WANTED = select(tables.touch.c.channel).where(_DUE_BY).distinct()
_NEW_CLAIM = insert(tables.claim).returning(tables.claim.c.id)


def _claimable() -> Select[tuple[str]]:
    touch, held = tables.touch.c, tables.claim.c
    paused = exists().where(is_over(touch))
    # Said of claims that are over, not of those that run: PostgreSQL judges a row that another worker has
    # just claimed by the row as it is now, but does not see that worker's new claim yet.
    over = held.lease_until <= bindparam("wall", type_=UtcDateTime)
    free = or_(touch.claim.is_(None), exists().where(held.id == touch.claim, over))
    channels: BindParameter[str] = bindparam("channels", expanding=True)
    return (
        select(touch.id)
        .where(_DUE_BY, touch.channel.in_(channels), free, ~paused)
        .order_by(touch.next_attempt, touch.id)
    )


def _claiming(claimable: Select[tuple[str]]) -> ReturningUpdate[Any]:
    touch = tables.touch.c
    due = claimable.limit(bindparam("most", type_=Integer))
    chosen = due.with_for_update(skip_locked=True, of=tables.touch).cte("due")
    return (
        update(tables.touch)
        .where(touch.id.in_(select(chosen.c.id)))
        .values(claim=bindparam("number"))
        .returning(*(touch[name] for name in _TOUCH_FIELDS), touch.attempts, touch.first_attempt)
    )


_FIRST_CLAIMABLE = _claimable().limit(1)
_CLAIM = _claiming(_claimable())


@frozen
class ClaimedTouch:
    """A touch that one worker may send. ``message`` is what an earlier attempt rendered."""

    touch: TouchRow
    claim: int
    attempts: int
    first_attempt: datetime | None
    message: Envelope | None

    @property
    def id(self) -> str:
        return self.touch.id


class Note(NamedTuple):
    """A touch that went and is not settled yet: the server's words, and when (``on``: the local day)."""

    touch: str
    detail: str
    at: str
    on: str

    @classmethod
    def of(cls, touch: str, detail: str, now: datetime, on: date) -> Note:
        return cls(touch, detail, now.isoformat(), on.isoformat())


@frozen
class Settlement:
    """What became of one claimed touch: an ``Outcome``'s state, or ``released`` (never tried); ``refused``
    and ``status`` are an ``Outcome``'s too."""

    touch: ClaimedTouch
    state: Literal["sent", "failed", "retry", "unknown", "released"]
    detail: str = ""
    refused: str = ""
    status: str = ""

    @property
    def nobody(self) -> Suppression | None:
        """The address of the message that does not exist, where that is why it failed."""
        if self.state != "failed" or not nobody_there(self.status):
            return None
        of_message = (self.touch.touch.address, *map(normal, self.touch.touch.cc))
        address = normal(self.refused)
        return Suppression(address, "bounce", note=self.detail) if address in of_message else None


def claim(
    connection: Connection,
    worker: str,
    *,
    limit: int,
    now: datetime,
    wall: datetime,
    lease: timedelta,
    channels: Sequence[str],
    presence: str = "",
) -> list[ClaimedTouch]:
    """Take up to ``limit`` touches of these channels that are due, oldest first. Paused ones are left.
    ``presence`` is the worker's token, by which others see whether it is there."""
    due = {"now": now, "wall": wall, "channels": list(channels)}
    if connection.execute(_FIRST_CLAIMABLE, due).first() is None:
        return []  # an idle worker leaves no trace
    about = {"worker": worker, "presence": presence, "epoch": epoch(connection)}
    number = connection.execute(
        _NEW_CLAIM, {**about, "claimed_at": wall, "lease_until": wall + lease}
    ).scalar_one()
    rows = connection.execute(_CLAIM, {**due, "most": limit, "number": number}).all()
    stored = _stored(connection, [row.id for row in rows if row.first_attempt])
    claimed = [_claimed(row, number, stored.get(row.id)) for row in rows]
    return sorted(claimed, key=lambda one: (one.touch.send_at, one.id))


def begin(
    connection: Connection,
    touches: Sequence[ClaimedTouch],
    messages: Mapping[str, Envelope],
    *,
    now: datetime,
) -> set[str]:
    """Mark the touches that have a message as ``transmitting``, and keep the messages that are new. Only
    those that it gives back may be sent, once the transaction is committed, each when it was announced."""
    given = {"ids": list(messages), "number": touches[0].claim, "now": now}
    begun = set(connection.execute(_BEGIN, given).scalars())
    fresh = [messages[one.id] for one in touches if one.id in begun and one.message is None]
    insert_rows(connection, tables.message, _MESSAGE, [_message(envelope, now) for envelope in fresh])
    return begun


def announce(connection: Connection, touch: ClaimedTouch, until: datetime, sent: Sequence[Note] = ()) -> bool:
    """Say which touch of a claim is sent next, and which went and are not settled yet, and prolong its lease.
    False if the claim was taken back: it must not be sent. The commit may be one that is not synced."""
    given = {"number": touch.claim, "touch": touch.id, "until": until, "sent": sent}
    return bool(run(connection, _ANNOUNCE, given))


def done(connection: Connection, number: int) -> None:
    """Nothing of a claim is under way any more: what it noted is settled."""
    connection.execute(update(tables.claim).where(tables.claim.c.id == number).values(sending=None, sent=()))


def settle(
    connection: Connection, settlements: Sequence[Settlement], *, worker: str, now: datetime, on: date
) -> Counter[str]:
    """Record what became of touches; ``on`` is the project's local day of ``now``. Gives how many came into
    each state, and how many were ``refused``: their lease had passed, and the touch is another's, or a
    person's, by now."""
    groups: dict[tuple[int, Change], list[Settlement]] = {}
    for one in settlements:
        groups.setdefault((one.touch.claim, _change(one, now, on)), []).append(one)
    happened: list[Event] = []
    bounced: list[Suppression] = []
    became: Counter[str] = Counter()
    for (number, change), group in groups.items():
        state = str(dict(change)["state"])
        accepted = _apply(connection, number, change, [one.touch.id for one in group])
        became[state] += len(accepted)
        became["refused"] += len(group) - len(accepted)
        for one in group:
            if one.state == "released" and one.touch.id in accepted:
                continue
            kind = f"touch.{state}" if one.touch.id in accepted else "touch.settle_refused"
            told = {"outcome": one.state, "detail": one.detail}
            happened.append(Event(now, worker, kind, one.touch.id, told))
        if state == "failed":
            bounced += [one.nobody for one in group if one.touch.id in accepted and one.nobody]
    record(connection, happened)
    if bounced:
        suppress(connection, bounced, Act(worker, now, on))
    return became


def settle_by_hand(
    connection: Connection,
    touch_id: str,
    decision: Literal["sent", "failed", "requeue"],
    *,
    actor: str,
    now: datetime,
    on: date,
) -> None:
    """A person says what became of an ``unknown`` touch, or queues an unknown or failed one again."""
    touch = tables.touch.c
    allowed = ("unknown", "failed") if decision == "requeue" else ("unknown",)
    state = connection.execute(select(touch.state).where(touch.id == touch_id)).scalar()
    if state is None:
        raise LedgerError(f"there is no touch `{touch_id}`; `playcall touches` lists them")
    if state not in allowed:
        raise LedgerError(
            f"touch {touch_id} is {state}: only {' or '.join(allowed)} ones can be settled as `{decision}`"
        )
    change: dict[str, object] = {"state": decision, "reason": f"settled by {actor}"}
    if decision == "requeue":
        change |= {"state": "queued", "next_attempt": now, "attempts": 0, "sent_at": None, "sent_on": None}
    if decision == "failed":
        change |= {"sent_at": None, "sent_on": None}
    connection.execute(update(tables.touch).where(touch.id == touch_id, touch.state == state).values(change))
    record(connection, [Event(now, actor, f"touch.{change['state']}", touch_id, {"by_hand": True})])


def waiting(connection: Connection) -> int:
    """How many touches wait to be sent, now or later."""
    return connection.execute(_WAITING).scalar_one()


def channels_wanted(connection: Connection, now: datetime) -> set[str]:
    """The channels of touches that are due."""
    return set(connection.execute(_CHANNELS_WANTED, {"now": now}).scalars())


def _apply(connection: Connection, number: int, change: Change, ids: list[str]) -> set[str]:
    names = tuple(name for name, _ in change)
    values: dict[str, object] = {f"new_{name}": value for name, value in change}
    if len(ids) == 1:
        one = {"touch": ids[0], "number": number, **values}
        return {str(touch) for touch in run(connection, _settling_one(names), one)}
    several = {"touches": ids, "number": number, **values}
    return {row.id for row in connection.execute(_settling(names), several)}


@cache
def _settling_one(names: tuple[str, ...]) -> ReturningUpdate[tuple[str]]:
    return _changing(names).where(tables.touch.c.id == bindparam("touch"))


@cache
def _settling(names: tuple[str, ...]) -> ReturningUpdate[tuple[str]]:
    return _changing(names).where(tables.touch.c.id.in_(bindparam("touches", expanding=True)))


def _changing(names: tuple[str, ...]) -> ReturningUpdate[tuple[str]]:
    return _SETTLE.values({name: bindparam(f"new_{name}") for name in names})


def _change(one: Settlement, now: datetime, on: date) -> Change:
    """The columns of a touch that its settlement changes."""
    change: dict[str, object] = {
        "claim": None,
        "next_attempt": None,
        "state": one.state,
        # A server's words for a sent message are its own each time; the event keeps them.
        "reason": "" if one.state == "sent" else one.detail,
    }
    match one.state:
        case "sent" | "unknown":
            change |= {"sent_at": now, "sent_on": on}
        case "retry":
            change |= _put_off(one, now)
        case "released":
            first = one.touch.attempts == 0
            change |= {
                "state": one.touch.touch.state,
                "reason": one.touch.touch.reason,
                "next_attempt": one.touch.touch.send_at if first else now,
                "attempts": one.touch.attempts,
            }
    return tuple(change.items())


def _put_off(one: Settlement, now: datetime) -> dict[str, object]:
    wait = BACKOFF[min(one.touch.attempts, len(BACKOFF) - 1)]
    if now + wait > (one.touch.first_attempt or now) + RETRY_FOR:
        return {"state": "failed", "reason": f"given up after {RETRY_FOR.days} days: {one.detail}"}
    return {"state": "queued", "next_attempt": now + wait}


def _message(envelope: Envelope, now: datetime) -> tuple[object, ...]:
    recipients = list(envelope.recipients)
    return (
        *(envelope.touch_id, envelope.sender, recipients, dict(envelope.headers)),
        *(envelope.message_id, envelope.payload, now),
    )


def _stored(connection: Connection, ids: list[str]) -> dict[str, Envelope]:
    """The messages that were rendered already, by touch."""
    if not ids:
        return {}
    message = tables.message.c
    columns = (message.touch, message.sender, message.recipients, message.bytes)
    found = connection.execute(
        select(*columns, message.headers, message.message_id).where(message.touch.in_(ids))
    )
    return {
        row.touch: Envelope(
            row.touch, row.sender, tuple(row.recipients), row.bytes, row.headers, row.message_id
        )
        for row in found
    }


def _claimed(row: Row[Any], number: int, message: Envelope | None) -> ClaimedTouch:
    values = dict(zip(_TOUCH_FIELDS, row, strict=False))
    values["cc"] = tuple(values["cc"])
    values["sender"] = Person(**values["sender"]) if values["sender"] else None
    return ClaimedTouch(TouchRow(**values), number, row.attempts, row.first_attempt, message)
