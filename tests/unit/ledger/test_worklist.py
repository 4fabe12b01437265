"""The worklist's order and its pages, on both databases."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from ledgerkit import DAY, NOW, occurrence, put, task
from playcall.engine.ledger import tables, tasks, worklist
from playcall.engine.ledger.database import Ledger
from playcall.engine.ledger.erase import erase
from playcall.engine.ledger.events import events_since, last_event
from playcall.engine.ledger.place import place_of
from playcall.engine.ledger.tasks import Act
from playcall.engine.ledger.worklist import Shown, Where

LATER = date(2026, 9, 1)
# In their order: priority, then the greatest rank, then the earliest day; what is missing is last.
IN_ORDER = (
    ("urgent", None, None),
    ("high", 1e300, None),
    ("high", 12.5, DAY),
    ("high", 12.5, LATER),
    ("high", 12.5, None),
    ("high", 0.0, None),
    ("high", -0.25, None),
    ("high", -1e300, None),
    ("high", None, DAY),
    ("normal", 5.0, None),
    ("low", None, None),
    ("of another version", None, None),
)


def test_the_place_sorts_as_people_do() -> None:
    places = [place_of(*one) for one in IN_ORDER]
    assert places == sorted(places)
    assert len(set(places)) == len(places)
    assert {len(place) for place in places} == {28}
    assert place_of("high", -0.0, None) == place_of("high", 0.0, None)


def fill(ledger: Ledger) -> list[str]:
    """The tasks above for kato, in their order, and one of mori's between. Gives kato's."""
    given = [(occurrence(f"C{number:02}"), one) for number, one in enumerate(reversed(IN_ORDER))]
    made = [task(of, priority=priority, rank=rank, due=due) for of, (priority, rank, due) in given]
    other = occurrence("C99")
    made.append(task(other, assignee="mori", priority="urgent", rank=1.0))
    rows = [of for of, _ in given] + [other]
    touches, opened = zip(*made, strict=True)
    put(ledger, occurrences=rows, touches=touches, tasks=opened)
    return [row.id for row in reversed(opened[:-1])]


def page(
    ledger: Ledger,
    people: set[str] | None,
    after: Where | None,
    size: int,
    day: date = DAY,
    shown: Shown = "open",
) -> list[str]:
    with ledger.reading() as connection:
        return [row["id"] for row in worklist.page(connection, day, people, shown, after, size)]


@pytest.mark.parametrize("size", [1, 5, 100])
def test_pages_follow_one_another_without_a_gap(ledger: Ledger, size: int) -> None:
    wanted, found, after = fill(ledger), [], None
    while rows := page(ledger, {"kato"}, after, size):
        found += rows
        with ledger.reading() as connection:
            place = connection.execute(
                text("select place from task where id = :id"), {"id": rows[-1]}
            ).scalar_one()
        after = Where(place, rows[-1])
    assert found == wanted
    assert len(page(ledger, None, None, 100)) == len(wanted) + 1


def test_what_is_put_off_or_closed_is_not_shown(ledger: Ledger) -> None:
    first, second, *rest = fill(ledger)
    with ledger.writing() as connection:
        act = Act("kato", NOW, DAY)
        tasks.snooze(connection, first, act, LATER, "on holiday")
        tasks.done(connection, second, act)
    assert page(ledger, {"kato"}, None, 100) == rest
    assert page(ledger, {"kato"}, None, 100, shown="snoozed") == [first]
    assert page(ledger, {"kato"}, None, 100, LATER) == [first, *rest]
    assert page(ledger, {"kato"}, None, 100, LATER, "snoozed") == []


def test_handing_over_gives_the_days_anew_where_wanted(ledger: Ledger) -> None:
    one = next(one for one in fill(ledger) if _row(ledger, one)["due"] == DAY)
    later = date(2026, 3, 12)
    with ledger.writing() as connection:
        tasks.reassign(connection, one, Act("kato", NOW, later), "mori")
        assert tasks.show(connection, one, later)["due"] == DAY
        tasks.reassign(connection, one, Act("mori", NOW, later), "kato", shift=True)
    row = _row(ledger, one)
    assert (row["due"], row["place"]) == (later, place_of(row["priority"], row["rank"], later))


def test_all_open_tasks_are_handed_over_at_once(ledger: Ledger) -> None:
    closed, put_off, *rest = fill(ledger)
    later = date(2026, 3, 12)
    with ledger.writing() as connection:
        tasks.done(connection, closed, Act("kato", NOW, DAY))
        tasks.snooze(connection, put_off, Act("kato", NOW, DAY), LATER, "on holiday")
        before = last_event(connection)
        count = tasks.reassign_all(connection, "kato", Act("ops", NOW, later), "mori", shift=True)
        assert tasks.reassign_all(connection, "kato", Act("ops", NOW, later), "mori") == 0
        told = events_since(connection, before)
    assert count == 1 + len(rest) == len(told)
    assert {event.kind for event in told} == {"task.reassigned"}
    assert {event.subject for event in told} == {put_off, *rest}
    assert _row(ledger, closed)["assignee"] == "kato"
    rows = [_row(ledger, one) for one in rest]
    assert {row["assignee"] for row in rows} == {"mori"}
    moved = [row for row in rows if row["due"] is not None]
    assert {row["due"] for row in moved} == {later, later + (LATER - DAY)}
    assert all(row["place"] == place_of(row["priority"], row["rank"], row["due"]) for row in rows)
    assert page(ledger, {"mori"}, None, 100, shown="snoozed") == [put_off]


@pytest.mark.parametrize(
    ("people", "shown", "index"),
    [
        (None, "open", "ix_task_place"),
        ({"kato"}, "open", "ix_task_open"),
        (None, "snoozed", "ix_task_snoozed"),
    ],
)
def test_a_page_is_read_in_the_order_of_an_index(
    ledger: Ledger, people: set[str] | None, shown: Shown, index: str
) -> None:
    if ledger.engine.dialect.name != "sqlite":
        pytest.skip("what PostgreSQL plans depends on how much there is")
    fill(ledger)
    with ledger.reading() as connection:
        sql = _statement(connection, people, shown)
        plans = [row[-1] for row in connection.exec_driver_sql(f"explain query plan {sql}")]
    assert any(f"USING INDEX {index}" in one for one in plans), plans
    assert not any("TEMP B-TREE" in one for one in plans), plans


def _statement(connection: object, people: set[str] | None, shown: Shown) -> str:
    """The statement of a page, with its values in it."""
    seen: list[str] = []

    class Watching:
        def execute(self, statement: object) -> object:
            seen.append(str(statement.compile(connection, compile_kwargs={"literal_binds": True})))  # type: ignore[attr-defined]
            return connection.execute(statement)  # type: ignore[attr-defined]

    worklist.page(Watching(), DAY, people, shown, Where("1", "a"), 50)  # type: ignore[arg-type]
    return seen[0]


def test_an_erased_person_has_no_message_waiting_for_them(ledger: Ledger) -> None:
    one = fill(ledger)[0]
    mails = [{"address": "ceo@acme.test", "recipient_name": "Carla Chief"}, {"address": "cto@acme.test"}]
    with ledger.writing() as connection:
        kept = tables.task.update().where(tables.task.c.id == one).values(mails=mails)
        connection.execute(kept)
        erase(connection, "CEO@acme.test", Act("ops", NOW, DAY))
    assert _row(ledger, one)["mails"] == [{"address": "cto@acme.test"}]


def _row(ledger: Ledger, one: str) -> dict[str, object]:
    with ledger.reading() as connection:
        found = connection.execute(tables.task.select().where(tables.task.c.id == one)).mappings().one()
    return dict(found)
