"""The worklist: what people do with tasks, each act with its actor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from ledgerkit import DAY, NOW, occurrence, put, task
from playcall.engine.ledger import tasks, views
from playcall.engine.ledger.database import Ledger
from playcall.engine.ledger.errors import LedgerError
from playcall.engine.ledger.events import events
from playcall.engine.ledger.pauses import pause, resume
from playcall.engine.ledger.tasks import Act

ACT = Act("kato", NOW, DAY)
TOMORROW = DAY + timedelta(days=1)


@pytest.fixture
def todo(ledger: Ledger) -> str:
    """The id of an open task."""
    row = occurrence()
    outbox, made = task(row)
    put(ledger, occurrences=[row], touches=[outbox], tasks=[made])
    return made.id


def listed(ledger: Ledger, today: date = DAY, **filters: Any) -> list[str]:
    with ledger.reading() as connection:
        return [one["id"] for one in tasks.tasks(connection, today, **filters)]


def touch_state(ledger: Ledger) -> str:
    with ledger.reading() as connection:
        return str(views.touches(connection)[0]["state"])


def test_the_most_urgent_comes_first(ledger: Ledger) -> None:
    shapes = [("low", 9.0), ("high", None), ("urgent", 1.0), ("high", 5.0)]
    rows = [occurrence(f"C{number}") for number in range(len(shapes))]
    made = [task(row, priority=p, rank=r) for row, (p, r) in zip(rows, shapes, strict=True)]
    put(ledger, occurrences=rows, touches=[one[0] for one in made], tasks=[one[1] for one in made])
    with ledger.reading() as connection:
        found = [(one["priority"], one["rank"]) for one in tasks.tasks(connection, DAY)]
    assert found == [("urgent", 1.0), ("high", 5.0), ("high", None), ("low", 9.0)]


def test_filters(ledger: Ledger, todo: str) -> None:
    assert listed(ledger) == listed(ledger, assignee="kato", record="C1") == [todo]
    assert listed(ledger, assignee="ito") == listed(ledger, record="C2") == listed(ledger, state="done") == []


def test_done(ledger: Ledger, todo: str) -> None:
    with ledger.writing() as connection:
        tasks.done(connection, todo, ACT, outcome="saved", note="met them")
    with ledger.reading() as connection:
        shown = tasks.show(connection, todo, DAY)
        happened = events(connection, todo)
    assert (shown["state"], shown["closed_on"], shown["closed_by"]) == ("done", DAY, "kato")
    assert [(one.kind, one.actor, one.data) for one in happened] == [
        ("task.done", "kato", {"outcome": "saved", "note": "met them"})
    ]
    assert touch_state(ledger) == "closed"


def test_a_cancelled_task_has_not_acted(ledger: Ledger, todo: str) -> None:
    with ledger.writing() as connection:
        tasks.cancel(connection, todo, ACT)
    assert touch_state(ledger) == "cancelled"


def test_a_snoozed_task_comes_back_on_its_day(ledger: Ledger, todo: str) -> None:
    with ledger.writing() as connection:
        tasks.snooze(connection, todo, ACT, TOMORROW)
    assert listed(ledger) == []
    assert listed(ledger, state="snoozed") == [todo]
    assert listed(ledger, TOMORROW) == [todo]


def test_reassign_and_tick(ledger: Ledger, todo: str) -> None:
    with ledger.writing() as connection:
        tasks.reassign(connection, todo, ACT, "ito")
        tasks.check(connection, todo, ACT, 2)
    with ledger.reading() as connection:
        shown = tasks.show(connection, todo, DAY)
        happened = events(connection, todo)
    assert shown["assignee"] == "ito"
    assert [one["done"] for one in shown["checklist"]] == [False, True]
    assert happened[0].data == {"from": "kato", "to": "ito"}


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda connection, todo: tasks.snooze(connection, todo, ACT, DAY), "after today"),
        (lambda connection, todo: tasks.check(connection, todo, ACT, 3), "no item 3"),
        (lambda connection, todo: tasks.done(connection, "nothing", ACT), "no task `nothing`"),
        (lambda connection, todo: tasks.show(connection, "nothing", DAY), "no task `nothing`"),
        (lambda connection, todo: resume(connection, "*", ACT), "there is no pause of everything"),
    ],
)
def test_what_makes_no_sense_is_refused(
    ledger: Ledger, todo: str, act: Callable[[Connection, str], object], message: str
) -> None:
    with pytest.raises(LedgerError, match=message), ledger.writing() as connection:
        act(connection, todo)


def test_a_closed_task_stays_closed(ledger: Ledger, todo: str) -> None:
    with ledger.writing() as connection:
        tasks.done(connection, todo, ACT)
    with pytest.raises(LedgerError, match="is done already"), ledger.writing() as connection:
        tasks.reassign(connection, todo, ACT, "ito")


def test_a_pause_is_made_once_and_told(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        pause(connection, "renewal-intent", ACT)
    again = pytest.raises(LedgerError, match="paused already, since 2026-03-01 by kato")
    with again, ledger.writing() as connection:
        pause(connection, "renewal-intent", ACT)
