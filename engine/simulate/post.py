"""Messages that are sent to nobody: claimed, judged by the guard of every send, and settled as sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from ...dsl.frozen import frozen
from ..decide.model import TouchRow
from ..deliver.deliver import LEASE
from ..ledger import delivery, read
from ..ledger.delivery import Settlement
from ..ledger.guard import Guard

_BATCH: Final = 2_000
_WORKER: Final = "simulation"


@frozen
class Sink:
    """The channels of a simulation. What it is given to send has arrived."""

    connection: Connection
    channels: tuple[str, ...]
    guard: Guard
    zone: ZoneInfo

    def send_until(self, now: datetime) -> Iterator[tuple[date, TouchRow]]:
        """Send what was put off until before a moment, each at its own time; gives what went and on
        which day."""
        for due in read.dues_before(lambda: read.next_due(self.connection), now):
            yield from self.send_at(due)

    def send_at(self, now: datetime) -> Iterator[tuple[date, TouchRow]]:
        """Send what is due at a moment; gives what went."""
        on = now.astimezone(self.zone).date()
        while claimed := self._claim(now):
            touches = [one.touch for one in claimed]
            held = self.guard.hold_back(self.connection, touches, claimed[0].claim, now=now, on=on)
            gone = [one for one in claimed if one.id not in held]
            settlements = [Settlement(one, "sent") for one in gone]
            delivery.settle(self.connection, settlements, worker=_WORKER, now=now, on=on)
            yield from ((on, one.touch) for one in gone)

    def _claim(self, now: datetime) -> list[delivery.ClaimedTouch]:
        return delivery.claim(
            self.connection,
            _WORKER,
            limit=_BATCH,
            now=now,
            wall=now,
            lease=LEASE,
            channels=self.channels,
        )
