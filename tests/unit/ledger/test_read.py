"""What runs read back: follow-ups, episodes, and tables for the fact store."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import select, update

from ledgerkit import DAY, NOW, held, occurrence, put, task, touch
from playcall.engine.decide.model import EpisodeRow
from playcall.engine.ledger import bulk, read, tables, views
from playcall.engine.ledger.database import Ledger
from playcall.engine.ledger.open_tasks import closable_tasks
from playcall.engine.ledger.read import followable

EPISODE = EpisodeRow("renewal-intent", "ask", "contract", "C1", 1, None, DAY, DAY, DAY, None, "")


def sent(ledger: Ledger, touch_id: str, state: str, on: date | None = None) -> None:
    with ledger.writing() as connection:
        statement = update(tables.touch).where(tables.touch.c.id == touch_id)
        connection.execute(statement.values(state=state, sent_on=on, next_attempt=None))


def parents(ledger: Ledger) -> list[tuple[str, date]]:
    with ledger.reading() as connection:
        found = followable(connection, "renewal-intent", "ask", "remind", "ask")
        return [(one.record, one.acted_on) for one in found]


@pytest.mark.parametrize(
    ("state", "follows"),
    [
        ("queued", False),
        ("transmitting", False),
        ("sent", True),
        ("unknown", True),
        ("failed", False),
        ("cancelled", False),
    ],
)
def test_a_follow_up_counts_from_the_day_of_sending(ledger: Ledger, state: str, follows: bool) -> None:
    row = occurrence()
    mail = touch(row)
    put(ledger, occurrences=[row], touches=[mail])
    later = DAY + timedelta(days=1)
    sent(ledger, mail.id, state, later if follows else None)
    assert parents(ledger) == ([("C1", later)] if follows else [])


def test_a_follow_up_counts_from_the_first_of_several(ledger: Ledger) -> None:
    row = occurrence()
    first, second, todo = touch(row), touch(row, recipient="b@acme.test"), task(row)
    put(ledger, occurrences=[row], touches=[first, second, todo[0]], tasks=[todo[1]])
    assert parents(ledger) == [("C1", DAY)]  # the task opened
    sent(ledger, first.id, "sent", DAY - timedelta(days=1))
    sent(ledger, second.id, "sent", DAY + timedelta(days=1))
    assert parents(ledger) == [("C1", DAY - timedelta(days=1))]


def test_one_message_for_several_records_lets_each_be_followed(ledger: Ledger) -> None:
    rows = [occurrence("C1"), occurrence("C2")]
    mail = touch(rows[0], members=tuple(row.id for row in rows))
    put(ledger, occurrences=rows, touches=[mail])
    sent(ledger, mail.id, "sent", DAY)
    assert parents(ledger) == [("C1", DAY), ("C2", DAY)]
    with ledger.reading() as connection:
        assert [one["id"] for one in views.touches(connection, record="C2")] == [mail.id]


def test_what_is_followed_or_ended_or_adopted_is_not_followed(ledger: Ledger) -> None:
    rows = [occurrence(f"C{number}", episode=1) for number in range(3)]
    mails = [touch(row) for row in rows]
    adopted = occurrence("C9", verdict="adopted", fired_on=None)
    follow_up = held("C0", play="remind", parent=rows[0].id)
    ended = EPISODE._replace(record="C1", closed_on=DAY, closed_by="clear")
    put(ledger, occurrences=[*rows, adopted, follow_up], touches=mails, episodes=[ended])
    for mail in mails:
        sent(ledger, mail.id, "sent", DAY)
    assert parents(ledger) == [("C2", DAY)]


def test_closed_episodes_of_records(ledger: Ledger) -> None:
    closed = EPISODE._replace(closed_on=DAY, closed_by="clear")
    put(ledger, episodes=[closed, EPISODE._replace(number=2)])
    asked = [("renewal-intent", "ask", "C1", number) for number in (1, 2)]
    with ledger.reading() as connection:
        assert read.closed_episodes(connection, asked) == {("renewal-intent", "ask", "C1", 1)}


ASK, REMIND = ("renewal-intent", "ask"), ("renewal-intent", "remind")


@pytest.mark.parametrize(
    ("asking", "closing", "found"),
    [
        ([], [], ["ask C1", "remind C1"]),
        ([REMIND], [], ["ask C1", "remind C1", "remind C2", "remind C3"]),
        ([], ["C2"], ["ask C1", "ask C2", "remind C1", "remind C2"]),
        ([ASK], ["C3"], ["ask C1", "ask C2", "ask C3", "remind C1"]),
    ],
)
def test_tasks_that_a_run_may_close(
    ledger: Ledger, asking: list[tuple[str, str]], closing: list[str], found: list[str]
) -> None:
    """Those of plays with an `until`, of episodes that are closed, the parent's too, and that end now. The
    episode of C1 is closed; the reminder of C3 belongs to none."""
    rows = [occurrence(f"C{n}", episode=1) for n in (1, 2, 3)]
    rows += [occurrence(f"C{n}", play="remind", episode=1 if n < 3 else None) for n in (1, 2, 3)]
    touches, tasks = zip(*(task(row) for row in rows), strict=True)
    episodes = [EPISODE._replace(closed_on=DAY, closed_by="clear"), EPISODE._replace(record="C2")]
    put(ledger, occurrences=rows, touches=touches, tasks=tasks, episodes=episodes)
    with ledger.reading() as connection:
        closable = closable_tasks(connection, asking, {REMIND: "ask"}, closing)
    assert sorted(f"{one.play} {one.record}" for one in closable) == found


NASTY = ['a,b;"c"', "line\nbreak", "加藤", " ", "%s %w", "'", "NULL", "\\N"]


def test_rows_travel_to_duckdb_as_they_are(ledger: Ledger, tmp_path: Path) -> None:
    rows = [occurrence(record, detail=record, cycle=None if n else "") for n, record in enumerate(NASTY)]
    put(ledger, occurrences=rows)
    known = tables.occurrence.c
    columns = (known.record, known.detail, known.cycle, known.reason, known.due, known.open, known.episode)
    with ledger.reading() as connection:
        source = bulk.export(connection, select(*columns), tmp_path / "it's.csv")
    with duckdb.connect() as duck:
        found = duck.execute(f"select * from {source} order by all").fetchall()
    expected = [(row.record, row.detail, row.cycle, "", DAY, False, None) for row in rows]
    assert sorted(found, key=lambda row: row[0]) == sorted(expected, key=lambda row: row[0])


def test_facts_of_touches_and_tasks(ledger: Ledger, tmp_path: Path) -> None:
    row = occurrence()
    todo = task(row)
    put(ledger, occurrences=[row], touches=[touch(row), todo[0]], tasks=[todo[1]])
    with ledger.reading() as connection, duckdb.connect() as duck:
        touches = bulk.export(connection, views.touch_facts(), tmp_path / "touches.csv")
        tasks = bulk.export(connection, views.task_facts(DAY), tmp_path / "tasks.csv")
        assert duck.execute(f'select type, "to", created_on from {touches} order by type').fetchall() == [
            ("email", "c1@acme.test", DAY),
            ("task", "kato", DAY),
        ]
        found = duck.execute(f"select title, state, rank, due, closed_on from {tasks}").fetchall()
    assert found == [("Save アクメ", "open", 1200.5, date(2026, 3, 4), None)]


def test_status_counts(ledger: Ledger) -> None:
    row = occurrence()
    put(ledger, occurrences=[row, held("C2"), held("C3")], touches=[touch(row)])
    with ledger.reading() as connection:
        status = views.status(connection, DAY)
    assert status["touches"] == {"queued": 1}
    assert status["verdicts"] == {"fired": 1, "held": 2}
    assert status["held"] == [{"playbook": "renewal-intent", "play": "ask", "reason": "source", "count": 2}]
    assert (status["last_run"]["run"], status["last_run"]["as_of"]) == ("r1", NOW)
