"""What people and expressions see of the ledger: touches, status, what is held, facts about both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, case, exists, func, or_, select, true

from ..decide.contacts import normal
from . import tables
from .digests import PLAYBOOK as DIGESTS
from .guard import ABSENT, QUIET
from .pauses import is_over
from .read import last_run
from .retention import last_pruned
from .tasks import state_on


def touches(
    connection: Connection, *, state: str | None = None, to: str | None = None, record: str | None = None
) -> list[dict[str, Any]]:
    """The touches as ``playcall touches`` gives them, in the order in which they are (to be) sent."""
    touch, message, member = tables.touch.c, tables.message.c, tables.touch_member.c
    columns = (touch.id, touch.playbook, touch.play, touch.record, touch.type, touch.recipient.label("to"))
    more = (touch.state, touch.reason, message.message_id, touch.send_at, touch.sent_at)
    rules = (touch.topic, touch.variant)
    statement = select(*columns, *more, *rules).join_from(
        tables.touch, tables.message, message.touch == touch.id, isouter=True
    )
    if state is not None:
        statement = statement.where(touch.state == state)
    if to is not None:
        statement = statement.where(or_(touch.address == normal(to), touch.recipient == to))
    if record is not None:
        served = exists().where(
            member.touch == touch.id,
            member.occurrence == tables.occurrence.c.id,
            tables.occurrence.c.record == record,
        )
        statement = statement.where(or_(touch.record == record, served))
    ordered = statement.order_by(touch.send_at, touch.id)
    return [dict(row) for row in connection.execute(ordered).mappings()]


def status(connection: Connection, today: date) -> dict[str, Any]:
    """Counts of touches, verdicts and tasks, what is held and paused, the touches that a person settles, and
    the last run, as ``playcall status``."""
    last, known = last_run(connection), tables.occurrence.c
    return {
        "touches": _counts(connection, tables.touch.c.state),
        "verdicts": _counts(connection, known.verdict, known.playbook != DIGESTS),
        "held": held(connection),
        "paused": paused(connection),
        "deferred": deferred(connection),
        "unknown": touches(connection, state="unknown"),
        "tasks": _counts(connection, state_on(today)),
        "last_run": {"run": last.id, "as_of": last.as_of, **last.summary} if last else None,
        "pruned": last_pruned(connection),
    }


def outcomes(connection: Connection) -> list[dict[str, Any]]:
    """How many occurrences came to what: playbook, play, verdict, reason, count."""
    known = tables.occurrence.c
    columns = (known.playbook, known.play, known.verdict, known.reason)
    counted = select(*columns, func.count().label("count")).where(known.playbook != DIGESTS)
    statement = counted.group_by(*columns).order_by(*columns)
    return [dict(row) for row in connection.execute(statement).mappings()]


def held(
    connection: Connection, playbook: str | None = None, play: str | None = None
) -> list[dict[str, Any]]:
    """What is held, by play and reason: playbook, play, reason, count."""
    known = tables.occurrence.c
    statement = (
        select(known.playbook, known.play, known.reason, func.count().label("count"))
        .where(known.open == true(), known.verdict == "held")
        .group_by(known.playbook, known.play, known.reason)
        .order_by(known.playbook, known.play, known.reason)
    )
    if playbook is not None:
        statement = statement.where(known.playbook == playbook)
    if play is not None:
        statement = statement.where(known.play == play)
    return [dict(row) for row in connection.execute(statement).mappings()]


def paused(connection: Connection) -> list[dict[str, Any]]:
    """What is paused: scope (PLAYBOOK, PLAYBOOK.PLAY or ``all``), since when, by whom, and how many messages
    wait for its end in the outbox."""
    pause, touch = tables.pause.c, tables.touch.c
    waiting = select(func.count()).where(touch.next_attempt.is_not(None), is_over(touch)).scalar_subquery()
    scope = case((pause.scope == "*", "all"), else_=pause.scope).label("scope")
    statement = select(scope, pause.since, pause.actor, waiting.label("waiting")).order_by(pause.scope)
    return [dict(row) for row in connection.execute(statement).mappings()]


def deferred(connection: Connection) -> list[dict[str, Any]]:
    """What caps, quiet hours or the last bound put off, by play and reason: ``what`` (occurrences that the
    next run decides again, or messages in the outbox), how many, and when the first is tried next."""
    known, touch = tables.occurrence.c, tables.touch.c
    capped = (
        select(known.playbook, known.play, known.reason, func.count().label("count"))
        .where(known.open == true(), known.verdict == "capped")
        .group_by(known.playbook, known.play, known.reason)
    )
    first = func.min(touch.next_attempt).label("next_attempt")
    put_off = (
        select(touch.playbook, touch.play, touch.reason, func.count().label("count"), first)
        .where(touch.next_attempt.is_not(None), touch.reason != "")
        .where(or_(touch.state == "deferred", touch.reason.in_((QUIET, ABSENT))))
        .group_by(touch.playbook, touch.play, touch.reason)
    )
    found = [{"what": "occurrences", **row} for row in connection.execute(capped).mappings()]
    found += [{"what": "messages", **row} for row in connection.execute(put_off).mappings()]
    return sorted(found, key=lambda row: (row["playbook"], row["play"], row["what"], row["reason"]))


@cache
def touch_facts() -> Select[Any]:
    """The built-in entity ``touch``: one row a touch, for ``read.fill``."""
    touch = tables.touch.c
    columns = _plain(touch, ("id", "playbook", "play", "record", "entity", "cycle", "account", "type"))
    more = _plain(touch, ("state", "reason", "topic", "variant", "send_at", "sent_at", "sent_on", "fired_on"))
    created = touch.fired_on.label("created_on")
    return select(touch.id.label("_key"), *columns, touch.recipient.label("to"), *more, created)


@lru_cache(maxsize=8)
def task_facts(today: date) -> Select[Any]:
    """The built-in entity ``task``: one row a task, as it is on that day, for ``read.fill``."""
    task = tables.task.c
    columns = _plain(task, ("id", "playbook", "play", "record", "entity", "cycle", "account", "title"))
    more = _plain(task, ("assignee", "priority", "rank", "due", "opened_on", "closed_on", "outcome"))
    return select(task.id.label("_key"), *columns, state_on(today).label("state"), *more)


def _plain(columns: Any, names: Sequence[str]) -> list[Column[Any]]:
    return [columns[name] for name in names]


def _counts(connection: Connection, column: Any, *where: ColumnElement[bool]) -> dict[str, int]:
    counted = select(column, func.count()).where(*where).group_by(column).order_by(column)
    return {row[0]: row[1] for row in connection.execute(counted)}
