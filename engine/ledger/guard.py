"""What is read again in the transaction that begins a send: pauses, `stop`, suppression, consent, quiet
hours and caps, as they are by then, and a last bound on messages to one address that no rule and no mistake
gets past.

Workers on PostgreSQL that begin messages to the same address or account wait for each other here: each must
see what the one before has begun. Others do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Protocol

from sqlalchemy import (
    BindParameter,
    Connection,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    text,
    true,
    union_all,
    update,
)

from ...dsl.frozen import frozen
from ..catalog.contact_rules import LAST_BOUND_COUNT, LAST_BOUND_WINDOW
from ..chunks import chunks
from ..decide.caps import CAPPED, longer
from ..decide.contacts import Sent, normal, why_suppressed
from ..decide.model import TouchRow
from ..decide.policy import Policy
from ..decide.quiet import next_good_hour
from ..decide.suppressed import PREFIX
from ..decide.traffic import Traffic
from . import tables
from .columns import UtcDateTime
from .contacts import consents, suppressions
from .events import Event, record
from .pauses import scopes_over
from .read import pauses
from .write import WAITING

# Why a message that is queued waits.
QUIET: Final = "quiet hours"
ABSENT: Final = "its play is not in the project's files"
AGAIN: Final = timedelta(hours=1)  # when that is looked at again; the next run cancels what is gone for good

# In one order: two workers must not wait for each other in a circle.
_LOCK_ALL: Final = text(
    "select pg_advisory_xact_lock(key) "
    "from (select unnest(cast(:keys as bigint[])) as key order by key) as keys"
)

_touch, _copy = tables.touch.c, tables.touch_copy.c
_since = bindparam("since", type_=UtcDateTime)
_SENT_SINCE = or_(
    and_(_touch.sent_at > _since, _touch.state.in_(("sent", "unknown"))), _touch.state == "transmitting"
)
_ADDRESSES: Final[BindParameter[str]] = bindparam("addresses", expanding=True)
_COPIED = select(_copy.address).join_from(tables.touch_copy, tables.touch, _copy.touch == _touch.id)
_LATELY = union_all(
    select(_touch.address, func.count())
    .where(_touch.address.in_(_ADDRESSES), _SENT_SINCE)
    .group_by(_touch.address),
    _COPIED.add_columns(func.count())
    .where(_copy.address.in_(_ADDRESSES), _SENT_SINCE)
    .group_by(_copy.address),
)


@frozen
class HeldBack:
    """Why a touch does not go now: cancelled for good, expired, or put off until ``at``. ``cc``: it goes
    again without the other copies, as a message made anew."""

    id: str
    state: str
    reason: str
    at: datetime | None = None
    cc: tuple[str, ...] | None = None


@frozen
class Stopped:
    """What the end of records means for touches: ``cancelled``, with the reason (``stop``, ``left``,
    ``cycle``), or ``changed``, as some of the records that they were about were left out. ``absent``: those
    of plays that this project does not have; whether they were removed, or this worker is behind, a run says.
    """

    cancelled: Mapping[str, str] = field(default_factory=dict)
    changed: Collection[str] = ()
    absent: Sequence[TouchRow] = ()


class Stops(Protocol):
    """Which of some touches must not go as they are because of what their records have come to."""

    def __call__(
        self, connection: Connection, touches: Sequence[TouchRow], now: datetime, on: date
    ) -> Stopped:
        """Judge them; what is changed is written already."""
        ...


@dataclass(frozen=True)
class Guard:
    """The contact rules that sends must keep, the project's time zone and country of holidays, and what says
    of a record that it has been stopped (None: nothing does)."""

    policy: Policy = field(default_factory=Policy)
    timezone: str = "UTC"
    country: str = ""
    stops: Stops | None = None

    def hold_back(
        self, connection: Connection, touches: Sequence[TouchRow], claim: int, *, now: datetime, on: date
    ) -> set[str]:
        """Judge the touches of a claim that are about to be sent, and put off, cancel or expire those that
        must not go now. Gives their ids."""
        again = _paused(connection, touches)
        stopped = self.stops(connection, _without(again, touches), now, on) if self.stops else Stopped()
        again |= set(stopped.changed)
        _release(connection, again, claim)
        held = [HeldBack(touch, "cancelled", reason) for touch, reason in stopped.cancelled.items()]
        held += [_absent(one, now) for one in stopped.absent]
        rest = _without(again | {one.id for one in held}, touches)
        messages = [one for one in rest if one.address is not None]
        if messages and connection.dialect.name == "postgresql":
            connection.execute(_LOCK_ALL, {"keys": _locks(messages)})
        if messages:
            held += self._judged(connection, messages, now, on)
        for one in held:
            _write(connection, one, claim)
        kinds = [(one, "touch.changed" if one.cc is not None else f"touch.{one.state}") for one in held]
        told = [Event(now, "guard", kind, one.id, {"reason": one.reason}) for one, kind in kinds]
        record(connection, told)
        return again | {one.id for one in held}

    def _judged(
        self, connection: Connection, messages: Sequence[TouchRow], now: datetime, on: date
    ) -> list[HeldBack]:
        addresses = {address for touch in messages for address in _addresses(touch)}
        blocked = suppressions(connection, now, addresses)
        agreed = consents(connection, addresses) if self.policy.promotes else {}
        lately = _lately(connection, addresses, now)
        traffic = Traffic(self.policy, self._sent(connection, messages, addresses, now), ())
        bound = self.policy.rules.limits.per_address or LAST_BOUND_COUNT
        held: list[HeldBack] = []
        for touch in messages:
            found = (
                self._suppressed(touch, blocked, agreed)
                or self._quiet(touch, now)
                or _bound(touch, lately, bound, now)
                or self._capped(touch, traffic, now, on)
            )
            if found:
                held.append(found)
            else:
                lately.update(_addresses(touch))
                if touch.customer:
                    counts = traffic.of(touch.playbook, touch.play)
                    counts.add(touch.address, touch.account, touch.copies, now)
        return held

    def _suppressed(
        self,
        touch: TouchRow,
        blocked: Mapping[str, Sequence[tuple[str, str]]],
        agreed: Mapping[str, Mapping[str, str]],
    ) -> HeldBack | None:
        def why(address: str, customer: bool) -> str:
            known = (blocked.get(address, ()), agreed.get(address, {}))
            found = why_suppressed(*known, touch.topic, self.policy.rules, touch.topic_kind or "operational")
            return "" if found == "consent" and not customer else found

        assert touch.address is not None
        reason = why(touch.address, touch.customer)
        if reason:
            return HeldBack(touch.id, "cancelled", f"{PREFIX}{reason}")
        kept = tuple(one for one in touch.cc if not why(normal(one), normal(one) in touch.copies))
        return HeldBack(touch.id, touch.state, "", touch.send_at, kept) if kept != touch.cc else None

    def _quiet(self, touch: TouchRow, now: datetime) -> HeldBack | None:
        quiet = self.policy.rules.quiet_hours
        if quiet is None:
            return None
        minute = now.replace(second=0, microsecond=0)
        place = (touch.timezone or self.timezone, touch.country or self.country)
        at = next_good_hour(minute, quiet, *place)
        return HeldBack(touch.id, "queued", QUIET, at) if at > minute else None

    def _capped(self, touch: TouchRow, traffic: Traffic, now: datetime, on: date) -> HeldBack | None:
        """What went since it was decided may leave no room; what waited for room may have waited too long."""
        if not touch.customer or touch.topic_kind == "transactional":
            return None
        if touch.state == "deferred" and touch.reason.startswith(CAPPED):
            days = max((cap.days for cap in self.policy.caps(touch.playbook, touch.play)), default=0)
            last = longer(touch.deadline, touch.fired_on, days)
            if last is not None and on > last:
                return HeldBack(touch.id, "expired", touch.reason)
        counts = traffic.of(touch.playbook, touch.play)
        free, cap = counts.room(touch.address, touch.account, now)
        if cap is None:
            return None
        return HeldBack(touch.id, "deferred", f"{CAPPED}{cap.kind}", free)

    def _sent(
        self, connection: Connection, messages: Sequence[TouchRow], addresses: set[str], now: datetime
    ) -> list[Sent]:
        """What went to these addresses and accounts as far back as caps look."""
        if not self.policy.has("contact", "account"):
            return []
        accounts = {touch.account for touch in messages if touch.account}
        found: dict[tuple[str, str], Sent] = {}
        at = func.coalesce(_touch.sent_at, bindparam("now", type_=UtcDateTime)).label("at")
        columns = (_touch.playbook, _touch.play, at)
        given = {"since": now - self.policy.widest, "now": now}
        direct = select(_touch.id, _touch.address, _touch.account, *columns).where(
            _touch.customer == true(), _SENT_SINCE
        )
        copied = (
            select(_touch.id, _copy.address, text("null"), *columns)
            .join_from(tables.touch_copy, tables.touch, _copy.touch == _touch.id)
            .where(_SENT_SINCE)
        )
        ways: list[tuple[Any, Any, set[str]]] = [
            (direct, _touch.address, addresses),
            (copied, _copy.address, addresses),
        ]
        if self.policy.has("account"):
            ways.append((direct, _touch.account, accounts))
        for statement, column, wanted in ways:
            for part in chunks(sorted(wanted)):
                for row in connection.execute(statement.where(column.in_(part)), given):
                    found[row[0], row[1]] = Sent(*row[1:])
        return list(found.values())


def _paused(connection: Connection, touches: Sequence[TouchRow]) -> set[str]:
    """Those of plays that were paused after they had been claimed."""
    scopes = pauses(connection)
    return {one.id for one in touches if scopes & scopes_over(one.playbook, one.play)}


def _absent(touch: TouchRow, now: datetime) -> HeldBack:
    reason = ABSENT if touch.state == "queued" else touch.reason
    return HeldBack(touch.id, touch.state, reason, now + AGAIN)


def _release(connection: Connection, touches: Collection[str], claim: int) -> None:
    """They wait again as they did."""
    if touches:
        mine = update(tables.touch).where(_touch.id.in_(sorted(touches)), _touch.claim == claim)
        connection.execute(mine.where(_touch.state.in_(WAITING)).values(claim=None))


def _without(gone: Collection[str], touches: Sequence[TouchRow]) -> list[TouchRow]:
    return [one for one in touches if one.id not in gone]


def _locks(messages: Sequence[TouchRow]) -> list[int]:
    """A number for each address and account that counts for a rule."""
    whom = {("address", address) for touch in messages for address in _addresses(touch)}
    whom |= {("account", touch.account) for touch in messages if touch.account}
    digests = (sha256("sending\0{}\0{}".format(*one).encode()).digest() for one in whom)
    return sorted(int.from_bytes(digest[:8], "big", signed=True) for digest in digests)


def _addresses(touch: TouchRow) -> list[str]:
    return [touch.address or "", *(normal(one) for one in touch.cc)]


def _lately(connection: Connection, addresses: set[str], now: datetime) -> Counter[str]:
    """How many messages each address had in the bound's window, or has under way."""
    counts: Counter[str] = Counter()
    for part in chunks(sorted(addresses)):
        given = {"addresses": list(part), "since": now - LAST_BOUND_WINDOW}
        for address, count in connection.execute(_LATELY, given):
            counts[address] += count
    return counts


def _bound(touch: TouchRow, lately: Counter[str], bound: int, now: datetime) -> HeldBack | None:
    """One of its addresses has had as many messages as anybody ever gets."""
    if all(lately[address] < bound for address in _addresses(touch)):
        return None
    hours = LAST_BOUND_WINDOW // timedelta(hours=1)
    reason = f"bound: an address has had {bound} messages in {hours} h"
    return HeldBack(touch.id, "deferred", reason, now + timedelta(hours=1))


def _write(connection: Connection, one: HeldBack, claim: int) -> None:
    change: dict[str, object] = {
        "state": one.state,
        "reason": one.reason,
        "next_attempt": one.at,
        "claim": None,
    }
    if one.cc is not None:
        change["cc"] = one.cc
        connection.execute(delete(tables.message).where(tables.message.c.touch == one.id))
        kept = [normal(address) for address in one.cc]
        gone = delete(tables.touch_copy).where(_copy.touch == one.id, _copy.address.not_in(kept))
        connection.execute(gone)
    held = update(tables.touch).where(_touch.id == one.id, _touch.claim == claim, _touch.state.in_(WAITING))
    connection.execute(held.values(**change))
