"""The tables that leave the ledger: their columns, and which of their rows a stretch of events has changed.

Whatever changes such a row leaves an event, so events say what travels again. The exceptions are few and said
here: the day alone wakes a snoozed task and ends a quote; what is being sent at the moment of an export is
looked at again by the next one; an erasure or a play that was renamed has everything travel again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Date,
    Double,
    Integer,
    Select,
    and_,
    case,
    false,
    literal,
    or_,
    select,
    true,
    union_all,
)

from ...dsl.frozen import frozen
from ..decide.model import MESSAGES
from ..facts.model import MASK
from ..ports import ExportKind
from . import operation_tables, tables
from .answers import counting
from .audit import COMMITTED, ERASED
from .columns import AmountText, UtcDateTime
from .response_tables import answer, opportunity, quote, quote_revision, reply, submission
from .response_views import quote_facts
from .tasks import state_on

_KINDS: Final[tuple[tuple[type[Any], ExportKind], ...]] = (
    (Boolean, "flag"),
    (Integer, "integer"),
    (Double, "number"),
    (AmountText, "amount"),
    (UtcDateTime, "moment"),
    (Date, "date"),
)
_event, _seal = tables.event.c, operation_tables.seal.c


@frozen
class Hidden:
    """What shows a sensitive field. ``people``: addresses and names of customers; ``keys`` and ``cycles``:
    those of these entities; ``titles``: those that these plays (``PLAYBOOK.PLAY``) write."""

    people: bool = False
    keys: frozenset[str] = frozenset()
    cycles: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()


@frozen
class Point:
    """How far an export has come: the last sealed event with what was missing before it, the seal itself, the
    local day, the plays that were known, and the touches that were being sent."""

    event: int
    holes: tuple[tuple[int, int], ...]
    seal: int
    head: str
    day: date
    plays: tuple[str, ...]
    sending: tuple[str, ...]


@frozen
class Exported:
    """One table: its rows on a day, with what is hidden masked, and those that may have changed."""

    name: str
    key: tuple[str, ...]
    rows: Callable[[date, Hidden], Select[Any]]
    changed: Callable[[Point, date], ColumnElement[bool]]

    def columns(self) -> tuple[tuple[str, ExportKind], ...]:
        """Names and kinds, in order."""
        shown = self.rows(date.min, Hidden()).selected_columns
        return tuple((column.name, _kind_of(column)) for column in shown)


def here(connection: Connection, today: date) -> Point:
    """Where the ledger stands."""
    last = connection.execute(
        select(_seal.number, _seal.last, _seal.holes, _seal.hash).order_by(_seal.number.desc()).limit(1)
    ).first()
    play, touch = tables.play.c, tables.touch.c
    plays = connection.execute(select(play.playbook, play.play).order_by(play.playbook, play.play))
    sending = select(touch.id).where(touch.claim.is_not(None), touch.state == "transmitting")
    return Point(
        event=last.last if last else 0,
        holes=tuple((first, to) for first, to, _ in last.holes) if last else (),
        seal=last.number if last else 0,
        head=last.hash if last else "",
        day=today,
        plays=tuple(f"{row.playbook}.{row.play}" for row in plays),
        sending=tuple(sorted(connection.execute(sending).scalars())),
    )


def follows(connection: Connection, point: Point) -> bool:
    """Whether what has changed since a point can be told by events: the ledger is the one that stood there,
    no play has been renamed and nobody erased."""
    sealed = select(_seal.hash).where(_seal.number == point.seal)
    if point.seal and connection.execute(sealed).scalar() != point.head:
        return False
    play = tables.play.c
    known = {f"{row[0]}.{row[1]}" for row in connection.execute(select(play.playbook, play.play))}
    erased = select(_event.id).where(since(point), _event.kind == ERASED).limit(1)
    return known.issuperset(point.plays) and connection.execute(erased).first() is None


def since(point: Point) -> ColumnElement[bool]:
    """The events after a point."""
    return or_(_event.id > point.event, *(_event.id.between(first, last) for first, last in point.holes))


def subjects(point: Point, *kinds: str) -> Select[Any]:
    """What the events after a point are about; a kind that ends in a dot stands for all that begin so."""
    wanted = [_event.kind.startswith(kind) if kind.endswith(".") else _event.kind == kind for kind in kinds]
    return select(_event.subject).where(since(point), or_(*wanted))


def acted(point: Point) -> Select[Any]:
    """The touches of what runs have decided after a point: tasks and opportunities have the same ids."""
    made, member = tables.decision.c, tables.touch_member.c
    decided = select(made.occurrence).where(made.run.in_(subjects(point, COMMITTED)))
    return select(member.touch).where(member.occurrence.in_(decided))


def _kind_of(column: Any) -> ExportKind:
    return next((kind for type_, kind in _KINDS if isinstance(column.type, type_)), "text")


# ---------------------------------------------------------------------------------- masks


def _person(column: Any, hidden: Hidden, when: ColumnElement[bool] | None = None) -> Any:
    return _masked(column, and_(column.is_not(None), true() if when is None else when), hidden.people)


def _masked(column: Any, when: ColumnElement[bool], wanted: object) -> Any:
    return case((when, MASK), else_=column).label(column.name) if wanted else column


def _about(columns: Any, hidden: Hidden) -> list[Any]:
    """``entity``, ``record``, ``cycle`` and ``account``."""
    entity = columns.entity
    return [
        entity,
        _masked(columns.record, entity.in_(sorted(hidden.keys)), hidden.keys),
        _masked(
            columns.cycle, and_(columns.cycle.is_not(None), entity.in_(sorted(hidden.cycles))), hidden.cycles
        ),
        *([_account(columns.account, hidden)] if "account" in columns else ()),
    ]


def _account(column: Any, hidden: Hidden) -> Any:
    return _masked(column, column.is_not(None), "account" in hidden.keys)


def _title(columns: Any, hidden: Hidden) -> Any:
    play = columns.playbook + "." + columns.play
    return _masked(columns.title, play.in_(sorted(hidden.titles)), hidden.titles)


# ---------------------------------------------------------------------------------- rows


def _touches(today: date, hidden: Hidden) -> Select[Any]:
    touch = tables.touch.c
    to_people = touch.type.in_(MESSAGES)
    return select(
        *(touch.id, touch.playbook, touch.play, *_about(touch, hidden), touch.type, touch.channel),
        _person(touch.recipient, hidden, to_people),
        touch.state,
        _person(touch.reason, hidden, to_people & touch.reason.contains("@")),
        *(touch.topic, touch.variant, touch.customer, touch.fired_on.label("created_on")),
        *(touch.send_at, touch.sent_at, touch.sent_on, touch.run),
    )


def _tasks(today: date, hidden: Hidden) -> Select[Any]:
    task = tables.task.c
    names = ("kind", "assignee", "priority", "rank", "due")
    more = ("opened_on", "snoozed_until", "closed_on", "closed_by", "outcome", "note")
    return select(
        *(task.id, task.playbook, task.play, *_about(task, hidden), _title(task, hidden)),
        *(task[name] for name in names),
        state_on(today).label("state"),
        *(task[name] for name in more),
    )


def _answers(today: date, hidden: Hidden) -> Select[Any]:
    said, known = answer.c, submission.c
    current = case((known.id.in_(select(counting().c.id)), true()), else_=false())
    names = ("number", "amount", "currency", "date")
    return select(
        *(said.submission, said.question, known.survey, *_about(known, hidden)),
        _person(known.respondent, hidden),
        *(known.number.label("version"), current.label("current"), known.quarantine),
        _person(said.value, hidden, said.name.is_not(None)),
        *(said[name] for name in names),
        _person(said.name, hidden),
        *(known.at.label("answered_at"), known.day.label("answered_on")),
    ).join_from(answer, submission, said.submission == known.id)


def _quotes(today: date, hidden: Hidden) -> Select[Any]:
    facts = quote_facts(today)
    known = facts.selected_columns
    names = ("state", "revision", "total", "currency", "valid_until", "made_at", "made_on", "sent_on")
    return facts.with_only_columns(
        *(known.id, known.pricebook, *_about(known, hidden), *(known[name] for name in names)),
        *(known.accepted_on, _person(known.accepted_by, hidden)),
        maintain_column_froms=True,
    )


def _quote_revisions(today: date, hidden: Hidden) -> Select[Any]:
    made = quote_revision.c
    return select(
        *(made.quote, made.number, made.total, made.currency, made.valid_until, made.reason, made.actor),
        *(made.made_at, made.hash),
    )


def _opportunities(today: date, hidden: Hidden) -> Select[Any]:
    known = opportunity.c
    names = ("assignee", "stage", "amount", "currency", "opened_on", "changed_on", "meeting_on", "closed_on")
    return select(
        *(known.id, known.playbook, known.play, *_about(known, hidden), _title(known, hidden)),
        *(known[name] for name in names),
    )


def _replies(today: date, hidden: Hidden) -> Select[Any]:
    known = reply.c
    return select(
        *(known.message_id, known.touch, *_about(known, hidden), _person(known.contact, hidden)),
        *(known.automatic, known.at.label("replied_at"), known.day.label("replied_on")),
    )


def _occurrences(today: date, hidden: Hidden) -> Select[Any]:
    known = tables.occurrence.c
    kept = and_(known.cycle.is_not(None), known.entity.in_(sorted(hidden.cycles)))
    names = ("origin", "due", "deadline", "verdict", "reason", "fired_on", "decided_on", "episode")
    return select(
        *(known.id, known.playbook, known.play, *_about(known, hidden)),
        _masked(known.key, kept, hidden.cycles),
        *(known[name] for name in names),
        *(known.parent, known.run),
    )


def _runs(today: date, hidden: Hidden) -> Select[Any]:
    known = tables.run.c
    return select(known.id, known.number, known.as_of, known.day, known.snapshot, known.fingerprint)


# ---------------------------------------------------------------------------------- changes


def _touches_since(point: Point, today: date) -> ColumnElement[bool]:
    """A task's act may send one of its messages, which is of the same occurrence."""
    touch, own = tables.touch.c, tables.touch.alias("own").c
    of_task = select(own.occurrence).where(own.id.in_(subjects(point, "task.")))
    siblings = tables.touch.alias("sibling").c
    beside = select(siblings.id).where(siblings.occurrence.in_(of_task))
    under_way = [literal(one) for one in point.sending]
    ids = union_all(subjects(point, "touch."), acted(point), beside, *(select(one) for one in under_way))
    return touch.id.in_(ids)


def _tasks_since(point: Point, today: date) -> ColumnElement[bool]:
    slept = tables.task.alias("slept").c
    until = slept.snoozed_until
    woken = select(slept.id).where(slept.closed_on.is_(None), until > point.day, until <= today)
    return tables.task.c.id.in_(union_all(subjects(point, "task."), acted(point), woken))


def _answers_since(point: Point, today: date) -> ColumnElement[bool]:
    """A new version, or a person's word on one, concerns those before it."""
    own = submission.alias("own").c
    series = select(own.series).where(own.id.in_(subjects(point, "answers.")))
    return submission.c.series.in_(series)


def _quotes_since(point: Point, today: date) -> ColumnElement[bool]:
    last = quote_revision.alias("last").c
    over = select(last.quote).where(last.valid_until >= point.day, last.valid_until < today)
    return quote.c.id.in_(union_all(subjects(point, "quote."), over))


def _quote_revisions_since(point: Point, today: date) -> ColumnElement[bool]:
    return quote_revision.c.quote.in_(subjects(point, "quote."))


def _opportunities_since(point: Point, today: date) -> ColumnElement[bool]:
    return opportunity.c.id.in_(union_all(subjects(point, "opportunity."), acted(point)))


def _replies_since(point: Point, today: date) -> ColumnElement[bool]:
    return reply.c.touch.in_(subjects(point, "reply."))


def _occurrences_since(point: Point, today: date) -> ColumnElement[bool]:
    """A run may move an open one without another verdict."""
    waits, made = tables.occurrence.alias("waits").c, tables.decision.c
    decided = select(made.occurrence).where(made.run.in_(subjects(point, COMMITTED)))
    ids = union_all(decided, select(waits.id).where(waits.open == true()))
    return tables.occurrence.c.id.in_(ids)


def _runs_since(point: Point, today: date) -> ColumnElement[bool]:
    return tables.run.c.id.in_(subjects(point, COMMITTED))


TABLES: Final[Mapping[str, Exported]] = {
    one.name: one
    for one in (
        Exported("touches", ("id",), _touches, _touches_since),
        Exported("tasks", ("id",), _tasks, _tasks_since),
        Exported("answers", ("submission", "question"), _answers, _answers_since),
        Exported("quotes", ("id",), _quotes, _quotes_since),
        Exported("quote_revisions", ("quote", "number"), _quote_revisions, _quote_revisions_since),
        Exported("opportunities", ("id",), _opportunities, _opportunities_since),
        Exported("replies", ("message_id",), _replies, _replies_since),
        Exported("occurrences", ("id",), _occurrences, _occurrences_since),
        Exported("runs", ("id",), _runs, _runs_since),
    )
}
