"""Claims, settlements and what is left when a worker dies."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select

from ledgerkit import DAY, NOW, put, put_mails
from playcall.engine.deliver.deliver import GROUP
from playcall.engine.ledger import delivery, recovery, tables, views
from playcall.engine.ledger.database import Ledger
from playcall.engine.ledger.delivery import ClaimedTouch, Note, Settlement
from playcall.engine.ledger.errors import LedgerError
from playcall.engine.ledger.events import Event, events
from playcall.engine.ledger.pauses import pause, resume
from playcall.engine.ledger.presence import is_gone
from playcall.engine.ledger.tasks import Act
from playcall.engine.ports import Envelope

LEASE = timedelta(minutes=10)
LATER = NOW + timedelta(hours=1)


def claim(
    ledger: Ledger, worker: str = "w1", *, limit: int = 100, after: timedelta = timedelta(0)
) -> list[ClaimedTouch]:
    moment = NOW + after
    with ledger.writing() as connection:
        return delivery.claim(
            connection, worker, limit=limit, now=moment, wall=moment, lease=LEASE, channels=["email"]
        )


def begin(ledger: Ledger, touches: list[ClaimedTouch], payload: bytes = b"Hello") -> set[str]:
    messages = {
        one.id: one.message or Envelope(one.id, "cs@acme.test", (one.touch.recipient,), payload, {}, "<m@x>")
        for one in touches
    }
    with ledger.writing() as connection:
        return delivery.begin(connection, touches, messages, now=NOW)


def settle(ledger: Ledger, touch: ClaimedTouch, state: str, after: timedelta = timedelta(0)) -> Counter[str]:
    settlement = Settlement(touch, state, "because")  # type: ignore[arg-type]
    with ledger.writing() as connection:
        return delivery.settle(connection, [settlement], worker="w1", now=NOW + after, on=DAY)


def states(ledger: Ledger) -> Counter[str]:
    with ledger.reading() as connection:
        return Counter(one["state"] for one in views.touches(connection))


def test_a_claim_is_whole_and_in_order(ledger: Ledger) -> None:
    mails = put_mails(ledger, 5)
    claimed = claim(ledger)
    assert [one.touch for one in claimed] == sorted(mails, key=lambda one: one.id)
    assert claim(ledger, "w2") == []


def test_a_claim_needs_its_compare_and_set(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it two workers have the same messages in hand, which the test above would see."""

    whoever_has_it = select(tables.touch.c.id).where(tables.touch.c.next_attempt <= NOW)
    put_mails(ledger, 5)
    monkeypatch.setattr(delivery, "_FIRST_CLAIMABLE", whoever_has_it.limit(1))
    monkeypatch.setattr(delivery, "_CLAIM", delivery._claiming(whoever_has_it))
    assert len(claim(ledger)) == len(claim(ledger, "w2")) == 5


def test_only_what_is_due_on_a_usable_channel_is_claimed(ledger: Ledger) -> None:
    put_mails(ledger, 2, send_at=LATER)
    assert claim(ledger) == []
    assert len(claim(ledger, after=timedelta(hours=1))) == 2


@pytest.mark.parametrize("scope", ["*", "renewal-intent", "renewal-intent.ask"])
def test_what_is_paused_waits(ledger: Ledger, scope: str) -> None:
    put_mails(ledger, 1)
    with ledger.writing() as connection:
        pause(connection, scope, Act("kato", NOW, DAY))
    assert claim(ledger) == []
    with ledger.writing() as connection:
        resume(connection, scope, Act("kato", NOW, DAY))
    assert len(claim(ledger)) == 1


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("sent", "sent"),
        ("failed", "failed"),
        ("unknown", "unknown"),
        ("retry", "queued"),
        ("released", "queued"),
    ],
)
def test_every_outcome_has_its_state(ledger: Ledger, outcome: str, state: str) -> None:
    put_mails(ledger, 1)
    [touch] = claim(ledger)
    assert begin(ledger, [touch]) == {touch.id}
    assert states(ledger) == {"transmitting": 1}
    assert settle(ledger, touch, outcome)[state] == 1
    assert states(ledger) == {state: 1}
    with ledger.reading() as connection:
        [row] = views.touches(connection)
        assert (row["sent_at"] is not None) == (outcome in ("sent", "unknown"))
        assert row["message_id"] == "<m@x>"


def test_a_put_off_touch_keeps_its_bytes_and_waits_longer_each_time(ledger: Ledger) -> None:
    put_mails(ledger, 1)
    waited = timedelta(0)
    for step in delivery.BACKOFF[:3]:
        [touch] = claim(ledger, after=waited)
        begin(ledger, [touch], payload=str(waited).encode())
        settle(ledger, touch, "retry", waited)
        assert claim(ledger, after=waited + step - timedelta(seconds=1)) == []
        waited += step
    [touch] = claim(ledger, after=waited)
    assert touch.attempts == 3
    assert touch.message is not None
    assert touch.message.payload == b"0:00:00"


def test_a_touch_that_is_put_off_for_two_days_has_failed(ledger: Ledger) -> None:
    put_mails(ledger, 1)
    begin(ledger, claim(ledger))
    with ledger.writing() as connection:
        connection.execute(tables.touch.update().values(state="queued", claim=None, next_attempt=NOW))
    two_days = timedelta(days=2)
    [touch] = claim(ledger, after=two_days)
    begin(ledger, [touch])
    assert settle(ledger, touch, "retry", two_days)["failed"] == 1


def test_a_claim_that_is_over_may_be_taken_by_another(ledger: Ledger) -> None:
    put_mails(ledger, 1)
    [stale] = claim(ledger)
    [fresh] = claim(ledger, "w2", after=LEASE)
    assert begin(ledger, [stale]) == set()
    assert begin(ledger, [fresh]) == {fresh.id}


def test_a_stale_worker_is_refused_and_that_is_recorded(ledger: Ledger) -> None:
    put_mails(ledger, 1)
    [touch] = claim(ledger)
    begin(ledger, [touch])
    after = NOW + LEASE
    with ledger.writing() as connection:
        delivery.announce(connection, touch, after)
        assert recovery.recover(connection, wall=after, now=after, on=DAY) == 1
    assert settle(ledger, touch, "sent") == {"sent": 0, "refused": 1}
    assert states(ledger) == {"unknown": 1}
    with ledger.reading() as connection:
        assert [one.kind for one in events(connection, touch.id)] == ["touch.unknown", "touch.settle_refused"]


def test_a_claim_that_is_at_work_goes_on(ledger: Ledger) -> None:
    put_mails(ledger, 1)
    [touch] = claim(ledger)
    begin(ledger, [touch])
    with ledger.marking() as connection:
        assert delivery.announce(connection, touch, NOW + 2 * LEASE)
    with ledger.writing() as connection:
        assert recovery.recover(connection, wall=NOW + LEASE, now=NOW, on=DAY) == 0


@pytest.mark.parametrize("same_epoch", [True, False])
def test_only_the_announced_touch_is_in_doubt(ledger: Ledger, same_epoch: bool) -> None:
    put_mails(ledger, 3)
    touches = claim(ledger)
    begin(ledger, touches)
    with ledger.marking() as connection:
        assert delivery.announce(connection, touches[1], NOW + LEASE)
    with ledger.writing() as connection:
        if not same_epoch:  # the machine went down: nobody knows whether the mark is the last
            connection.execute(tables.claim.update().values(epoch="before"))
        recovery.recover(connection, wall=NOW + 2 * LEASE, now=NOW, on=DAY)
    assert states(ledger) == ({"unknown": 1, "queued": 2} if same_epoch else {"unknown": 3})
    if same_epoch:
        assert [one.attempts for one in claim(ledger, "w2")] == [0, 0]


def test_what_was_taken_back_is_not_announced(ledger: Ledger) -> None:
    put_mails(ledger, 1)
    [touch] = claim(ledger)
    begin(ledger, [touch])
    with ledger.writing() as connection:
        recovery.recover(connection, wall=NOW + LEASE, now=NOW, on=DAY)
    with ledger.marking() as connection:
        assert not delivery.announce(connection, touch, NOW + 2 * LEASE)


def test_a_worker_that_comes_back_during_the_recovery_finds_its_claim_gone(ledger: Ledger) -> None:
    put_mails(ledger, 1)
    [touch] = claim(ledger)
    begin(ledger, [touch])
    answers = []

    def come_back() -> None:
        with ledger.marking() as connection:
            answers.append(delivery.announce(connection, touch, NOW + 2 * LEASE))

    worker = Thread(target=come_back)
    with ledger.writing() as connection:
        recovery.recover(connection, wall=NOW + LEASE, now=NOW, on=DAY)
        worker.start()
        worker.join(0.1)  # it waits for what the recovery has locked
    worker.join()
    assert answers == [False]
    assert states(ledger) == {"queued": 1}


def test_what_a_lost_worker_has_noted_went(ledger: Ledger) -> None:
    put_mails(ledger, 3)
    touches = claim(ledger)
    begin(ledger, touches)
    went = NOW + timedelta(seconds=1)
    notes = [Note.of(touches[0].id, "250 queued", went, DAY), Note.of("another's", "250 queued", went, DAY)]
    with ledger.marks() as mark, mark() as connection:
        assert delivery.announce(connection, touches[1], NOW + LEASE, notes)
    with ledger.writing() as connection:
        assert recovery.recover(connection, wall=LATER, now=LATER, on=DAY) == 1
        told = events(connection, touches[0].id)
        shown = {one["id"]: one for one in views.touches(connection)}
    assert [shown[one.id]["state"] for one in touches] == ["sent", "unknown", "queued"]
    assert shown[touches[0].id]["sent_at"] == went
    assert told == [
        Event(went, "w1", "touch.sent", touches[0].id, {"outcome": "sent", "detail": "250 queued"})
    ]


def test_a_cancelled_touch_is_not_begun(ledger: Ledger) -> None:
    [mail] = put_mails(ledger, 1)
    claimed = claim(ledger)
    put(ledger, "r2", cancels=[(mail.id, "stop")])
    assert begin(ledger, claimed) == set()
    assert states(ledger) == {"cancelled": 1}


@pytest.mark.parametrize(
    ("decision", "state"), [("sent", "sent"), ("failed", "failed"), ("requeue", "queued")]
)
def test_a_person_settles_what_is_unknown(ledger: Ledger, decision: str, state: str) -> None:
    put_mails(ledger, 1)
    [touch] = claim(ledger)
    begin(ledger, [touch])
    settle(ledger, touch, "unknown")
    by_hand(ledger, touch.id, decision)
    assert states(ledger) == {state: 1}
    assert len(claim(ledger, "w2")) == (decision == "requeue")
    with ledger.reading() as connection:
        assert events(connection, touch.id)[-1].actor == "kato"


def by_hand(ledger: Ledger, touch: str, decision: str) -> None:
    with ledger.writing() as connection:
        delivery.settle_by_hand(connection, touch, decision, actor="kato", now=NOW, on=DAY)  # type: ignore[arg-type]


def test_a_person_cannot_settle_what_is_settled(ledger: Ledger) -> None:
    [mail] = put_mails(ledger, 1)
    with pytest.raises(LedgerError, match="is queued"):
        by_hand(ledger, mail.id, "requeue")
    with pytest.raises(LedgerError, match="no touch `nobody`"):
        by_hand(ledger, "nobody", "sent")


CLAIM_ALL = """
import pathlib
from datetime import timedelta
from ledgerkit import NOW
from playcall.engine.ledger import delivery
from playcall.engine.ledger.database import open_ledger
ledger = open_ledger(sys.argv[1], pathlib.Path("."))
while True:
    with ledger.writing(patient=True) as connection:
        got = delivery.claim(connection, sys.argv[2], limit=7, now=NOW, wall=NOW,
                             lease=timedelta(minutes=10), channels=["email"])
    if not got:
        break
    print(*(one.id for one in got), sep="\\n")
"""


@pytest.fixture
def script(url: str) -> Callable[..., subprocess.Popen[str]]:
    """Run Python text in a process of its own that has the ledger's URL and the tests' helpers."""
    support = str(Path(__file__).parents[2] / "support")

    def start(text: str, *args: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {support!r})\n{text}", url, *args]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    return start


def test_processes_side_by_side_claim_each_touch_once(
    ledger: Ledger, script: Callable[..., subprocess.Popen[str]]
) -> None:
    mails = put_mails(ledger, 300)
    workers = [script(CLAIM_ALL, f"w{number}") for number in range(2)]
    claimed = [line for worker in workers for line in worker.communicate()[0].split()]
    assert [worker.returncode for worker in workers] == [0, 0]
    assert sorted(claimed) == sorted(mail.id for mail in mails)


DIE = """
import os, pathlib, signal, sys
from zoneinfo import ZoneInfo
from ledgerkit import NOW
from playcall.engine.deliver.deliver import deliver
from playcall.engine.ledger.database import open_ledger
from playcall.engine.ports import Envelope, FixedClock, Outcome
phase, number = sys.argv[2], int(sys.argv[3])
calls = {"render": 0, "send": 0}
def die(here):
    calls[here] += 1
    if here == phase and calls[here] == number:
        os.kill(os.getpid(), signal.SIGKILL)
class Channel:
    def send(self, envelope):
        die("send")
        return Outcome("sent")
def render(touch):
    die("render")
    return Envelope(touch.id, "a@b.test", (touch.touch.recipient,), b"x", {})
ledger = open_ledger(sys.argv[1], pathlib.Path("."))
deliver(ledger, {"email": Channel()}, render, FixedClock(NOW), zone=ZoneInfo("Asia/Tokyo"), worker="w",
        wall=FixedClock(NOW))
"""


def wait_until_gone(ledger: Ledger) -> None:
    """A database server that is busy takes a moment to notice that a worker was killed."""
    until = time.monotonic() + 30
    gone = False
    while not gone and time.monotonic() < until:
        time.sleep(0.01)
        with ledger.reading() as connection:
            tokens = connection.execute(select(tables.claim.c.presence)).scalars().all()
            gone = all(is_gone(connection, token) for token in tokens)


@pytest.mark.parametrize(
    ("phase", "number", "expected"),
    [
        ("render", 5, {"queued": 2 * GROUP + 6}),  # claimed, nothing on its way
        ("send", 3, {"sent": 2, "unknown": 1, "queued": 2 * GROUP + 3}),  # in the first group
        # The last of the first group was sent, but that is not settled.
        ("render", GROUP + 8, {"sent": GROUP - 1, "unknown": 1, "queued": GROUP + 6}),
        ("send", GROUP + 8, {"sent": GROUP + 7, "unknown": 1, "queued": GROUP - 2}),  # in the second group
    ],
)
def test_a_killed_worker_leaves_one_message_unknown(
    ledger: Ledger,
    script: Callable[..., subprocess.Popen[str]],
    phase: str,
    number: int,
    expected: dict[str, int],
) -> None:
    put_mails(ledger, 2 * GROUP + 6)
    worker = script(DIE, phase, str(number))
    worker.communicate()
    assert worker.returncode == -9
    wait_until_gone(ledger)
    with ledger.writing() as connection:  # long before its lease is over: the system says that it is gone
        recovery.recover(connection, wall=NOW, now=NOW, on=DAY)
    assert states(ledger) == expected
    assert len(claim(ledger, "w2", limit=3 * GROUP)) == expected["queued"]
