"""What is read again when a send begins: with many workers at once, no cap and no bound is broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledgerkit import DAY, NOW, occurrence, put, touch
from playcall.engine.catalog.contact_rules import ContactRules, Limit, Limits, QuietHours, Topic
from playcall.engine.decide.policy import Policy
from playcall.engine.deliver.deliver import deliver
from playcall.engine.ledger import views
from playcall.engine.ledger.database import Ledger, open_ledger
from playcall.engine.ledger.delivery import ClaimedTouch
from playcall.engine.ledger.guard import Guard
from playcall.engine.ledger.suppression import Consent, Suppression, agree, suppress
from playcall.engine.ledger.tasks import Act
from playcall.engine.ports import Envelope, FixedClock, Outcome

ACT = Act("kato", NOW, DAY)
WEEK = timedelta(days=7)


class Sink:
    """A channel that takes everything."""

    def __init__(self) -> None:
        self.sent: list[Envelope] = []

    def send(self, message: Envelope) -> Outcome:
        self.sent.append(message)
        return Outcome("sent")

    def close(self) -> None:
        """Nothing to close."""


def rules(**limits: Any) -> ContactRules:
    return ContactRules(Limits(**limits), {"news": Topic("news", "promotional")})


def mails(ledger: Ledger, count: int, **changes: Any) -> None:
    """Queue ``count`` messages to one customer."""
    rows = [occurrence(f"C{number}") for number in range(count)]
    given = {"recipient": "ceo@acme.test", "address": "ceo@acme.test", "customer": True, "cc": ()} | changes
    put(ledger, occurrences=rows, touches=[touch(row, **given) for row in rows])


def render(claimed: ClaimedTouch) -> Envelope:
    recipients = (claimed.touch.recipient, *claimed.touch.cc)
    return Envelope(claimed.id, "cs@acme.test", recipients, b"Hello", {}, f"<{claimed.id}@x>")


def send(ledger: Ledger, found: ContactRules, after: timedelta = timedelta(0)) -> list[Envelope]:
    """One worker at a moment; gives what it sent."""
    sink = Sink()
    clock = FixedClock(NOW + after)
    guard = Guard(Policy(found))
    deliver(ledger, {"email": sink}, render, clock, zone=UTC, worker="w", wall=clock, guard=guard)
    return sink.sent


def reasons(ledger: Ledger) -> Counter[tuple[str, str]]:
    with ledger.reading() as connection:
        return Counter((one["state"], one["reason"]) for one in views.touches(connection))


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        ({"per_contact": Limit(3, WEEK, "defer")}, 3),
        ({"per_account": Limit(4, WEEK, "defer")}, 4),
        ({"per_address": 5}, 5),
        ({}, 20),
    ],
)
def test_many_workers_at_once_keep_every_bound(
    url: str, tmp_path: Path, limits: dict[str, Any], most: int
) -> None:
    first = open_ledger(url, tmp_path)
    mails(first, 40)

    def work(_: int) -> Sequence[Envelope]:
        ledger = open_ledger(url, tmp_path)
        try:
            return send(ledger, rules(**limits))
        finally:
            ledger.close()

    with ThreadPoolExecutor(4) as pool:
        sent = [one for some in pool.map(work, range(4)) for one in some]
    assert len(sent) == most
    assert sum(count for (state, _), count in reasons(first).items() if state == "deferred") == 40 - most
    first.close()


def test_what_is_put_off_goes_when_there_is_room(ledger: Ledger) -> None:
    mails(ledger, 3, deadline=None)
    found = rules(per_contact=Limit(1, WEEK, "defer"))
    went = [len(send(ledger, found, timedelta(days=day))) for day in range(16)]
    assert went == [1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0]


def test_what_finds_no_room_in_time_expires(ledger: Ledger) -> None:
    mails(ledger, 3, deadline=DAY)
    found = rules(per_contact=Limit(1, timedelta(days=3), "defer"))
    for day in range(8):
        send(ledger, found, timedelta(days=day))
    assert reasons(ledger) == {("sent", ""): 2, ("expired", "capped: contact"): 1}


def test_transactional_messages_are_not_put_off(ledger: Ledger) -> None:
    mails(ledger, 3, topic_kind="transactional")
    assert len(send(ledger, rules(per_contact=Limit(1, WEEK, "defer")))) == 3


def test_colleagues_are_not_capped_but_bounded(ledger: Ledger) -> None:
    mails(ledger, 4, customer=False)
    assert len(send(ledger, rules(per_contact=Limit(1, WEEK, "defer"), per_address=3))) == 3


def test_copies_count_and_are_left_out(ledger: Ledger) -> None:
    mails(ledger, 2, cc=("Boss@acme.test",), copies=("boss@acme.test",))
    with ledger.writing() as connection:
        suppress(connection, [Suppression("BOSS@acme.test", "legal")], ACT)
    assert [one.recipients for one in send(ledger, rules())] == [("ceo@acme.test",)] * 2


def test_a_copy_is_bounded_like_any_message(ledger: Ledger) -> None:
    rows = [occurrence(f"C{number}") for number in range(4)]
    copied = {"cc": ("boss@acme.test",), "copies": ("boss@acme.test",), "customer": True}
    touches = [touch(row, address=f"{row.record}@acme.test", **copied) for row in rows]
    put(ledger, occurrences=rows, touches=touches)
    assert len(send(ledger, rules(per_address=3))) == 3


def test_consent_is_read_again(ledger: Ledger) -> None:
    mails(ledger, 1, topic="news", topic_kind="promotional")
    with ledger.writing() as connection:
        agree(connection, [Consent("Ceo@acme.test", "*", "relationship", NOW, "contract 7")], ACT)
    assert send(ledger, rules()) == []
    assert reasons(ledger) == {("cancelled", "suppressed: consent"): 1}


def test_quiet_hours_are_looked_at_again(ledger: Ledger) -> None:
    mails(ledger, 1, timezone="Asia/Tokyo")
    night = QuietHours(NOW.time().replace(hour=19), NOW.time().replace(hour=9), False, False)
    found = ContactRules(quiet_hours=night)
    assert send(ledger, found) == []  # 08:00 in Tokyo
    assert reasons(ledger) == {("queued", "quiet hours"): 1}
    assert len(send(ledger, found, timedelta(hours=1))) == 1
