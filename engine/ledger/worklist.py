"""The worklist page by page. A page is one statement, which reads an index in its order and stops at the end
of the page: it takes as long among a hundred tasks as among a hundred thousand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final, Literal

from sqlalchemy import ColumnElement, Connection, func, or_, select, tuple_

from ...dsl.frozen import frozen
from . import tables
from .rows import Row, rows_of
from .tasks import state_on

Shown = Literal["open", "snoozed"]
_COLUMNS: Final = (
    *("id", "playbook", "play", "entity", "record", "account", "title", "assignee", "priority", "rank"),
    *("due", "kind", "opened_on", "snoozed_until", "place"),
)
ALL: Final[Mapping[str, str]] = {}


@frozen
class Where:
    """A place in the worklist: behind the task with that place and id."""

    place: str
    id: str


def page(
    connection: Connection,
    today: date,
    assignees: Collection[str] | None,
    shown: Shown,
    after: Where | None,
    size: int,
    only: Mapping[str, str] = ALL,
) -> list[Row]:
    """At most ``size`` tasks of these people (None: of everybody), the most urgent first; ``only`` those with
    such values, by column."""
    task = tables.task.c
    statement = select(*(task[name] for name in _COLUMNS)).where(task.closed_on.is_(None), _is(shown, today))
    if assignees is not None:
        statement = statement.where(task.assignee.in_(sorted(assignees)))
    statement = statement.where(*(task[name] == value for name, value in only.items()))
    if after is not None:
        statement = statement.where(tuple_(task.place, task.id) > (after.place, after.id))
    ordered = statement.order_by(task.place, task.id).limit(size)
    return rows_of(connection, ordered)


def _is(shown: Shown, today: date) -> ColumnElement[bool]:
    """What is shown, of tasks that are not closed. Not by the state as ``state_on`` computes it, of which a
    database knows neither how many tasks have it nor an index."""
    until = tables.task.c.snoozed_until
    return until > today if shown == "snoozed" else or_(until.is_(None), until <= today)


def held(connection: Connection, assignees: Collection[str] | None) -> dict[str, int]:
    """How many tasks that are not closed each of these people has (None: everybody who has one), by name."""
    task = tables.task.c
    statement = select(task.assignee, func.count()).where(task.closed_on.is_(None))
    if assignees is not None:
        statement = statement.where(task.assignee.in_(sorted(assignees)))
    rows = connection.execute(statement.group_by(task.assignee).order_by(task.assignee))
    return {row[0]: row[1] for row in rows}


def of_account(connection: Connection, account: str, today: date, size: int) -> list[Row]:
    """The tasks about an account, the open ones first, then the last closed."""
    task = tables.task.c
    columns = [task[name] for name in (*_COLUMNS, "closed_on", "outcome")]
    statement = (
        select(*columns, state_on(today).label("state"))
        .where(task.account == account)
        .order_by(task.closed_on.desc().nulls_first(), task.place, task.id)
    )
    return rows_of(connection, statement.limit(size))
