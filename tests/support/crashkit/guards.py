"""Takes out one of the guards that keep a message from being sent twice. A crash test that does not notice is
no test of that guard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import update

from playcall.engine.ledger import delivery, tables


def _no_phase() -> None:
    """What was interrupted while it was sent counts as never tried."""
    recover = delivery.recover

    def forgetful(connection: Any, **given: Any) -> int:
        queued = {"state": "queued", "claim": None, "next_attempt": given["now"]}
        connection.execute(update(tables.touch).where(tables.touch.c.state == "transmitting").values(queued))
        return recover(connection, **given)

    delivery.recover = forgetful


def _no_fence() -> None:
    """A worker goes on with what was taken from it."""
    delivery.announce = lambda *given, **named: True


_GUARDS: dict[str, Callable[[], None]] = {
    "phase": _no_phase,
    "fence": _no_fence,
}


def remove(name: str) -> None:
    """Take a guard out of this process."""
    _GUARDS[name]()
