"""Every write of a run: what it decided, in one transaction that the caller holds.

Nothing is hidden: an occurrence that may not be decided again, or a touch that is there already, fails
the whole run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    Connection,
    Table,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from ..chunks import chunks
from ..decide.model import Commit, EpisodeRow, Foreseen, OccurrenceRow, PlayRow, RunRow, TaskRow, TouchRow
from . import tables
from .audit import COMMITTED, digest_of_decisions
from .bulk import Replaceable, insert, merge
from .errors import LedgerError
from .events import Event, record
from .mails import kept_mail, kept_sender
from .place import place_of
from .pseudonyms import hidden

_OCCURRENCE = OccurrenceRow._fields
_EPISODE = EpisodeRow._fields
_EPISODE_CHANGES = ("cycle", "seen_on", "opened_on", "fired_on", "closed_on", "closed_by")
_PLAY = tuple(field.name for field in fields(PlayRow))
_RUN = tuple(field.name for field in fields(RunRow))
_FORESEEN = tuple(field.name for field in fields(Foreseen))
_DECISION = ("occurrence", "run", "verdict", "reason", "detail")
# What a later decision may change of an occurrence; the rest is what it is. One that lapses frees its key.
_REDECIDED = (
    *("key", "cycle", "target", "anchor", "due", "deadline", "verdict", "reason", "detail", "open"),
    *("fired_on", "decided_on", "held_since", "episode", "parent", "run"),
)
TOUCH_ELSEWHERE = ("cc", "sender", "members", "copies", "offers")  # not columns, or not as they are
_TOUCH_PLAIN = tuple(name for name in TouchRow._fields if name not in TOUCH_ELSEWHERE)
_TOUCH = (*_TOUCH_PLAIN, "cc", "sender", "next_attempt", "attempts")
_AS_JSON = ("checklist", "outcomes", "mails")
_TASK_PLAIN = tuple(field.name for field in fields(TaskRow) if field.name not in _AS_JSON)
_TASK = (*_TASK_PLAIN, *_AS_JSON, "state", "place")

# The tables that name plays.
_NAMED = (tables.occurrence, tables.episode, tables.touch, tables.task, tables.foreseen)

# Written once: to build a statement takes longer than to run it.
_NUMBERS = select(
    func.coalesce(func.max(tables.run.c.number), 0) + 1,
    func.max(case((tables.run.c.id == bindparam("run"), tables.run.c.number))),
)
_OPEN = select(tables.occurrence.c.id, tables.occurrence.c.verdict, tables.occurrence.c.reason).where(
    tables.occurrence.c.open == true()
)

WAITING = ("queued", "deferred")
OPEN_TASK = ("open", "snoozed")


def write(connection: Connection, commit: Commit) -> None:
    """Write everything of one run. Raises ``LedgerError`` for what cannot be written beside what is there."""
    _run(connection, commit.run)
    _occurrences(connection, commit.run, commit.occurrences)
    _touches(connection, hidden(connection, commit.touches))
    insert(connection, tables.task, _TASK, [_task_values(row) for row in commit.tasks])
    _merge(connection, tables.episode, _EPISODE, commit.episodes, _EPISODE_CHANGES)
    _merge(connection, tables.play, _PLAY, commit.plays, ("last_run", "fingerprint"))
    _merge(connection, tables.foreseen, _FORESEEN, commit.foreseen, ("count",))
    cancel_touches(connection, commit.cancels, actor=f"run {commit.run.id}", at=commit.run.as_of)
    _clear_tasks(connection, commit.cleared, commit.run)


def close_run(connection: Connection, run: str, summary: Mapping[str, object]) -> None:
    """Complete a run's summary, after its delivery."""
    connection.execute(update(tables.run).where(tables.run.c.id == run).values(summary=dict(summary)))


def cancel_touches(
    connection: Connection, cancels: Sequence[tuple[str, str]], *, actor: str, at: datetime
) -> int:
    """Cancel touches (id, reason) that still wait; what is being sent or is sent stays as it is. Gives how
    many were cancelled."""
    reasons = dict(cancels)
    touch = tables.touch
    done: list[str] = []
    for ids in chunks(list(reasons)):
        statement = (
            update(touch)
            .where(touch.c.id.in_(ids), touch.c.state.in_(WAITING))
            .values(
                state="cancelled",
                reason=case({one: reasons[one] for one in ids}, value=touch.c.id),
                next_attempt=None,
                claim=None,
            )
            .returning(touch.c.id)
        )
        done += connection.execute(statement).scalars()
    record(connection, [Event(at, actor, "touch.cancelled", one, {"reason": reasons[one]}) for one in done])
    return len(done)


def rename(
    connection: Connection, names: Sequence[tuple[str, str, str, str]]
) -> list[tuple[str, str, str, str]]:
    """Carry history over ``was:``; each is (old playbook, old play, playbook, play). A name that the ledger
    does not know, or whose new name has a history already, is left as it is. Gives what was renamed."""
    done = []
    known = {
        (row[0], row[1]) for row in connection.execute(select(tables.play.c.playbook, tables.play.c.play))
    }
    for old_book, old_play, book, play in names:
        if (old_book, old_play) not in known or (book, play) in known:
            continue
        for table in (*_NAMED, tables.play):
            own = and_(table.c.playbook == old_book, table.c.play == old_play)
            connection.execute(update(table).where(own).values(playbook=book, play=play))
        scope = tables.pause.c.scope
        moved = update(tables.pause).where(scope == f"{old_book}.{old_play}").values(scope=f"{book}.{play}")
        connection.execute(moved)
        known = known - {(old_book, old_play)} | {(book, play)}
        done.append((old_book, old_play, book, play))
    return done


def note(
    connection: Connection, at: datetime, actor: str, act: str, scope: str, data: Mapping[str, object]
) -> None:
    """Record an act of a person on a play, a playbook or all."""
    record(connection, [Event(at, actor, f"play.{act}", scope, data)])


def _run(connection: Connection, run: RunRow) -> None:
    number, known = connection.execute(_NUMBERS, {"run": run.id}).one()
    if known is not None:
        raise LedgerError(f"run {run.id} is in the ledger already (number {known}); nothing was written")
    insert(connection, tables.run, (*_RUN, "number"), [(*_run_values(run), number)])


def _occurrences(connection: Connection, run: RunRow, rows: Sequence[OccurrenceRow]) -> None:
    if len({row.id for row in rows}) < len(rows):
        raise LedgerError(f"run {run.id} decided one occurrence twice; nothing was written. Report this")
    before = _open_verdicts(connection) if rows else {}
    changed = _merge(connection, tables.occurrence, _OCCURRENCE, rows, _REDECIDED, _may_be_decided_again)
    if changed != len(rows):
        raise LedgerError(_refused(connection, run, rows))
    news = [
        (row.id, row.run, row.verdict, row.reason, row.detail)
        for row in rows
        if before.get(row.id) != (row.verdict, row.reason)
    ]
    insert(connection, tables.decision, _DECISION, news)
    decided = digest_of_decisions((row[0], row[2], row[3]) for row in news)
    told = {"decisions": len(news), "digest": decided}
    record(connection, [Event(run.as_of, f"run {run.id}", COMMITTED, run.id, told)])


def _open_verdicts(connection: Connection) -> dict[str, tuple[str, str]]:
    """What the open occurrences were last decided to be, by id."""
    return {row[0]: (row[1], row[2]) for row in connection.execute(_OPEN)}


def _may_be_decided_again(new: ReadOnlyColumnCollection[str, Any]) -> ColumnElement[bool]:
    """An open occurrence may, and an expired one whose date has moved so that it is due again."""
    known = tables.occurrence.c
    same = and_(*(known[name] == new[name] for name in ("playbook", "play", "record")))
    expired = and_(known.verdict == literal_column("'expired'"), known.key == new.key)
    due_again = and_(expired, known.due < new.due)
    return and_(same, or_(known.open == true(), due_again))


def _refused(connection: Connection, run: RunRow, rows: Sequence[OccurrenceRow]) -> str:
    known = tables.occurrence.c
    for ids in chunks([row.id for row in rows]):
        statement = select(known.playbook, known.play, known.record, known.key, known.verdict).where(
            known.id.in_(ids), known.run != run.id
        )
        found = connection.execute(statement).first()
        if found:
            return (
                f"run {run.id}: {found.playbook}.{found.play} for {found.record} (key {found.key}) is "
                f"decided already ({found.verdict}); nothing was written. Run again; report it if it stays"
            )
    return f"run {run.id}: occurrences clash with the ledger; nothing was written. Report this"


def add_touches(connection: Connection, rows: Sequence[TouchRow]) -> None:
    """Queue messages that people send. One that is there already fails the transaction."""
    _touches(connection, hidden(connection, rows))


def _touches(connection: Connection, rows: Sequence[TouchRow]) -> None:
    # They are claimed in this order: what a worker writes in one transaction then lies together on disk.
    ordered = sorted(rows, key=attrgetter("id"))
    insert(connection, tables.touch, _TOUCH, [_touch_values(row) for row in ordered])
    members = [(member, row.id) for row in rows for member in row.members or (row.occurrence,)]
    insert(connection, tables.touch_member, ("occurrence", "touch"), members)
    copies = sorted({(address, row.id) for row in rows for address in row.copies})
    insert(connection, tables.touch_copy, ("address", "touch"), copies)


_run_values = attrgetter(*_RUN)
_touch_plain = attrgetter(*_TOUCH_PLAIN)
_task_plain = attrgetter(*_TASK_PLAIN)


def _touch_values(row: TouchRow) -> tuple[object, ...]:
    next_attempt = row.send_at if row.state in WAITING else None
    return (*_touch_plain(row), row.cc, kept_sender(row.sender), next_attempt, 0)


def _task_values(row: TaskRow) -> tuple[object, ...]:
    checklist = [{"text": text, "done": False} for text in row.checklist]
    mails = [kept_mail(mail) for mail in row.mails]
    outcomes = [list(one) for one in row.outcomes.items()]  # JSON objects are kept in another order
    return (*_task_plain(row), checklist, outcomes, mails, "open", place_of(row.priority, row.rank, row.due))


def _clear_tasks(connection: Connection, cleared: Sequence[tuple[str, str]], run: RunRow) -> None:
    reasons = dict(cleared)
    task, touch = tables.task, tables.touch
    done: list[str] = []
    for ids in chunks(list(reasons)):
        closing = (
            update(task)
            .where(task.c.id.in_(ids), task.c.state.in_(OPEN_TASK))
            .values(state="cleared", closed_on=run.day, closed_by=f"run {run.id}", snoozed_until=None)
            .returning(task.c.id)
        )
        closed = list(connection.execute(closing).scalars())
        connection.execute(update(touch).where(touch.c.id.in_(closed)).values(state="closed"))
        done += closed
    actor = f"run {run.id}"
    happened = [Event(run.as_of, actor, "task.cleared", one, {"reason": reasons[one]}) for one in done]
    record(connection, happened)


def _merge(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[object],
    replaced: Sequence[str],
    replaceable: Replaceable | None = None,
) -> int:
    values = list(map(attrgetter(*columns), rows))
    return merge(connection, table, columns, values, replaced, replaceable)
