"""Takes out one of the guards that keep a message from being sent twice, or somebody from being written to
too often. A crash test that does not notice is no test of that guard."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, event, select, update
from sqlalchemy.engine import Engine

from playcall.engine.decide import ids
from playcall.engine.decide.traffic import Counts
from playcall.engine.ledger import database, delivery, recovery, tables
from playcall.engine.ledger.database import Ledger
from playcall.engine.ledger.delivery import ClaimedTouch
from playcall.engine.ledger.guard import Guard
from playcall.engine.ports import Envelope


def _no_run_lock() -> None:
    """Runs do not queue from decide to commit."""
    locked = Ledger.locked
    database._RUN_LOCK = os.getpid()  # PostgreSQL: a lock that nobody else knows

    @contextmanager
    def unlocked(ledger: Ledger) -> Iterator[Connection]:
        with locked(ledger) as connection:
            if connection.dialect.name == "sqlite":  # every statement is a transaction of its own
                connection.exec_driver_sql("commit")
            yield connection

    Ledger.locked = unlocked  # type: ignore[method-assign]


def _no_unique_key() -> None:
    """The same occurrence may be written again: it has another id in each process, and no other key."""
    salt = str(os.getpid()).encode()
    ids.sha256 = lambda given: hashlib.sha256(salt + given)  # type: ignore[assignment]
    key = re.compile(r",\s*CONSTRAINT uq_occurrence UNIQUE \([^)]*\)")

    def keyless(*call: Any) -> tuple[str, Any]:
        return key.sub("", call[2]), call[3]

    event.listen(Engine, "before_cursor_execute", keyless, retval=True)


def _no_compare_and_set() -> None:
    """A worker claims and marks what it has read to be due, without a look at whose it is by now."""
    touch = tables.touch.c
    channels: BindParameter[str] = bindparam("channels", expanding=True)
    due = select(touch.id).where(delivery._DUE_BY, touch.channel.in_(channels)).order_by(touch.id)

    def begin(
        connection: Connection,
        touches: Sequence[ClaimedTouch],
        messages: Mapping[str, Envelope],
        **given: Any,
    ) -> set[str]:
        mine = touch.id.in_(messages)
        connection.execute(delete(tables.message).where(tables.message.c.touch.in_(messages)))
        connection.execute(update(tables.touch).where(mine).values(state="queued", claim=touches[0].claim))
        return marked(connection, touches, messages, **given)

    marked = delivery.begin
    delivery._FIRST_CLAIMABLE, delivery._CLAIM = due.limit(1), delivery._claiming(due)
    delivery.begin = begin


def _no_phase() -> None:
    """What was interrupted while it was sent counts as never tried."""
    recover = recovery.recover

    def forgetful(connection: Any, **given: Any) -> int:
        queued = {"state": "queued", "claim": None, "next_attempt": given["now"]}
        connection.execute(update(tables.touch).where(tables.touch.c.state == "transmitting").values(queued))
        return recover(connection, **given)

    recovery.recover = forgetful


def _no_fence() -> None:
    """A worker goes on with what was taken from it."""
    delivery.announce = lambda *given, **named: True


def _no_last_look() -> None:
    """Caps, suppression and consent are not read again before a send."""
    Guard.hold_back = lambda *given, **named: set()  # type: ignore[method-assign, assignment]


def _no_caps() -> None:
    """There is always room for one more."""
    Counts.room = lambda self, address, account, at, until=None: (at, None)  # type: ignore[method-assign, assignment]


_GUARDS: dict[str, Callable[[], None]] = {
    "run lock": _no_run_lock,
    "unique key": _no_unique_key,
    "compare-and-set": _no_compare_and_set,
    "phase": _no_phase,
    "fence": _no_fence,
    "last look": _no_last_look,
    "caps": _no_caps,
}


def remove(name: str) -> None:
    """Take a guard out of this process."""
    _GUARDS[name]()
