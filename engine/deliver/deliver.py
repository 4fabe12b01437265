"""The delivery loop: claim, render, transmit, settle, in small groups.

A group's touches are marked ``transmitting`` and their bytes kept in one commit that is synced to the disk,
before the first of them is sent. A light commit before each of them says which one it is, and which went
before it: a worker that is killed leaves one touch ``unknown``; a machine that loses its power, a group. What
went is settled some messages at a time; what did not, with the next commit.

A channel that does not answer ``PATIENCE`` times in a row is set aside for the rest of the delivery: its
touches stay queued, and do not each wait for a timeout of their own.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from sqlalchemy import Connection

from ...dsl.frozen import frozen
from ..chunks import chunks
from ..ledger import delivery, recovery
from ..ledger.database import Ledger, Mark
from ..ledger.delivery import ClaimedTouch, Note, Settlement
from ..ledger.guard import Guard
from ..ledger.presence import database_clock, present
from ..ports import Channel, ChannelError, Clock, Envelope

BATCH: Final = 512  # touches a claim
GROUP: Final = 64  # touches a commit: on a disk, a commit takes as long as dozens of messages
NOTED: Final = 16  # messages that are settled at once: each is written again with the notes after it
SETTLED_WITHIN: Final = 1.0  # seconds; then what is noted is settled with the next message
PATIENCE: Final = 3  # messages in a row for which nobody answered
LEASE: Final = timedelta(minutes=10)


@frozen
class RenderFailure:
    """Why a touch cannot become a message; it fails, until a person mends it and queues it again."""

    reason: str


Renderer = Callable[[ClaimedTouch], Envelope | RenderFailure]


@frozen
class DeliveryCount:
    """What one delivery did. ``queued`` counts what still waits in the ledger, for now or for later;
    ``problems`` says what keeps messages waiting; ``broken`` which channels could not be used, and why."""

    sent: int
    failed: int
    unknown: int
    queued: int
    problems: tuple[str, ...] = ()
    broken: Mapping[str, str] = field(default_factory=dict)


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
    guard: Guard | None = None,
    resting: Mapping[str, str] | None = None,
) -> DeliveryCount:
    """Send what is due at ``clock``'s time, up to ``limit`` touches, until ``stop()``.

    ``zone`` is the project's time zone; ``wall`` the clock by which leases end, the database's unless given;
    ``guard`` has a last look at each message; ``resting`` are channels not to be tried, and why. Raises
    ``LedgerError``; trouble with a channel leaves its touches queued and is told in the count.
    """
    with _at_work(ledger, wall) as (presence, leases), ledger.marks() as mark:
        times = (clock, zone, worker, stop, leases, presence, mark)
        loop = _Loop(ledger, channels, renderer, *times, guard or Guard(), dict(resting or {}))
        loop.run(limit)
    return loop.count()


@contextmanager
def _at_work(ledger: Ledger, wall: Clock | None) -> Iterator[tuple[str, Clock]]:
    """The token by which others see that this worker is there, and the clock of its leases."""
    with present(ledger.engine) as presence:
        if wall is None:
            with ledger.reading() as connection:
                wall = database_clock(connection)
        yield presence, wall


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
    presence: str
    mark: Mark
    guard: Guard
    broken: dict[str, str] = field(default_factory=dict)
    silent: Counter[str] = field(default_factory=Counter)  # how often in a row nobody answered, by channel
    lost: dict[str, list[Settlement]] = field(default_factory=dict)  # for want of an answer, not settled yet
    became: Counter[str] = field(default_factory=Counter)
    unsettled: list[Settlement] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)  # of those that are unsettled, what went
    noted_at: float = 0.0  # when the first note was made

    def run(self, limit: int | None) -> None:
        """Deliver until nothing is due, ``limit`` is reached or the loop is stopped."""
        now, on = self._now()
        with self.ledger.writing(patient=True) as connection:
            lost = recovery.recover(connection, wall=self.wall.now(), now=now, on=on)
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
        problems = [why for _, why in sorted(self.broken.items())]
        problems += [f"messages wait for the channel `{name}`, which playcall.yaml lacks" for name in missing]
        became = self.became
        numbers = (became["sent"], became["failed"], became["unknown"], queued)
        return DeliveryCount(*numbers, tuple(problems), dict(self.broken))

    def _claim(self, limit: int) -> list[ClaimedTouch]:
        usable = sorted(self.channels.keys() - self.broken.keys())
        with self.ledger.writing(patient=True) as connection:
            return delivery.claim(
                connection,
                self.worker,
                limit=limit,
                now=self.clock.now(),
                wall=self.wall.now(),
                lease=LEASE,
                channels=usable,
                presence=self.presence,
            )

    def _send_all(self, claimed: Sequence[ClaimedTouch]) -> None:
        """Send a claim's touches group by group; what is not tried is given back."""
        try:
            for group in chunks(claimed, GROUP):
                if self.stop():
                    self.unsettled += [Settlement(touch, "released") for touch in group]
                else:
                    self._send_group(group)
        finally:
            for channel in list(self.lost):
                self.unsettled += self._set_aside(channel)
            self._settle_and_begin((), {})
            with self.mark() as connection:
                delivery.done(connection, claimed[0].claim)

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
            for touch in [one.touch for one in outcomes.values()]:
                if self.stop():
                    return
                if touch.touch.channel not in self.broken:
                    self._transmit(touch, messages[touch.id], outcomes)
        finally:
            self.unsettled += [*rest, *outcomes.values()]

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
        with self._settling(self.ledger.writing(patient=True)) as connection:
            return self._begin(connection, group, messages) if messages else set()

    @contextmanager
    def _settling(self, transaction: AbstractContextManager[Connection]) -> Iterator[Connection]:
        """A transaction that first settles what is known."""
        now, on = self._now()
        with transaction as connection:
            became = delivery.settle(connection, self.unsettled, worker=self.worker, now=now, on=on)
            yield connection
        self.unsettled, self.notes = [], []
        self.became += became

    def _begin(
        self, connection: Connection, group: Sequence[ClaimedTouch], messages: Mapping[str, Envelope]
    ) -> set[str]:
        """Mark as being sent what may still go."""
        now, on = self._now()
        ready = [touch.touch for touch in group if touch.id in messages]
        held = self.guard.hold_back(connection, ready, group[0].claim, now=now, on=on)
        going = {touch_id: message for touch_id, message in messages.items() if touch_id not in held}
        return delivery.begin(connection, group, going, now=now) if going else set()

    def _transmit(self, touch: ClaimedTouch, message: Envelope, outcomes: dict[str, Settlement]) -> None:
        """Send one message. What is then known, of it and of those before it, is noted or settled with the
        next; ``outcomes`` keeps what was not tried."""
        channel = touch.touch.channel
        if not self._announce(touch):
            del outcomes[touch.id]
            return
        # Until the channel has answered, nobody can say: an interruption here leaves it unknown.
        outcomes[touch.id] = Settlement(touch, "unknown", "interrupted while sending")
        try:
            outcome = self.channels[channel].send(message)
        except ChannelError as error:
            self.broken[channel] = str(error)
            outcomes[touch.id] = Settlement(touch, "released")
            return
        del outcomes[touch.id]
        refusal = (outcome.refused, outcome.status)
        settlement = Settlement(touch, outcome.state, outcome.detail, *refusal)
        if settlement.state == "sent":
            self._note(settlement)
        self.unsettled += self._judge(channel, settlement, outcome.lost)

    def _note(self, settlement: Settlement) -> None:
        if not self.notes:
            self.noted_at = time.monotonic()
        self.notes.append(Note.of(settlement.touch.id, settlement.detail, *self._now()))

    def _announce(self, touch: ClaimedTouch) -> bool:
        """Say that this touch is next, and note or settle what is known; False if it is another's by now."""
        until = self.wall.now() + LEASE
        if self._may_wait():
            with self.mark() as connection:
                return delivery.announce(connection, touch, until, self.notes)
        with self._settling(self.ledger.marking()) as connection:
            return delivery.announce(connection, touch, until)

    def _may_wait(self) -> bool:
        """All that is known was sent, just now, and a note of it is enough."""
        if not self.unsettled:
            return True
        recent = time.monotonic() - self.noted_at < SETTLED_WITHIN
        return len(self.unsettled) == len(self.notes) < NOTED and recent

    def _judge(self, channel: str, settlement: Settlement, lost: bool) -> list[Settlement]:
        """What can be settled now. A message that nobody answered waits: if the next ones find the channel
        well it is put off for its own sake, otherwise it stays queued as if it had not been tried."""
        if not lost:
            self.silent[channel] = 0
            return [*self.lost.pop(channel, ()), settlement]
        self.silent[channel] += 1
        known = [settlement] if settlement.state == "unknown" else []
        if not known:
            self.lost.setdefault(channel, []).append(settlement)
        if self.silent[channel] < PATIENCE:
            return known
        return [*known, *self._set_aside(channel, settlement.detail)]

    def _set_aside(self, channel: str, why: str = "") -> list[Settlement]:
        """Use a channel no more; what it has lost is given back."""
        lost = self.lost.pop(channel, [])
        self.broken.setdefault(channel, f"channel {channel}: {why or lost[-1].detail}")
        return [Settlement(one.touch, "released") for one in lost]

    def _now(self) -> tuple[datetime, date]:
        now = self.clock.now()
        return now, now.astimezone(self.zone).date()
