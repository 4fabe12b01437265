"""Runs, what each decided, and what is held: page by page, by indexes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import Connection, select, true, tuple_

from . import tables
from .response_tables import opportunity
from .rows import Row, rows_of

_OCCURRENCE: Final = ("id", "playbook", "play", "entity", "record", "key", "due", "cycle")


def runs(connection: Connection, before: int | None, size: int) -> list[Row]:
    """Runs with their summaries, the last first; ``before``: those of a smaller number."""
    run = tables.run.c
    statement = select(run.id, run.number, run.as_of, run.day, run.snapshot, run.summary)
    if before is not None:
        statement = statement.where(run.number < before)
    return rows_of(connection, statement.order_by(run.number.desc()).limit(size))


def run(connection: Connection, run_id: str) -> Row | None:
    """One run with its summary."""
    found = rows_of(connection, select(tables.run).where(tables.run.c.id == run_id))
    return found[0] if found else None


def decisions(connection: Connection, run_id: str, verdict: str, after: str, size: int) -> list[Row]:
    """What a run decided (with that verdict, unless it is empty), by occurrence."""
    known, made = tables.occurrence.c, tables.decision.c
    statement = (
        select(*(known[name] for name in _OCCURRENCE), made.verdict, made.reason, made.detail)
        .select_from(tables.decision.join(tables.occurrence, known.id == made.occurrence))
        .where(made.run == run_id, made.occurrence > after)
    )
    if verdict:
        statement = statement.where(made.verdict == verdict)
    return rows_of(connection, statement.order_by(made.occurrence).limit(size))


def held(connection: Connection, playbook: str, play: str, after: str, size: int) -> list[Row]:
    """What of a play is held, by record and key."""
    known = tables.occurrence.c
    columns = (*(known[name] for name in _OCCURRENCE), known.reason, known.detail, known.held_since)
    statement = (
        select(*columns)
        .where(known.open == true(), known.playbook == playbook, known.play == play)
        .where(known.verdict == "held", known.id > after)
        .order_by(known.id)
    )
    return rows_of(connection, statement.limit(size))


def history(connection: Connection, names: Sequence[tuple[str, str]], record: str, size: int) -> list[Row]:
    """Every verdict on a play (``names``: playbook and play, as it is called and was) for a record, with the
    run that gave it, the last first."""
    known, made, run = tables.occurrence.c, tables.decision.c, tables.run.c
    joined = tables.occurrence.join(tables.decision, made.occurrence == known.id).join(
        tables.run, run.id == made.run
    )
    columns = (known.key, known.due, made.verdict, made.reason, made.detail, made.run, run.as_of)
    statement = (
        select(*columns)
        .select_from(joined)
        .where(tuple_(known.playbook, known.play).in_(names), known.record == record)
        .order_by(run.number.desc(), known.key)
    )
    return rows_of(connection, statement.limit(size))


def pauses(connection: Connection) -> list[Row]:
    """What is paused, since when and by whom."""
    return rows_of(connection, select(tables.pause).order_by(tables.pause.c.scope))


def open_opportunities(
    connection: Connection, stage: str, after: tuple[date, str] | None, size: int
) -> list[Row]:
    """Leads that are not closed (of a stage, unless it is empty), the oldest first; ``after``: the day and
    the id of the one before."""
    known = opportunity.c
    statement = select(opportunity).where(known.closed_on.is_(None))
    if stage:
        statement = statement.where(known.stage == stage)
    if after is not None:
        statement = statement.where(tuple_(known.opened_on, known.id) > after)
    return rows_of(connection, statement.order_by(known.opened_on, known.id).limit(size))
