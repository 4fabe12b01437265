"""What another system is to be told of tasks: each change once, as a message of the outbox.

A message belongs to the occurrence of its task, at a place that no action of a play has, and its id is made
from the change: the same change makes the same message, however often it is looked for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select, text

from ...dsl.frozen import frozen
from ..chunks import chunks
from ..decide.model import TouchRow, identifier
from . import tables
from .audit import COMMITTED
from .bulk import merge
from .exported import TABLES, Hidden, Point, acted, here, since, subjects
from .operation_tables import handover
from .rows import Row
from .tasks import Act
from .write import OPEN_TASK, add_touches

OPENED: Final = "task.opened"
ENTITY: Final = "task"  # what the messages are about
_LAST_PLACE: Final = -1_000_000  # of an occurrence's messages; those of each system count down from here
_UNTOLD: Final = ("task.mailed",)  # nothing of the task has changed

# One number for all playcall ledgers of a PostgreSQL database: "handover" as bytes.
_LOCK: Final = int.from_bytes(b"handover", "big")

_event, _task, _touch = tables.event.c, tables.task.c, tables.touch.c


@frozen
class Change:
    """What has happened to a task: ``number`` orders the changes of all tasks (0: it was opened by the run
    that is its actor), ``data`` is what the event says."""

    task: str
    kind: str
    number: int
    at: datetime
    actor: str
    data: Mapping[str, Any]

    def message_to(self, name: str) -> str:
        """The id of the message that tells a system of it."""
        return identifier("handover", name, self.task, str(self.number))


@frozen
class Told:
    """A change with the task as it stands by now."""

    change: Change
    task: Mapping[str, Any]


def is_behind(connection: Connection, name: str) -> bool:
    """Whether anything has happened since a system was told last."""
    point = _point(connection, name)
    if point is None:
        return True
    return connection.execute(select(_event.id).where(since(point)).limit(1)).first() is not None


def catch_up(connection: Connection, name: str, act: Act, hidden: Hidden) -> list[Told]:
    """What a system has not been told yet, and that it is told of now. The first time these are the tasks
    that are open. One transaction after another."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    before = _point(connection, name)
    now = here(connection, act.today)
    changes = _open_ones(connection) if before is None else _changes(connection, before)
    told = _with_tasks(connection, changes, act.today, hidden)
    row = (name, now.event, [list(hole) for hole in now.holes], act.at)
    columns = ("name", "event", "holes", "at")
    merge(connection, handover, columns, [row], columns[1:])
    return _new(connection, name, told)


def queue(
    connection: Connection, name: str, told: Sequence[tuple[Told, Mapping[str, object]]], act: Act
) -> None:
    """Write the messages down, each with what it says."""
    own = _own_touches(connection, {one.change.task for one, _ in told})
    places = _places(connection, name, {row["occurrence"] for row in own.values()})
    rows = []
    for one, payload in told:
        touch = own[one.change.task]
        occurrence = touch["occurrence"]
        places[occurrence] = place = places.get(occurrence, _LAST_PLACE) - 1
        rows.append(_message(touch, name, one.change, place, payload, act))
    add_touches(connection, rows)


def _point(connection: Connection, name: str) -> Point | None:
    row = connection.execute(select(handover).where(handover.c.name == name)).first()
    if row is None:
        return None
    holes = tuple((first, last) for first, last in row.holes)
    return Point(row.event, holes, 0, "", date.min, (), ())


def _open_ones(connection: Connection) -> list[Change]:
    run = tables.run.c
    rows = connection.execute(
        select(_task.id, run.as_of, run.id.label("run"))
        .join_from(tables.task, tables.touch, _touch.id == _task.id)
        .join(tables.run, run.id == _touch.run)
        .where(_task.closed_on.is_(None), _task.state.in_(OPEN_TASK))
        .order_by(run.number, _task.id)
    )
    return [Change(row.id, OPENED, 0, row.as_of, f"run {row.run}", {}) for row in rows]


def _changes(connection: Connection, point: Point) -> list[Change]:
    """The tasks that runs have opened, then what has happened to tasks, in order."""
    run = tables.run.c
    opened = connection.execute(
        select(_task.id, run.as_of, run.id.label("run"))
        .join_from(tables.run, tables.touch, run.id == _touch.run)
        .join(tables.task, _task.id == _touch.id)
        .where(_touch.id.in_(acted(point)), run.id.in_(subjects(point, COMMITTED)))
        .order_by(run.number, _task.id)
    )
    acts = connection.execute(
        select(_event.subject, _event.kind, _event.id, _event.at, _event.actor, _event.data)
        .where(since(point), _event.kind.startswith("task."), _event.kind.not_in(_UNTOLD))
        .order_by(_event.id)
    )
    found = [Change(row.id, OPENED, 0, row.as_of, f"run {row.run}", {}) for row in opened]
    return [*found, *(Change(*row) for row in acts)]


def _with_tasks(connection: Connection, changes: Sequence[Change], today: date, hidden: Hidden) -> list[Told]:
    rows = TABLES["tasks"].rows(today, hidden)
    found: dict[str, Mapping[str, Any]] = {}
    for ids in chunks(sorted({change.task for change in changes})):
        for row in connection.execute(rows.where(_task.id.in_(ids))).mappings():
            found[row["id"]] = dict(row)
    return [Told(change, found[change.task]) for change in changes if change.task in found]


def _new(connection: Connection, name: str, told: Sequence[Told]) -> list[Told]:
    """Those for which there is no message."""
    by_id = {one.change.message_to(name): one for one in told}
    for ids in chunks(list(by_id)):
        for known in connection.execute(select(_touch.id).where(_touch.id.in_(ids))).scalars():
            del by_id[known]
    return list(by_id.values())


def _own_touches(connection: Connection, tasks: Collection[str]) -> dict[str, Row]:
    columns = (_touch.id, _touch.occurrence, _touch.playbook, _touch.play, _touch.run)
    found: dict[str, Row] = {}
    for ids in chunks(sorted(tasks)):
        for row in connection.execute(select(*columns).where(_touch.id.in_(ids))).mappings():
            found[row["id"]] = dict(row)
    return found


def _places(connection: Connection, name: str, occurrences: Collection[str]) -> dict[str, int]:
    """The last place that a system's messages have in each occurrence."""
    found: dict[str, int] = {}
    for ids in chunks(sorted(occurrences)):
        own = (_touch.occurrence.in_(ids), _touch.recipient == name, _touch.action < _LAST_PLACE)
        last = select(_touch.occurrence, func.min(_touch.action)).where(*own).group_by(_touch.occurrence)
        found |= {row[0]: row[1] for row in connection.execute(last)}
    return found


def _message(
    own: Row, name: str, change: Change, place: int, payload: Mapping[str, object], act: Act
) -> TouchRow:
    return TouchRow(
        id=change.message_to(name),
        occurrence=own["occurrence"],
        playbook=own["playbook"],
        play=own["play"],
        entity=ENTITY,
        record=own["id"],
        cycle=None,
        account=None,
        action=place,
        type="webhook",
        channel=name,
        template="",
        recipient=name,
        recipient_name=None,
        locale=None,
        cc=(),
        sender=None,
        context=payload,
        state="queued",
        reason="",
        fired_on=act.today,
        send_at=act.at,
        run=own["run"],
    )
