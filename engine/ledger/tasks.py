"""The worklist: what people do with tasks. Every act is an event with its actor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, select, update

from ...dsl.frozen import frozen
from ..chunks import chunks
from . import tables
from .errors import AbsentRowError, LedgerError
from .events import Event, record
from .place import place_of
from .rows import rows_of
from .write import OPEN_TASK


@frozen
class Act:
    """Who does something, at which moment, and on which local day."""

    actor: str
    at: datetime
    today: date


def state_on(today: date) -> ColumnElement[str]:
    """A task's state on a day: a snoozed one is open again when its day has come."""
    task = tables.task.c
    awake = (task.state == "snoozed") & (task.snoozed_until <= today)
    return case((awake, "open"), else_=task.state)


def tasks(
    connection: Connection,
    today: date,
    *,
    assignee: str | None = None,
    state: str | None = None,
    record: str | None = None,
) -> list[dict[str, Any]]:
    """The tasks as ``playcall tasks`` gives them, the most urgent first; without ``state`` the open ones."""
    task = tables.task.c
    columns = (task.id, task.playbook, task.play, task.record, task.title, task.assignee, task.priority)
    shown = state_on(today)
    statement = select(*columns, task.due, shown.label("state"), task.rank).where(shown == (state or "open"))
    if assignee is not None:
        statement = statement.where(task.assignee == assignee)
    if record is not None:
        statement = statement.where(task.record == record)
    ordered = statement.order_by(task.place, task.id)
    return [dict(row) for row in connection.execute(ordered).mappings()]


def show(connection: Connection, task_id: str, today: date) -> dict[str, Any]:
    """Everything about one task. Raises ``LedgerError`` if there is none."""
    statement = select(tables.task, state_on(today).label("state_today")).where(tables.task.c.id == task_id)
    row = connection.execute(statement).mappings().first()
    if row is None:
        raise _no_task(task_id)
    shown = dict(row)
    shown["state"] = shown.pop("state_today")
    del shown["place"]
    shown["outcomes"] = dict(shown["outcomes"])
    return shown


def require_outcome(connection: Connection, task_id: str, act: Act, outcome: str) -> None:
    """Raise ``LedgerError`` unless that is one of the task's outcomes, or it has none and none is said."""
    asked = show(connection, task_id, act.today)["outcomes"]
    if (asked or outcome) and outcome not in asked:
        given = f"one of {', '.join(asked)}" if asked else "it has no outcomes"
        raise LedgerError(f"task {task_id}: say what came of it: {given}")


def done(
    connection: Connection, task_id: str, act: Act, *, outcome: str | None = None, note: str | None = None
) -> None:
    """Close a task as done. Raises ``LedgerError`` if it is not open."""
    said = {"outcome": outcome, "note": note}
    _close(connection, task_id, act, "done", said)
    connection.execute(_touch_of(task_id).values(state="closed"))


def all_done(connection: Connection, task_ids: Sequence[str], act: Act) -> None:
    """Close many tasks as done; those that are not open stay as they are."""
    task, change = tables.task.c, {"state": "done", "closed_on": act.today, "closed_by": act.actor}
    closed: list[str] = []
    for ids in chunks(task_ids):
        statement = update(tables.task).where(task.id.in_(ids), task.state.in_(OPEN_TASK))
        found = connection.execute(statement.values(**change, snoozed_until=None).returning(task.id))
        some = list(found.scalars())
        connection.execute(update(tables.touch).where(tables.touch.c.id.in_(some)).values(state="closed"))
        closed += some
    record(connection, [Event(act.at, act.actor, "task.done", one, {}) for one in closed])


def cancel(connection: Connection, task_id: str, act: Act, *, note: str | None = None) -> None:
    """Take a task off the worklist undone. Raises ``LedgerError`` if it is not open."""
    _close(connection, task_id, act, "cancelled", {"note": note})
    connection.execute(_touch_of(task_id).values(state="cancelled"))


def snooze(connection: Connection, task_id: str, act: Act, until: date, reason: str = "") -> None:
    """Hide a task until a day ahead. Raises ``LedgerError`` if it is not open or the day is not ahead."""
    if until <= act.today:
        raise LedgerError(f"a task can be snoozed until a day after today ({act.today}), not until {until}")
    change = {"state": "snoozed", "snoozed_until": until}
    told = {"until": until.isoformat(), "reason": reason}
    _change(connection, task_id, act, "snoozed", change, {name: text for name, text in told.items() if text})


def reassign(connection: Connection, task_id: str, act: Act, assignee: str, *, shift: bool = False) -> None:
    """Give a task to somebody else. ``shift``: who gets it has as many days from today as the first had from
    its opening. Raises ``LedgerError`` if it is not open."""
    before = show(connection, task_id, act.today)
    change, told = _handed(before, act, assignee, shift=shift)
    _change(connection, task_id, act, "reassigned", change, told)


def reassign_all(connection: Connection, holder: str, act: Act, assignee: str, *, shift: bool = False) -> int:
    """Give all open tasks of somebody to somebody else, as ``reassign`` gives one. Gives how many."""
    task = tables.task.c
    columns = [task[name] for name in ("id", "assignee", "priority", "rank", "due", "opened_on", "place")]
    held = select(*columns).where(task.assignee == holder, task.closed_on.is_(None)).order_by(task.id)
    changes: list[dict[str, object]] = []
    happened: list[Event] = []
    for row in rows_of(connection, held.with_for_update()):
        change, told = _handed(row, act, assignee, shift=shift)
        changes.append({"due": row["due"], "place": row["place"], **change, "of": row["id"]})
        happened.append(Event(act.at, act.actor, "task.reassigned", row["id"], told))
    if changes:
        set_: dict[str, Any] = {name: bindparam(name) for name in ("assignee", "due", "place")}
        connection.execute(update(tables.task).where(task.id == bindparam("of")).values(set_), changes)
        record(connection, happened)
    return len(changes)


def _handed(
    before: Mapping[str, Any], act: Act, assignee: str, *, shift: bool
) -> tuple[dict[str, object], dict[str, str]]:
    """What handing a task over changes of it, and what is told of that."""
    change: dict[str, object] = {"assignee": assignee}
    told = {"from": before["assignee"], "to": assignee}
    if shift and before["due"] is not None:
        due = act.today + (before["due"] - before["opened_on"])
        change |= {"due": due, "place": place_of(before["priority"], before["rank"], due)}
        told["due"] = due.isoformat()
    return change, told


def check(connection: Connection, task_id: str, act: Act, item: int, *, ticked: bool = True) -> None:
    """Tick (or untick) an item of the checklist, counted from 1. Raises ``LedgerError``."""
    items = [dict(one) for one in show(connection, task_id, act.today)["checklist"]]
    if not 1 <= item <= len(items):
        raise LedgerError(f"task {task_id} has {len(items)} checklist items, so there is no item {item}")
    items[item - 1]["done"] = ticked
    _change(connection, task_id, act, "checked", {"checklist": items}, {"item": item, "done": ticked})


def _close(
    connection: Connection, task_id: str, act: Act, state: str, said: Mapping[str, str | None]
) -> None:
    change = {"state": state, "closed_on": act.today, "closed_by": act.actor, "snoozed_until": None, **said}
    _change(connection, task_id, act, state, change, {key: text for key, text in said.items() if text})


def _change(
    connection: Connection,
    task_id: str,
    act: Act,
    kind: str,
    change: Mapping[str, object],
    told: Mapping[str, object],
) -> None:
    task = tables.task.c
    statement = update(tables.task).where(task.id == task_id, task.state.in_(OPEN_TASK)).values(**change)
    if connection.execute(statement.returning(task.id)).first() is None:
        raise _not_open(connection, task_id)
    record(connection, [Event(act.at, act.actor, f"task.{kind}", task_id, told)])


def _touch_of(task_id: str) -> Any:
    return update(tables.touch).where(tables.touch.c.id == task_id)


def _not_open(connection: Connection, task_id: str) -> LedgerError:
    state = connection.execute(select(tables.task.c.state).where(tables.task.c.id == task_id)).scalar()
    if state is None:
        return _no_task(task_id)
    return LedgerError(f"task {task_id} is {state} already")


def _no_task(task_id: str) -> LedgerError:
    return AbsentRowError(f"there is no task `{task_id}`; `playcall tasks` lists them")
