"""Every read that a run makes: what earlier runs and deliveries left, each in one statement."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import date, datetime
from functools import cache, lru_cache
from itertools import chain, compress
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Date,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.sql import ColumnElement

from ..chunks import chunks
from ..decide.model import OccurrenceRow, QueuedTouch, RunRow
from ..evaluate.context import Store
from ..evaluate.model import Parent, PlayId, PlayRow
from ..evaluate.reference.recorded import LastEpisode, PastOccurrence, Recorded
from . import changes, tables
from .bulk import duckdb_type, export
from .columns import of_plays, one_of
from .write import WAITING

EpisodeId = tuple[str, str, str, int]  # (playbook, play, record, number)

# So many rows are handed over one by one; a file is quicker for more.
FEW = 200

# Verdicts that say that it was done, on purpose not, or by other means: `once` allows no other.
USED = ("fired", "adopted", "holdout")

# States of a touch that went to somebody, or may have, or that is a task on a worklist.
ACTED = ("sent", "unknown", "open", "closed")

_OCCURRENCE = [tables.occurrence.c[name] for name in OccurrenceRow._fields]

# Written once: to build a statement takes longer than to run it.
_PLAYS = select(*(tables.play.c[field.name] for field in fields(PlayRow)))
_PAUSES = select(tables.pause.c.scope)
_RUN_COUNT = select(func.count()).select_from(tables.run)
_FORESEEN = select(*(tables.foreseen.c[name] for name in ("playbook", "play", "day", "count"))).where(
    tables.foreseen.c.day.between(bindparam("since", type_=Date), bindparam("until", type_=Date))
)
_PLAY_AND_DAY = [tables.occurrence.c[name] for name in ("playbook", "play", "fired_on")]
_FIRED = (
    select(*_PLAY_AND_DAY, func.count())
    .where(tables.occurrence.c.fired_on >= bindparam("since", type_=Date))
    .group_by(*_PLAY_AND_DAY)
)
_OPEN = select(*_OCCURRENCE).where(tables.occurrence.c.open == true())
_CLOSED_EPISODES = select(tables.episode.c.record, tables.episode.c.number).where(
    *(tables.episode.c[name] == bindparam(name) for name in ("playbook", "play")),
    tables.episode.c.record.in_(bindparam("records", expanding=True)),
    tables.episode.c.closed_on.is_not(None),
)
_QUEUED = (
    select(*(tables.touch.c[field.name] for field in fields(QueuedTouch)))
    .where(tables.touch.c.next_attempt.is_not(None), one_of(tables.touch.c.state, WAITING))
    .where(tables.touch.c.action >= 0)
    .order_by(tables.touch.c.next_attempt, tables.touch.c.id)
)
_NEXT_DUE = (
    select(tables.touch.c.next_attempt)
    .where(tables.touch.c.next_attempt.is_not(None))
    .order_by(tables.touch.c.next_attempt)
    .limit(1)
)
_TOUCH_STATES = select(tables.touch.c.id, tables.touch.c.state, tables.touch.c.reason).where(
    tables.touch.c.id.in_(bindparam("ids", expanding=True))
)


def last_run(connection: Connection) -> RunRow | None:
    """The run that was committed last."""
    columns = [tables.run.c[field.name] for field in fields(RunRow)]
    row = connection.execute(select(*columns).order_by(tables.run.c.number.desc()).limit(1)).first()
    return RunRow(*row) if row else None


def run_of(connection: Connection, run: str) -> RunRow | None:
    """The run with this id."""
    columns = [tables.run.c[field.name] for field in fields(RunRow)]
    row = connection.execute(select(*columns).where(tables.run.c.id == run)).first()
    return RunRow(*row) if row else None


def run_count(connection: Connection) -> int:
    """How many runs the ledger holds."""
    return connection.execute(_RUN_COUNT).scalar_one()


def play_rows(connection: Connection) -> list[PlayRow]:
    """What is known of every play that ever ran."""
    return [PlayRow(*row) for row in connection.execute(_PLAYS)]


def pauses(connection: Connection) -> frozenset[str]:
    """The scopes that are paused: PLAYBOOK, PLAYBOOK.PLAY or *."""
    return frozenset(connection.execute(_PAUSES).scalars())


def foreseen(connection: Connection, since: date, until: date) -> dict[PlayId, dict[date, int]]:
    """How many occurrences the last snapshots foresaw from ``since`` to ``until``, by play and day."""
    found: dict[PlayId, dict[date, int]] = {}
    for playbook, play, day, count in connection.execute(_FORESEEN, {"since": since, "until": until}):
        found.setdefault((playbook, play), {})[day] = count
    return found


def fired_per_day(connection: Connection, since: date) -> list[tuple[str, str, date, int]]:
    """(playbook, play, day, how many occurrences fired), from ``since`` on."""
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(_FIRED, {"since": since})]


def open_occurrences(connection: Connection) -> list[OccurrenceRow]:
    """What a later run or a person decides again."""
    # Sorted here: to have them in order, SQLite would go through all that ever were.
    found = [OccurrenceRow(*row) for row in connection.execute(_OPEN)]
    return sorted(found, key=lambda one: (one.playbook, one.play, one.record, one.key))


def occurrences_of(connection: Connection, playbook: str, play: str, record: str) -> list[OccurrenceRow]:
    """Every occurrence of a play for a record, the oldest due first."""
    known = tables.occurrence.c
    statement = select(*_OCCURRENCE).where(
        known.playbook == playbook, known.play == play, known.record == record
    )
    return [OccurrenceRow(*row) for row in connection.execute(statement.order_by(known.due, known.key))]


def fill_occurrences(
    connection: Connection, store: Store, name: str, plays: Sequence[PlayId], *, amend: bool = False
) -> frozenset[PlayId]:
    """Fill the store's table ``name`` (evaluate.tables.OCCURRENCE_COLUMNS) with every occurrence of these
    plays (and others of their playbooks), and give the plays that have any. ``amend``: the table is there
    already, and is brought up to date."""
    known = tables.occurrence
    every = _occurrences().where(_in_playbooks(known.c, plays))
    if amend:
        amend_changed(connection, store, name, every, known)
    else:
        fill(connection, store, name, every)
    return frozenset(chain.from_iterable(_with_occurrences(connection, some) for some in chunks(plays)))


def _with_occurrences(connection: Connection, plays: Sequence[PlayId]) -> Iterator[PlayId]:
    """Those of the plays that have any occurrence."""
    found = connection.execute(_any_occurrence(tuple(plays))).one()
    return compress(plays, found)


@lru_cache(maxsize=64)
def _any_occurrence(plays: tuple[PlayId, ...]) -> Select[Any]:
    """A column for each play: whether it has any occurrence."""
    known = tables.occurrence.c
    found: list[Any] = [
        exists().where(known.playbook == playbook, known.play == play).label(f"play_{number}")
        for number, (playbook, play) in enumerate(plays)
    ]
    return select(*found)


def recorded(connection: Connection, plays: Sequence[PlayId], repeating: Sequence[PlayId]) -> Recorded:
    """The occurrences of these plays and their last episodes, where they are few. ``repeating``: as for
    ``fill_episodes``."""
    occurrences, episodes = _recorded(tuple(repeating))
    given = {"playbooks": sorted({playbook for playbook, _ in plays})}
    return Recorded.of(
        (PastOccurrence(*row) for row in connection.execute(occurrences, given)),
        (LastEpisode(*row) for row in connection.execute(episodes, given)),
    )


@lru_cache(maxsize=64)
def _recorded(repeating: tuple[PlayId, ...]) -> tuple[Select[Any], Select[Any]]:
    playbooks: BindParameter[str] = bindparam("playbooks", expanding=True)
    return (
        _occurrences().where(tables.occurrence.c.playbook.in_(playbooks)),
        _last_episodes(repeating).where(tables.episode.c.playbook.in_(playbooks)),
    )


def _occurrences() -> Select[Any]:
    """The columns of ``evaluate.tables.OCCURRENCE_COLUMNS``."""
    known = tables.occurrence.c
    identity = func.coalesce(known.cycle, cast(known.anchor, Text)).label("identity")
    columns = (known.playbook, known.play, known.record, known.key, identity, known.target)
    used = or_(known.open == true(), one_of(known.verdict, USED)).label("used")
    return select(*columns, known.due, known.reason, known.open, used)


def _last_episodes(repeating: Sequence[PlayId]) -> Select[Any]:
    """The columns of ``evaluate.tables.EPISODE_COLUMNS``."""
    known = tables.episode.c
    later = tables.episode.alias("later").c
    newer = exists().where(
        and_(*(later[key] == known[key] for key in ("playbook", "play", "record"))),
        later.number > known.number,
    )
    columns = (known.playbook, known.play, known.record, known.number, known.cycle)
    days = (known.seen_on, known.opened_on, _fired_on(repeating).label("fired_on"))
    return select(*columns, *days, known.closed_on.is_(None).label("open")).where(~newer)


def fill_episodes(
    connection: Connection,
    store: Store,
    name: str,
    plays: Sequence[PlayId],
    repeating: Sequence[PlayId],
    *,
    amend: bool = False,
) -> None:
    """Fill the store's table ``name`` (evaluate.tables.EPISODE_COLUMNS) with the last episode of every
    record of these plays. ``repeating``: those of them that fire again while a state lasts (`again`), for
    which it counts when they acted. ``amend``: as for occurrences."""
    known = tables.episode
    last = _last_episodes(repeating).where(_in_playbooks(known.c, plays))
    if amend:
        amend_changed(connection, store, name, last, known)
    else:
        fill(connection, store, name, last)


def _fired_on(repeating: Sequence[PlayId]) -> ColumnElement[Any]:
    """When an episode fired last. What was held acts later than it was due; `again` counts from there."""
    known, fired = tables.episode.c, tables.occurrence.c
    if not repeating:
        return known.fired_on
    acted_on = (
        select(func.max(fired.fired_on))
        .where(*(fired[key] == known[key] for key in ("playbook", "play", "record")))
        .where(fired.episode == known.number)
        .scalar_subquery()
    )
    later = func.coalesce(case((acted_on > known.fired_on, acted_on), else_=known.fired_on), known.fired_on)
    return case((of_plays(known, repeating), later), else_=known.fired_on)


def fill(connection: Connection, store: Store, name: str, statement: Select[Any]) -> None:
    """Keep what ``statement`` gives as a table of the store. More than a few rows travel as a CSV file that
    each database writes by itself: of what was measured, the quickest way for millions of rows."""
    few = connection.execute(statement.limit(FEW + 1)).all()
    if len(few) <= FEW:
        store.take_few(name, {one.name: duckdb_type(one) for one in statement.selected_columns}, few)
        return
    from sqlglot import exp, parse_one  # half a second, which commands on tasks and touches need not wait

    with tempfile.TemporaryDirectory(prefix="playcall-") as folder:
        source = export(connection, statement, Path(folder) / "rows.csv")
        query = parse_one(f"select * from {source}", dialect="duckdb")
        assert isinstance(query, exp.Expression)
        store.take(name, query)


def amend_changed(
    connection: Connection, store: Store, name: str, statement: Select[Any], source: Table
) -> None:
    """Bring a table that ``fill`` has filled up to date: what has changed of the ledger's table ``source``
    since (``changes``), as the statement gives it now."""
    changed = changes.changed(source.name)
    key = [column.name for column in changed.selected_columns]
    places = [tuple(row) for row in connection.execute(changed)]
    if not places:
        return
    rows = connection.execute(statement.where(tuple_(*(source.c[one] for one in key)).in_(changed))).all()
    columns = {one.name: duckdb_type(one) for one in statement.selected_columns}
    store.amend(name, columns, rows, key if len(key) > 1 else ("_key",), places)
    changes.forget(connection, source.name)


def followable(
    connection: Connection, playbook: str, parent: str, follow_up: str, first: str, *, amend: bool = False
) -> list[Parent]:
    """Fired occurrences of ``parent`` that acted, whose episode (if any) is open, and that ``follow_up``
    has not answered yet. ``first``: the play at the head of the chain, whose episodes they are. ``amend``:
    just those of ``changed_records``."""
    given = {"playbook": playbook, "parent": parent, "follow_up": follow_up, "first": first}
    return [Parent(*row) for row in connection.execute(_followable(amend), given)]


def changed_records(connection: Connection) -> set[tuple[str, str]]:
    """The playbooks and records of which something has changed that follow-ups go by (``changes``)."""
    return {(row[0], row[1]) for row in connection.execute(changes.changed(changes.PARENTS))}


@cache
def _followable(amend: bool) -> Select[Any]:
    known, touch, task = tables.occurrence.c, tables.touch.c, tables.task.c
    child, episode = tables.occurrence.alias("child").c, tables.episode.c
    playbook: BindParameter[str] = bindparam("playbook")
    answered = exists().where(
        child.playbook == playbook,
        child.play == bindparam("follow_up"),
        child.record == known.record,
        child.parent == known.id,
    )
    ended = exists().where(
        episode.playbook == playbook,
        episode.play == bindparam("first"),
        episode.record == known.record,
        episode.number == known.episode,
        episode.closed_on.is_not(None),
    )
    acted_on = func.min(func.coalesce(touch.sent_on, task.opened_on))
    columns = (known.id, known.record, known.key, known.cycle, known.target, known.anchor, known.episode)
    joined = (
        tables.occurrence.join(tables.touch_member, tables.touch_member.c.occurrence == known.id)
        .join(tables.touch, touch.id == tables.touch_member.c.touch)
        .outerjoin(tables.task, task.id == touch.id)
    )
    changed = changes.changed(changes.PARENTS).subquery().c
    some = [known.record.in_(select(changed.record).where(changed.playbook == playbook))] if amend else []
    return (
        select(*columns, acted_on)
        .select_from(joined)
        .where(*some)
        .where(known.playbook == playbook, known.play == bindparam("parent"), known.verdict == "fired")
        .where(one_of(touch.state, ACTED), touch.action >= 0, ~answered, ~ended)
        .group_by(*columns)
        .having(acted_on.is_not(None))
        .order_by(known.record, known.key)
    )


def closed_episodes(connection: Connection, episodes: Iterable[EpisodeId]) -> set[EpisodeId]:
    """The closed episodes of the plays and records of these episodes."""
    wanted: dict[PlayId, set[str]] = {}
    for playbook, play, record, _ in episodes:
        wanted.setdefault((playbook, play), set()).add(record)
    found: set[EpisodeId] = set()
    for (playbook, play), records in wanted.items():
        for some in chunks(sorted(records)):
            given = {"playbook": playbook, "play": play, "records": some}
            found |= {(playbook, play, row[0], row[1]) for row in connection.execute(_CLOSED_EPISODES, given)}
    return found


def queued_touches(connection: Connection, due: datetime | None = None) -> list[QueuedTouch]:
    """Messages of plays that wait to be sent; with ``due``, those that may go at that moment. What follows
    from what somebody did (``follows``) goes whatever became of the play."""
    statement = _QUEUED if due is None else _QUEUED.where(tables.touch.c.next_attempt <= due)
    return [QueuedTouch(*row) for row in connection.execute(statement)]


def next_due(connection: Connection) -> datetime | None:
    """When the first of the messages that wait is to be sent."""
    return connection.execute(_NEXT_DUE).scalar()


def dues_before(find: Callable[[], datetime | None], now: datetime) -> Iterator[datetime]:
    """The moments before ``now`` at which messages that wait are to be sent, each as ``find`` (``next_due``)
    gives it when the one before has been sent; the end where that has not moved anything."""
    last = None
    while (due := find()) is not None and due < now and due != last:
        yield due
        last = due


def touch_states(connection: Connection, touches: Iterable[str]) -> dict[str, tuple[str, str]]:
    """(state, reason) of these touches, by id."""
    found = (connection.execute(_TOUCH_STATES, {"ids": some}) for some in chunks(sorted(touches)))
    return {row[0]: (row[1], row[2]) for rows in found for row in rows}


def _in_playbooks(known: Any, plays: Sequence[PlayId]) -> Any:
    """That a row is of a playbook of these plays. Other plays of theirs do no harm, and a list of pairs takes
    longer to look through than their rows to copy. Not by an index: most rows are wanted, and SQLite would
    fetch them one by one."""
    return func.coalesce(known.playbook, "").in_(sorted({playbook for playbook, _ in plays}))
