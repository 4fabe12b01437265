"""The daily digest of each assignee: what it tells, and that it is written once a day and person.

It has an occurrence of its own, of a playbook that no project can have: its record is the person, its key the
day. What is new in it is what runs have brought since the run that the digest before it knew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, func, or_, select, text

from ...dsl.frozen import frozen
from ..decide.model import OccurrenceRow, RunRow, TouchRow, identifier
from . import tables
from .bulk import insert
from .tasks import Act, state_on
from .write import add_touches

PLAYBOOK: Final = "playcall/digest"
PLAY: Final = "digest"
USER: Final = "user"  # what it is about

# One number for all playcall ledgers of a PostgreSQL database: "digests!" as bytes.
_LOCK: Final = int.from_bytes(b"digests!", "big")
_SHOWN: Final = ("id", "title", "record", "due", "priority")

_task, _touch, _run, _known = tables.task.c, tables.touch.c, tables.run.c, tables.occurrence.c

Task = Mapping[str, Any]


@frozen
class News:
    """What waits for somebody on a day: tasks whose day is over, whose day it is, other new ones, and those
    that the facts closed; the most urgent first."""

    overdue: Sequence[Task] = ()
    due: Sequence[Task] = ()
    new: Sequence[Task] = ()
    cleared: Sequence[Task] = ()

    def __bool__(self) -> bool:
        return bool(self.overdue or self.due or self.new or self.cleared)


def hold(connection: Connection) -> None:
    """Have nobody else write digests until the transaction ends. On SQLite whoever writes is alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def told(connection: Connection, people: Iterable[str], day: date) -> frozenset[str]:
    """Those who have a digest of that day."""
    ids = {_id(person, day): person for person in people}
    found = connection.execute(select(_known.id).where(_known.id.in_(list(ids)))).scalars()
    return frozenset(ids[one] for one in found)


def news(connection: Connection, people: Iterable[str], day: date, before: date) -> dict[str, News]:
    """What to tell people. ``before``: the working day before, since which tasks are new to who has had no
    digest yet."""
    since = {person: _known_run(connection, person) for person in people}
    cleared = _cleared(connection, since, before)
    return {
        person: _news(_open_ones(connection, person, run, day, before), cleared[person], day)
        for person, run in since.items()
    }


def _news(rows: Sequence[Task], cleared: Sequence[Task], day: date) -> News:
    return News(
        overdue=[row for row in rows if row["due"] and row["due"] < day],
        due=[row for row in rows if row["due"] == day],
        new=[row for row in rows if row["due"] is None or row["due"] > day],
        cleared=cleared,
    )


def _known_run(connection: Connection, person: str) -> int | None:
    """The number of the run that somebody's last digest knew; None: they have had none."""
    of_person = (_known.playbook == PLAYBOOK, _known.play == PLAY, _known.record == person)
    joined = select(func.max(_run.number)).join_from(tables.occurrence, tables.run, _run.id == _known.run)
    number: int | None = connection.execute(joined.where(*of_person)).scalar()
    return number


def _open_ones(connection: Connection, person: str, run: int | None, day: date, before: date) -> list[Task]:
    """Somebody's open tasks that are due or new."""
    is_new = _task.opened_on >= before if run is None else _run.number > run
    statement = (
        select(*(_task[name] for name in _SHOWN))
        .join_from(tables.task, tables.touch, _touch.id == _task.id)
        .join(tables.run, _run.id == _touch.run)
        .where(_task.assignee == person, _task.closed_on.is_(None), state_on(day) == "open")
        .where(or_(_task.due <= day, is_new))
        .order_by(_task.place, _task.id)
    )
    return [dict(row) for row in connection.execute(statement).mappings()]


def _cleared(
    connection: Connection, since: Mapping[str, int | None], before: date
) -> Mapping[str, list[Task]]:
    """What runs have closed since, by person. Closed tasks have no index by who had them: they are looked
    through once for all."""
    first = min((run for run in since.values() if run is not None), default=None)
    recent = [_task.closed_on >= before] if None in since.values() else []
    if first is not None:
        recent.append(_run.number > first)
    statement = (
        select(*(_task[name] for name in (*_SHOWN, "assignee", "closed_on")), _run.number)
        .join_from(tables.task, tables.run, _task.closed_by == "run " + _run.id)
        .where(_task.state == "cleared", or_(*recent))
        .order_by(_task.place, _task.id)
    )
    found: dict[str, list[Task]] = defaultdict(list)
    for row in connection.execute(statement).mappings() if recent else ():
        known = since.get(row["assignee"], -1)
        is_new = row["closed_on"] >= before if known is None else row["number"] > known >= 0
        if is_new:
            found[row["assignee"]].append({name: row[name] for name in _SHOWN})
    return found


def write(connection: Connection, digest: TouchRow, day: date, run: RunRow, act: Act) -> None:
    """Queue somebody's digest. One of the same day fails the transaction: see ``told``."""
    occurrence = OccurrenceRow(
        id=digest.occurrence,
        playbook=PLAYBOOK,
        play=PLAY,
        entity=USER,
        record=digest.record,
        key=day.isoformat(),
        origin="schedule",
        cycle=None,
        target="",
        anchor=None,
        due=day,
        deadline=day,
        verdict="fired",
        reason="",
        detail="",
        open=False,
        fired_on=day,
        decided_on=act.today,
        held_since=None,
        episode=None,
        parent=None,
        run=run.id,
    )
    insert(connection, tables.occurrence, OccurrenceRow._fields, [occurrence])
    add_touches(connection, [digest])


def digest_row(person: str, day: date, run: RunRow, act: Act) -> TouchRow:
    """The message, for its words and its recipient to be filled in."""
    occurrence = _id(person, day)
    return TouchRow(
        id=identifier("digest", occurrence),
        occurrence=occurrence,
        playbook=PLAYBOOK,
        play=PLAY,
        entity=USER,
        record=person,
        cycle=None,
        account=None,
        action=-1,
        type="email",
        channel="email",
        template="",
        recipient="",
        recipient_name=None,
        locale=None,
        cc=(),
        sender=None,
        context={},
        state="queued",
        reason="",
        fired_on=act.today,
        send_at=act.at,
        run=run.id,
        topic_kind="operational",
    )


def _id(person: str, day: date) -> str:
    return identifier(PLAYBOOK, PLAY, person, day.isoformat())
