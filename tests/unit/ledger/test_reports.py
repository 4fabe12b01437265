"""Reports against the ledger: many at once, on each database."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC

import pytest

from ledgerkit import DAY, NOW, occurrence, put, touch
from playcall.engine.decide.model import TouchRow
from playcall.engine.deliver.deliver import deliver
from playcall.engine.ledger import reports, suppression, views
from playcall.engine.ledger.database import Ledger
from playcall.engine.ledger.delivery import ClaimedTouch, settle_by_hand
from playcall.engine.ledger.reports import Told
from playcall.engine.ledger.tasks import Act
from playcall.engine.ports import Envelope, FixedClock, Outcome

ACT = Act("inbox", NOW, DAY)
GONE = Outcome("failed", "550 5.1.1 no such user", refused="ceo@acme.test", status="5.1.1")


class Line:
    """A channel with the same outcome for every message."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome

    def send(self, message: Envelope) -> Outcome:
        return self._outcome

    def check(self) -> str:
        return ""

    def close(self) -> None:
        """Nothing to close."""


def render(claimed: ClaimedTouch) -> Envelope:
    recipients = (claimed.touch.recipient, *claimed.touch.cc)
    return Envelope(claimed.id, "cs@acme.test", recipients, b"Hello", {}, f"<{claimed.id}@acme.test>")


def queued(ledger: Ledger, count: int) -> list[TouchRow]:
    """Messages that wait, all to one customer."""
    rows = [occurrence(f"C{number}") for number in range(count)]
    given = {"recipient": "ceo@acme.test", "address": "ceo@acme.test", "customer": True, "cc": ()}
    mails = [touch(row, **given) for row in rows]
    put(ledger, occurrences=rows, touches=mails)
    return mails


def send(ledger: Ledger, outcome: Outcome, limit: int | None = None) -> None:
    clock = FixedClock(NOW)
    channels = {"email": Line(outcome)}
    deliver(ledger, channels, render, clock, zone=UTC, worker="w", wall=clock, limit=limit)  # type: ignore[arg-type]


def told(mail: TouchRow, kind: str = "failed", **changes: object) -> Told:
    given = {"message_id": f"<{mail.id}@acme.test>", "touch": "", "addresses": ("CEO@acme.test",)}
    return Told(kind, **{"status": "5.1.1", "detail": "no", **given, **changes})  # type: ignore[arg-type]


def at_once(ledger: Ledger, wanted: list[Told]) -> Counter[str]:
    """Several readers, each with a report."""

    def one(report: Told) -> str:
        with ledger.writing(patient=True) as connection:
            return reports.receive(connection, report, ACT)[0]

    with ThreadPoolExecutor(len(wanted)) as pool:
        return Counter(pool.map(one, wanted))


def suppressions(ledger: Ledger) -> list[tuple[str, str]]:
    with ledger.reading() as connection:
        return [(one["address"], one["reason"]) for one in suppression.suppressions_of(connection)]


def states(ledger: Ledger) -> Counter[str]:
    with ledger.reading() as connection:
        return Counter(one["state"] for one in views.touches(connection))


def test_one_report_that_several_read_counts_once(ledger: Ledger) -> None:
    [mail] = queued(ledger, 1)
    send(ledger, Outcome("sent"))
    assert at_once(ledger, [told(mail)] * 6) == {"suppressed": 1, "known": 5}
    assert suppressions(ledger) == [("ceo@acme.test", "bounce")]
    assert states(ledger) == {"failed": 1}


def test_a_message_that_is_sent_again_may_come_back_again(ledger: Ledger) -> None:
    [mail] = queued(ledger, 1)
    for number in ("first", "second"):
        send(ledger, Outcome("sent"))
        full = told(mail, status="5.2.2", letter=f"<{number}@mx.test>")
        assert at_once(ledger, [full] * 2) == {"failed": 1, "known": 1}
        assert states(ledger) == {"failed": 1}
        with ledger.writing() as connection:
            settle_by_hand(connection, mail.id, "requeue", actor="kato", now=NOW, on=DAY)


def test_reports_on_several_messages_to_one_address(ledger: Ledger) -> None:
    mails = queued(ledger, 6)
    send(ledger, Outcome("sent"), limit=5)  # the last bound lets no more go
    assert at_once(ledger, [told(mail) for mail in mails if _is_sent(ledger, mail)]) == {"suppressed": 5}
    assert suppressions(ledger) == [("ceo@acme.test", "bounce")]


def _is_sent(ledger: Ledger, mail: TouchRow) -> bool:
    with ledger.reading() as connection:
        return any(one["id"] == mail.id and one["state"] == "sent" for one in views.touches(connection))


def test_workers_that_find_the_same_address_gone_all_settle(ledger: Ledger) -> None:
    queued(ledger, 4)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: send(ledger, GONE, limit=1), range(4)))
    assert suppressions(ledger) == [("ceo@acme.test", "bounce")]
    assert set(states(ledger)) <= {"failed", "cancelled"}


@pytest.mark.parametrize(
    ("kind", "first", "came_to", "state"),
    [
        ("delivered", Outcome("unknown", "no answer"), "sent", "sent"),
        ("failed", Outcome("unknown", "no answer"), "suppressed", "failed"),
        ("complaint", Outcome("unknown", "no answer"), "complained", "sent"),
        ("delivered", Outcome("sent"), "unchanged", "sent"),
        ("failed", Outcome("failed", "554 spam"), "suppressed", "failed"),
        ("failed", Outcome("retry", "451 later"), "suppressed", "queued"),
    ],
)
def test_what_becomes_of_a_message(
    ledger: Ledger, kind: str, first: Outcome, came_to: str, state: str
) -> None:
    [mail] = queued(ledger, 1)
    send(ledger, first)
    with ledger.writing() as connection:
        assert reports.receive(connection, told(mail, kind), ACT) == (came_to, mail.id)
    assert states(ledger) == {state: 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"message_id": ""},
        {"message_id": "<>"},
        {"message_id": "<" + "x" * 500 + "@acme.test>"},
        {"addresses": ("else@acme.test",)},
        {"message_id": "", "touch": "aaaaaaaaaaaaaaaaaaaa"},
    ],
)
def test_what_is_about_nothing_of_ours(ledger: Ledger, changes: dict[str, object]) -> None:
    [mail] = queued(ledger, 1)
    send(ledger, Outcome("sent"))
    with ledger.writing() as connection:
        assert reports.receive(connection, told(mail, **changes), ACT) == ("foreign", "")
    assert (states(ledger), suppressions(ledger)) == ({"sent": 1}, [])


def test_a_message_that_is_just_being_sent_is_waited_for(ledger: Ledger) -> None:
    [mail] = queued(ledger, 1)
    seen: list[str] = []

    class Reporting(Line):
        """The report is quicker than the server's answer."""

        def send(self, message: Envelope) -> Outcome:
            with ledger.writing() as connection:
                seen.append(reports.receive(connection, told(mail), ACT)[0])
            return Outcome("sent")

    clock = FixedClock(NOW)
    channels = {"email": Reporting(Outcome("sent"))}
    deliver(ledger, channels, render, clock, zone=UTC, worker="w", wall=clock)  # type: ignore[arg-type]
    assert seen == ["early"]
    assert at_once(ledger, [told(mail)]) == {"suppressed": 1}
