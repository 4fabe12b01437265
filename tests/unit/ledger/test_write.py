"""A run is written whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select

from ledgerkit import DAY, NOW, commit, held, occurrence, put, put_mails, task, touch
from playcall.engine.decide.model import EpisodeRow, Foreseen, PlayRow
from playcall.engine.ledger import read, tables, views
from playcall.engine.ledger.database import Ledger
from playcall.engine.ledger.errors import LedgerError
from playcall.engine.ledger.events import events
from playcall.engine.ledger.open_tasks import open_tasks
from playcall.engine.ledger.write import close_run, rename, write

EPISODE = EpisodeRow("renewal-intent", "ask", "contract", "C1", 1, None, DAY, DAY, None, None, "")


def count(ledger: Ledger, name: str) -> int:
    with ledger.reading() as connection:
        return connection.execute(select(func.count()).select_from(tables.metadata.tables[name])).scalar_one()


def test_everything_of_a_run_comes_back(ledger: Ledger) -> None:
    row, waiting = occurrence("C1"), held("C2", parent=None)
    mail = touch(row)
    put(
        ledger,
        occurrences=[row, waiting],
        touches=[mail, task(row)[0]],
        tasks=[task(row)[1]],
        episodes=[EPISODE],
        plays=[PlayRow("renewal-intent", "ask", DAY, DAY, "f")],
        foreseen=[Foreseen("renewal-intent", "ask", DAY, 7)],
    )
    with ledger.reading() as connection:
        assert read.occurrences_of(connection, "renewal-intent", "ask", "C1") == [row]
        assert read.open_occurrences(connection) == [waiting]
        assert [one.id for one in read.queued_touches(connection)] == [mail.id]
        assert [one.id for one in open_tasks(connection)] == [task(row)[1].id]
        assert read.play_rows(connection) == [PlayRow("renewal-intent", "ask", DAY, DAY, "f")]
        assert read.foreseen(connection, DAY, DAY) == {("renewal-intent", "ask"): {DAY: 7}}
        assert read.fired_per_day(connection, DAY) == [("renewal-intent", "ask", DAY, 1)]
        assert read.last_run(connection) == replace(commit().run, summary={})
    assert count(ledger, "decision") == 2


def test_a_summary_is_completed_when_the_run_closes(ledger: Ledger) -> None:
    put(ledger)
    with ledger.writing() as connection:
        close_run(connection, "r1", {"delivery": {"sent": 3}})
    with ledger.reading() as connection:
        last = read.last_run(connection)
    assert last is not None
    assert last.summary == {"delivery": {"sent": 3}}


def test_an_open_occurrence_is_decided_again_and_only_news_are_recorded(ledger: Ledger) -> None:
    put(ledger, occurrences=[held()])
    put(ledger, "r2", occurrences=[held(run="r2", decided_on=date(2026, 3, 3))])
    assert count(ledger, "decision") == 1
    put(ledger, "r3", occurrences=[occurrence(run="r3")])
    assert count(ledger, "decision") == 2
    with ledger.reading() as connection:
        assert read.occurrences_of(connection, "renewal-intent", "ask", "C1") == [occurrence(run="r3")]


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (occurrence(run="r2"), "decided already"),
        (occurrence(run="r2", id="another"), "already has one of these rows"),
    ],
)
def test_nothing_is_decided_twice(ledger: Ledger, second: object, message: str) -> None:
    put(ledger, occurrences=[occurrence()])
    with pytest.raises(LedgerError, match=message):
        put(ledger, "r2", occurrences=[occurrence("C2", run="r2"), second])
    assert count(ledger, "occurrence") == 1
    assert count(ledger, "run") == 1


def test_one_occurrence_twice_in_a_run_is_refused(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="twice"):
        put(ledger, occurrences=[held(), held()])
    assert count(ledger, "run") == 0


def test_a_touch_cannot_be_there_twice(ledger: Ledger) -> None:
    row = occurrence()
    put(ledger, occurrences=[row], touches=[touch(row)])
    with pytest.raises(LedgerError, match="already has one of these rows"):
        put(ledger, "r2", touches=[touch(row, id="another")])
    assert count(ledger, "touch") == 1


def test_an_expired_occurrence_whose_date_moves_is_due_again(ledger: Ledger) -> None:
    put(ledger, occurrences=[occurrence(verdict="expired", reason="grace", fired_on=None)])
    moved = occurrence(run="r2", due=DAY + timedelta(days=30))
    put(ledger, "r2", occurrences=[moved])
    with ledger.reading() as connection:
        assert read.occurrences_of(connection, "renewal-intent", "ask", "C1") == [moved]


def test_a_run_is_written_once(ledger: Ledger) -> None:
    put(ledger)
    with pytest.raises(LedgerError, match="in the ledger already"):
        put(ledger)


def test_cancelled_touches_and_cleared_tasks(ledger: Ledger) -> None:
    row = occurrence()
    outbox, todo = task(row)
    mail = touch(row)
    put(ledger, occurrences=[row], touches=[mail, outbox], tasks=[todo])
    put(ledger, "r2", cancels=[(mail.id, "stop")], cleared=[(todo.id, "episode")])
    with ledger.reading() as connection:
        states = {one["id"]: (one["state"], one["reason"]) for one in views.touches(connection)}
        assert states == {mail.id: ("cancelled", "stop"), todo.id: ("closed", "")}
        assert open_tasks(connection) == []
        assert [one.kind for one in events(connection, mail.id)] == ["touch.cancelled"]
        assert [one.kind for one in events(connection, todo.id)] == ["task.cleared"]


def test_history_follows_a_rename(ledger: Ledger) -> None:
    row = occurrence()
    plays = [PlayRow("renewal-intent", "ask", DAY, DAY, "f")]
    put(ledger, occurrences=[row], touches=[touch(row)], plays=plays, episodes=[EPISODE])
    with ledger.locked() as connection:
        rename(connection, [("renewal-intent", "ask", "renewal", "invite"), ("x", "y", "renewal", "z")])
        write(connection, commit("r2"))
    with ledger.reading() as connection:
        assert [one.id for one in read.occurrences_of(connection, "renewal", "invite", "C1")] == [row.id]
        assert [one.play for one in read.play_rows(connection)] == ["invite"]
        assert [one["play"] for one in views.touches(connection)] == ["invite"]


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC),
        datetime(2026, 3, 29, 9, 0, tzinfo=timezone(timedelta(hours=9))),
        datetime(1999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=11, minutes=30))),
    ],
)
def test_moments_come_back_in_utc(ledger: Ledger, moment: datetime) -> None:
    put_mails(ledger, 1, send_at=moment)
    with ledger.reading() as connection:
        found = views.touches(connection)[0]["send_at"]
    assert (found, found.tzinfo) == (moment.astimezone(UTC), UTC)


def test_a_moment_without_a_time_zone_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        put_mails(ledger, 1, send_at=NOW.replace(tzinfo=None))
    assert count(ledger, "run") == 0
