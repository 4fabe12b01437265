"""The delivery loop over a real ledger, with channels that answer as servers do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from ledgerkit import DAY, NOW, put_mails
from playcall.engine.deliver.deliver import GROUP, LEASE, NOTED, DeliveryCount, RenderFailure, deliver
from playcall.engine.ledger import tables, views
from playcall.engine.ledger.database import Ledger, open_ledger
from playcall.engine.ledger.delivery import ClaimedTouch
from playcall.engine.ledger.pauses import pause, resume
from playcall.engine.ledger.recovery import recover
from playcall.engine.ledger.tasks import Act
from playcall.engine.ports import ChannelError, Envelope, FixedClock, Outcome


@dataclass
class Scripted:
    """A channel that answers by a function of how many messages it has been given (from 1)."""

    answer: Callable[[int], Outcome] = lambda number: Outcome("sent")
    taken: list[Envelope] = field(default_factory=list)

    def send(self, envelope: Envelope) -> Outcome:
        self.taken.append(envelope)
        return self.answer(len(self.taken))

    def check(self) -> str:
        return "ready"

    def close(self) -> None:
        self.taken.clear()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger("sqlite:///ledger.db", tmp_path)
    yield opened
    opened.close()


def render(touch: ClaimedTouch) -> Envelope:
    return Envelope(touch.id, "cs@acme.test", (touch.touch.recipient,), b"Hello", {}, f"<{touch.id}@x>")


def run(
    ledger: Ledger,
    channel: Scripted,
    *,
    name: str = "email",
    renderer: Callable[[ClaimedTouch], Envelope | RenderFailure] = render,
    stop: Callable[[], bool] = lambda: False,
    limit: int | None = None,
) -> DeliveryCount:
    return deliver(
        ledger,
        {name: channel},  # type: ignore[dict-item]  # a channel that no configuration builds
        renderer,
        FixedClock(NOW),
        zone=ZoneInfo("Asia/Tokyo"),
        worker="w1",
        stop=stop,
        limit=limit,
        wall=FixedClock(NOW),
    )


def test_everything_due_is_sent_once(ledger: Ledger) -> None:
    mails = put_mails(ledger, 3 * GROUP + 1)
    channel = Scripted()
    assert run(ledger, channel) == DeliveryCount(sent=len(mails), failed=0, unknown=0, queued=0)
    assert sorted(one.touch_id for one in channel.taken) == sorted(mail.id for mail in mails)
    assert run(ledger, channel) == DeliveryCount(0, 0, 0, 0)
    with ledger.reading() as connection:
        row = views.touches(connection, state="sent")[0]
    assert (row["sent_at"], row["message_id"]) == (NOW, f"<{row['id']}@x>")


@pytest.mark.parametrize(
    ("outcome", "count"),
    [
        ("failed", DeliveryCount(0, 5, 0, 0)),
        ("unknown", DeliveryCount(0, 0, 5, 0)),
        ("retry", DeliveryCount(0, 0, 0, 5)),
    ],
)
def test_outcomes_are_counted(ledger: Ledger, outcome: str, count: DeliveryCount) -> None:
    put_mails(ledger, 5)
    assert run(ledger, Scripted(lambda number: Outcome(outcome, "why"))) == count  # type: ignore[arg-type]


def test_a_message_that_cannot_be_rendered_fails_alone(ledger: Ledger) -> None:
    bad = put_mails(ledger, 3)[0].id
    count = run(
        ledger, Scripted(), renderer=lambda one: RenderFailure("no name") if one.id == bad else render(one)
    )
    assert count == DeliveryCount(sent=2, failed=1, unknown=0, queued=0)
    with ledger.reading() as connection:
        [row] = views.touches(connection, state="failed")
    assert (row["id"], row["reason"]) == (bad, "no name")


def refuse_at(position: int) -> Callable[[int], Outcome]:
    def answer(number: int) -> Outcome:
        if number == position:
            raise ChannelError("channel email: login refused")
        return Outcome("sent")

    return answer


def test_a_channel_that_cannot_be_used_leaves_the_rest_queued(ledger: Ledger) -> None:
    put_mails(ledger, GROUP + 10)
    count = run(ledger, Scripted(refuse_at(3)))
    why = "channel email: login refused"
    assert count == DeliveryCount(2, 0, 0, GROUP + 8, (why,), {"email": why})
    assert run(ledger, Scripted()).sent == GROUP + 8


def test_an_undeclared_channel_is_told(ledger: Ledger) -> None:
    put_mails(ledger, 1)
    count = run(ledger, Scripted(), name="fax")
    assert count.queued == 1
    assert "channel `email`" in count.problems[0]


def test_a_pause_ends_a_delivery_that_is_under_way(ledger: Ledger) -> None:
    """Whatever was claimed: what has not begun to be sent waits for the end of the pause."""
    put_mails(ledger, GROUP + 10)

    def pausing(number: int) -> Outcome:
        if number == 1:
            with ledger.writing() as connection:
                pause(connection, "renewal-intent", Act("kato", NOW, DAY))
        return Outcome("sent")

    assert run(ledger, Scripted(pausing)) == DeliveryCount(GROUP, 0, 0, 10)
    with ledger.writing() as connection:
        resume(connection, "renewal-intent", Act("kato", NOW, DAY))
    assert run(ledger, Scripted()) == DeliveryCount(10, 0, 0, 0)


def test_it_stops_between_messages(ledger: Ledger) -> None:
    put_mails(ledger, GROUP)
    channel = Scripted()
    count = run(ledger, channel, stop=lambda: len(channel.taken) >= 2)
    assert count == DeliveryCount(2, 0, 0, GROUP - 2)


def test_it_keeps_to_its_limit(ledger: Ledger) -> None:
    put_mails(ledger, 10)
    assert run(ledger, Scripted(), limit=4) == DeliveryCount(4, 0, 0, 6)


def interrupt_at(position: int) -> Callable[[int], Outcome]:
    def answer(number: int) -> Outcome:
        if number == position:
            raise KeyboardInterrupt
        return Outcome("sent")

    return answer


def test_a_worker_that_was_given_up_leaves_what_went_and_sends_no_more(ledger: Ledger) -> None:
    put_mails(ledger, 5)

    def given_up(number: int) -> Outcome:
        if number == 3:
            with ledger.writing() as connection:
                assert recover(connection, wall=NOW + 2 * LEASE, now=NOW, on=DAY) == 1
        return Outcome("sent")

    channel = Scripted(given_up)
    assert run(ledger, channel, limit=5).sent == 0
    assert len(channel.taken) == 3
    with ledger.reading() as connection:
        assert views.status(connection, DAY)["touches"] == {"queued": 2, "sent": 2, "unknown": 1}


def test_what_went_is_settled_before_the_notes_grow_long(ledger: Ledger) -> None:
    put_mails(ledger, 2 * NOTED)
    seen = []

    def look(number: int) -> Outcome:
        with ledger.reading() as connection:
            noted = connection.execute(select(tables.claim.c.sent)).scalar_one()
            seen.append(len(noted) + views.status(connection, DAY)["touches"].get("sent", 0))
            assert len(noted) < NOTED
        return Outcome("sent")

    run(ledger, Scripted(look))
    assert seen == list(range(2 * NOTED))
    with ledger.reading() as connection:
        assert connection.execute(select(tables.claim.c.sent)).scalar_one() == []


def test_an_interrupted_message_is_unknown_and_only_that_one(ledger: Ledger) -> None:
    put_mails(ledger, 5)
    with pytest.raises(KeyboardInterrupt):
        run(ledger, Scripted(interrupt_at(2)))
    with ledger.reading() as connection:
        assert views.status(connection, DAY)["touches"] == {"queued": 3, "sent": 1, "unknown": 1}
