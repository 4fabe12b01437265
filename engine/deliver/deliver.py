"""The delivery loop: claim, render, transmit, settle, in small groups.

A group's touches are marked ``transmitting`` and their bytes kept in one commit, before the first of them
is sent; the next group's commit settles their outcomes. A worker that is killed leaves at most ``GROUP``
touches ``unknown``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from ..ledger import delivery
from ..ledger.database import Ledger
from ..ledger.delivery import ClaimedTouch, Settlement
from ..ports import Channel, ChannelError, Clock, Envelope, SystemClock

BATCH: Final = 512  # touches a claim
GROUP: Final = 32  # touches a commit
LEASE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class RenderFailure:
    """Why a touch cannot become a message; it fails, until a person mends it and queues it again."""

    reason: str


Renderer = Callable[[ClaimedTouch], Envelope | RenderFailure]


@dataclass(frozen=True, slots=True)
class DeliveryCount:
    """What one delivery did. ``queued`` counts what still waits in the ledger, for now or for later;
    ``problems`` says which channels could not be used, and why."""

    sent: int
    failed: int
    unknown: int
    queued: int
    problems: tuple[str, ...] = ()


def deliver(
    ledger: Ledger,
    channels: Mapping[str, Channel],
    renderer: Renderer,
    clock: Clock,
    *,
    zone: tzinfo,
    worker: str,
    stop: Callable[[], bool] = lambda: False,
    limit: int | None = None,
    wall: Clock | None = None,
) -> DeliveryCount:
    """Send what is due at ``clock``'s time, up to ``limit`` touches, until ``stop()``.

    ``zone`` is the project's time zone; ``wall`` the machine's clock, by which leases end. Raises
    ``LedgerError``; trouble with a channel leaves its touches queued and is told in the count.
    """
    loop = _Loop(ledger, channels, renderer, clock, zone, worker, stop, wall or SystemClock())
    loop.run(limit)
    return loop.count()


@dataclass(slots=True)
class _Loop:
    ledger: Ledger
    channels: Mapping[str, Channel]
    renderer: Renderer
    clock: Clock
    zone: tzinfo
    worker: str
    stop: Callable[[], bool]
    wall: Clock
    broken: dict[str, str] = field(default_factory=dict)
    became: Counter[str] = field(default_factory=Counter)
    unsettled: list[Settlement] = field(default_factory=list)
    renew_at: datetime | None = None

    def run(self, limit: int | None) -> None:
        """Deliver until nothing is due, ``limit`` is reached or the loop is stopped."""
        now, on = self._now()
        with self.ledger.writing(patient=True) as connection:
            lost = delivery.recover(connection, wall=self.wall.now(), now=now, on=on)
        self.became["unknown"] += lost
        left = limit
        while not self.stop() and (left is None or left > 0):
            claimed = self._claim(BATCH if left is None else min(BATCH, left))
            if not claimed:
                return
            self._send_all(claimed)
            left = None if left is None else left - len(claimed)

    def count(self) -> DeliveryCount:
        """What was done so far."""
        now, _ = self._now()
        with self.ledger.reading() as connection:
            queued = delivery.waiting(connection)
            missing = sorted(delivery.channels_wanted(connection, now) - self.channels.keys())
        problems = [f"channel {name}: {why}" for name, why in sorted(self.broken.items())]
        problems += [f"messages wait for the channel `{name}`, which playcall.yaml lacks" for name in missing]
        became = self.became
        return DeliveryCount(became["sent"], became["failed"], became["unknown"], queued, tuple(problems))

    def _claim(self, limit: int) -> list[ClaimedTouch]:
        usable = sorted(self.channels.keys() - self.broken.keys())
        wall = self.wall.now()
        self.renew_at = wall + LEASE / 3
        with self.ledger.writing(patient=True) as connection:
            return delivery.claim(
                connection,
                self.worker,
                limit=limit,
                now=self.clock.now(),
                wall=wall,
                lease=LEASE,
                channels=usable,
            )

    def _send_all(self, claimed: Sequence[ClaimedTouch]) -> None:
        """Send a claim's touches group by group; what is not tried is given back."""
        groups = [claimed[start : start + GROUP] for start in range(0, len(claimed), GROUP)]
        try:
            for group in groups:
                if self.stop():
                    self.unsettled += [Settlement(touch, "released") for touch in group]
                else:
                    self._send_group(group)
        finally:
            self._settle_and_begin((), {})

    def _send_group(self, group: Sequence[ClaimedTouch]) -> None:
        messages: dict[str, Envelope] = {}
        rest: list[Settlement] = []
        for touch in group:
            made = self._rendered(touch)
            if isinstance(made, Settlement):
                rest.append(made)
            else:
                messages[touch.id] = made
        begun = self._settle_and_begin(group, messages)
        outcomes = {touch.id: Settlement(touch, "released") for touch in group if touch.id in begun}
        try:
            for settlement in self._transmit([one.touch for one in outcomes.values()], messages):
                outcomes[settlement.touch.id] = settlement
        finally:
            self.unsettled = [*rest, *outcomes.values()]

    def _rendered(self, touch: ClaimedTouch) -> Envelope | Settlement:
        """The message, as an earlier attempt made it or made now; or why there is none."""
        if touch.touch.channel in self.broken:
            return Settlement(touch, "released")
        made = touch.message or self.renderer(touch)
        return Settlement(touch, "failed", made.reason) if isinstance(made, RenderFailure) else made

    def _settle_and_begin(self, group: Sequence[ClaimedTouch], messages: Mapping[str, Envelope]) -> set[str]:
        """One commit: what became of the group before, and that this one may be sent from now on."""
        if not messages and not self.unsettled:
            return set()
        now, on = self._now()
        with self.ledger.writing(patient=True) as connection:
            became = delivery.settle(connection, self.unsettled, worker=self.worker, now=now, on=on)
            begun = delivery.begin(connection, group, messages, now=now) if messages else set()
        self.unsettled = []
        self.became += became
        return begun

    def _transmit(
        self, group: Sequence[ClaimedTouch], messages: Mapping[str, Envelope]
    ) -> Iterator[Settlement]:
        """Send one by one; what is not tried (the loop is stopped, the channel broken) is left out."""
        for touch in group:
            if self.stop():
                return
            channel = touch.touch.channel
            if channel in self.broken:
                continue
            self._renew(touch.claim)
            # Until the channel has answered, nobody can say: an interruption here leaves it unknown.
            yield Settlement(touch, "unknown", "interrupted while sending")
            try:
                outcome = self.channels[channel].send(messages[touch.id])
            except ChannelError as error:
                self.broken[channel] = str(error)
                yield Settlement(touch, "released")
            else:
                yield Settlement(touch, outcome.state, outcome.detail)

    def _renew(self, claim: int) -> None:
        wall = self.wall.now()
        if self.renew_at is not None and wall >= self.renew_at:
            with self.ledger.writing(patient=True) as connection:
                delivery.renew(connection, claim, wall + LEASE)
            self.renew_at = wall + LEASE / 3

    def _now(self) -> tuple[datetime, date]:
        now = self.clock.now()
        return now, now.astimezone(self.zone).date()
