"""What the ledger holds of single runs: which there were on a day, and what each decided."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from ..decide.model import PREPARED, RunRow
from . import tables


def runs_on(connection: Connection, day: date, until: datetime) -> list[RunRow]:
    """The runs of a local day that stand at a moment or before it, the last committed first."""
    run = tables.run
    columns = [run.c[field.name] for field in fields(RunRow)]
    statement = select(*columns).where(run.c.day == day, run.c.as_of <= until)
    return [RunRow(*row) for row in connection.execute(statement.order_by(run.c.number.desc()))]


def decisions_of(connection: Connection, run: str) -> dict[str, tuple[str, str, str]]:
    """What a run recorded of each occurrence: verdict, reason and detail."""
    made = tables.decision.c
    statement = select(made.occurrence, made.verdict, made.reason, made.detail).where(made.run == run)
    return {row[0]: (row[1], row[2], row[3]) for row in connection.execute(statement)}


def decided_by(
    connection: Connection, playbook: str, play: str, record: str
) -> dict[str, tuple[str, str, str]]:
    """What each run recorded of a play ("": any of the playbook) and a record, of the last due occurrence:
    verdict, reason, detail."""
    known, made = tables.occurrence.c, tables.decision.c
    statement = (
        select(made.run, made.verdict, made.reason, made.detail)
        .select_from(tables.occurrence.join(tables.decision, made.occurrence == known.id))
        .where(known.playbook == playbook, known.record == record)
        .order_by(known.due, known.key)
    )
    if play:
        statement = statement.where(known.play == play)
    return {row[0]: (row[1], row[2], row[3]) for row in connection.execute(statement)}


# What of a touch and of a task never changes once it is written.
TOUCH = ("id", "occurrence", "action", "type", "channel", "template", "recipient", "context", "send_at")
TASK = ("id", "title", "priority", "rank", "kind")


def touches_of(connection: Connection, run: str) -> dict[str, tuple[Any, ...]]:
    """The touches that a run made, without what people sent from its tasks: what never changes of each
    (``TOUCH``), by id."""
    touch = tables.touch.c
    made = (touch.run == run) & (touch.action < PREPARED)
    statement = select(*(touch[name] for name in TOUCH)).where(made)
    return {row[0]: tuple(row) for row in connection.execute(statement)}


def tasks_of(connection: Connection, run: str) -> dict[str, tuple[Any, ...]]:
    """The tasks that a run opened: what never changes of each (``TASK``), by id."""
    opened = tables.task.join(tables.touch, tables.touch.c.id == tables.task.c.id)
    columns = (tables.task.c[name] for name in TASK)
    statement = select(*columns).select_from(opened).where(tables.touch.c.run == run)
    return {row[0]: tuple(row) for row in connection.execute(statement)}
