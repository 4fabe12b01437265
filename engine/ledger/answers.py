"""Answers in the ledger: every version kept, suspicious ones apart until a person has looked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    bindparam,
    exists,
    func,
    or_,
    select,
    text,
    tuple_,
)

from ...dsl.frozen import frozen
from ..decide.model import identifier
from .bulk import insert
from .errors import AbsentRowError
from .events import Event, record
from .response_tables import answer, submission, submission_review
from .tasks import Act

Verdict = Literal["accepted", "rejected"]


@frozen
class Subject:
    """What a submission is about and whose it is."""

    survey: str
    entity: str
    record: str
    cycle: str | None
    account: str | None
    respondent: str

    @property
    def series(self) -> str:
        """The id that all versions of it share."""
        cycle = "" if self.cycle is None else f"={self.cycle}"
        return identifier("answers", self.survey, self.entity, self.record, cycle, self.respondent.casefold())


@frozen
class AnswerRow:
    """One answer. ``value`` is what ``answer()`` gives; at most one of the others says it typed; ``name``
    is of a person given by address."""

    question: str
    position: int
    value: str
    number: float | None = None
    amount: Decimal | None = None
    currency: str | None = None
    date: date | None = None
    name: str | None = None


@frozen
class Sent:
    """How a submission came. ``quarantine``: why it is kept apart (empty: it is not); ``source``: a hash of
    the network address it came from."""

    link: str | None = None
    quarantine: str = ""
    source: str = ""


def submit(
    connection: Connection, subject: Subject, answers: Sequence[AnswerRow], act: Act, sent: Sent | None = None
) -> str:
    """Keep answers as the next version of their series. Gives the submission's id. Of two at once, one
    waits for the other."""
    sent = sent or Sent()
    _queue(connection, subject.series)
    counted = select(func.coalesce(func.max(submission.c.number), 0)).where(
        submission.c.series == subject.series
    )
    number = connection.execute(counted).scalar_one() + 1
    row = {
        "id": identifier("submission", subject.series, str(number)),
        "series": subject.series,
        "number": number,
        "link": sent.link,
        "survey": subject.survey,
        "entity": subject.entity,
        "record": subject.record,
        "cycle": subject.cycle,
        "account": subject.account,
        "respondent": subject.respondent,
        "actor": act.actor,
        "at": act.at,
        "day": act.today,
        "quarantine": sent.quarantine,
        "source": sent.source,
    }
    insert(connection, submission, tuple(row), [tuple(row.values())])
    insert(connection, answer, _ANSWER, [(row["id"], *_cells(one)) for one in answers])
    kind = "answers.quarantined" if sent.quarantine else "answers.sent"
    told = {"survey": subject.survey, "record": subject.record, "version": number}
    record(connection, [Event(act.at, act.actor, kind, str(row["id"]), told)])
    return str(row["id"])


def _queue(connection: Connection, series: str) -> None:
    """Versions of one series are numbered one after the other. On SQLite whoever writes is alone anyway."""
    if connection.dialect.name == "postgresql":
        lock = text("select pg_advisory_xact_lock(hashtextextended(:series, 0))")
        connection.execute(lock, {"series": series})


_FIELDS = ("question", "position", "value", "number", "amount", "currency", "date", "name")
_ANSWER = ("submission", *_FIELDS)


def _cells(one: AnswerRow) -> tuple[object, ...]:
    return tuple(getattr(one, name) for name in _FIELDS)


def standing(connection: Connection, subject: Subject) -> dict[str, AnswerRow]:
    """The answers of somebody as they stand: the last version that counts, by question."""
    rows = connection.execute(_STANDING, {"series": subject.series})
    return {row.question: AnswerRow(*row) for row in rows}


def counting() -> Subquery:
    """The submissions that count: of each series the last that is not kept apart, or that a person let in."""
    newer, review = submission.alias("newer"), submission_review.alias("reviewed")
    later = exists().where(
        newer.c.series == submission.c.series, newer.c.number > submission.c.number, _counts(newer.c, review)
    )
    mine = submission_review.alias("mine")
    return select(submission).where(_counts(submission.c, mine), ~later).subquery("counting")


def _counts(known: Any, review: Any) -> ColumnElement[bool]:
    let_in = exists().where(review.c.submission == known.id, review.c.verdict == "accepted")
    return or_(known.quarantine == "", let_in)


def _standing() -> Select[Any]:
    current = counting()
    return (
        select(*(answer.c[name] for name in _FIELDS))
        .join_from(answer, current, current.c.id == answer.c.submission)
        .where(current.c.series == bindparam("series"))
        .order_by(answer.c.position)
    )


_STANDING: Final = _standing()  # built once: each page of a survey asks it


def people_named(connection: Connection, questions: Collection[tuple[str, str]]) -> list[dict[str, Any]]:
    """Who stands as the answer to questions (survey, question), the latest last: address and ``name``, with
    the record and cycle that it is about."""
    if not questions:
        return []
    known = counting()
    about = (known.c.survey, known.c.entity, known.c.record, known.c.cycle)
    rows = connection.execute(
        select(*about, answer.c.question, answer.c.value, answer.c.name)
        .join_from(answer, known, known.c.id == answer.c.submission)
        .where(tuple_(known.c.survey, answer.c.question).in_(sorted(questions)))
        .order_by(known.c.at, known.c.id)
    )
    return [dict(row) for row in rows.mappings()]


def quarantined(connection: Connection) -> list[dict[str, Any]]:
    """The submissions that wait for a person, the oldest first, each with its answers."""
    judged = exists().where(submission_review.c.submission == submission.c.id)
    rows = connection.execute(
        select(submission)
        .where(submission.c.quarantine != "", ~judged)
        .order_by(submission.c.at, submission.c.id)
    )
    return [{**row, "answers": _answers_of(connection, row["id"])} for row in rows.mappings()]


def versions(connection: Connection, subject: Subject) -> list[dict[str, Any]]:
    """Every version of somebody's answers, the oldest first."""
    rows = connection.execute(
        select(submission).where(submission.c.series == subject.series).order_by(submission.c.number)
    )
    return [{**row, "answers": _answers_of(connection, row["id"])} for row in rows.mappings()]


def _answers_of(connection: Connection, one: str) -> Mapping[str, str]:
    rows = connection.execute(
        select(answer.c.question, answer.c.value)
        .where(answer.c.submission == one)
        .order_by(answer.c.position)
    )
    return {row.question: row.value for row in rows}


def review(connection: Connection, one: str, verdict: Verdict, act: Act, note: str = "") -> None:
    """A person lets a quarantined submission in, or keeps it out for good. Raises ``AbsentRowError`` if
    it is not waiting for that."""
    waiting = {row["id"] for row in quarantined(connection)}
    if one not in waiting:
        raise AbsentRowError(f"there is no quarantined submission `{one}`")
    row = {"submission": one, "verdict": verdict, "actor": act.actor, "at": act.at, "note": note}
    insert(connection, submission_review, tuple(row), [tuple(row.values())])
    record(connection, [Event(act.at, act.actor, f"answers.{verdict}", one, {"note": note})])


def links_answered(connection: Connection, source: str, link_id: str, since: datetime) -> int:
    """How many other links were answered from a network address since a moment."""
    counted = select(func.count(func.distinct(submission.c.link))).where(
        submission.c.source == source, submission.c.at >= since, submission.c.link != link_id
    )
    return connection.execute(counted).scalar_one()


MANY_WINDOW = timedelta(minutes=1)  # in which answers to many links look automated
