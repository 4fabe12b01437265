"""The audit trail: a chain of seals over the events, made in bulk as transactions end, and its check. What
the ledger says now must be what follows from it (``standing.py``).

Each event carries the digest of what it says; a seal hashes the digests of all events since the seal before
it together with that seal's hash. So a changed, removed or inserted event breaks one link, and every later
seal stands on it. An erased person's events keep their digests: the chain holds, and the erasure, itself an
event, says which events no longer match theirs.

Workers on PostgreSQL end their transactions out of order: an id may appear after a later one was sealed. Such
gaps are written down with the seal (``holes``) and filled by a later one, for ``LATE`` at most.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Text, func, or_, select, text, type_coerce

from ...dsl.frozen import frozen
from . import operation_tables, tables
from .columns import encoded_json
from .events import digest
from .standing import differing

LATE: Final = timedelta(hours=1)  # how long a transaction may take to show an id that it has drawn
ERASED: Final = "contact.erased"  # its data lists the ids of the events that were emptied
COMMITTED: Final = "run.committed"  # its data holds the digest of the run's decisions

# One number for all playcall ledgers of a PostgreSQL database: "sealing" as bytes.
_SEAL_LOCK: Final = int.from_bytes(b"sealing", "big")

Span = tuple[int, int]  # first and last id, inclusive
Hole = tuple[int, int, float]  # and the time (seconds) of the seal that found it

_event, _seal = tables.event.c, operation_tables.seal.c
_LAST = select(_seal.number, _seal.last, _seal.holes, _seal.hash).order_by(_seal.number.desc()).limit(1)
_SEALS = select(
    *(_seal[name] for name in ("number", "at", "spans", "holes", "last", "previous", "hash")),
    _seal["count"].label("size"),  # a row has a method of the column's name
).order_by(_seal.number)
_NEW = select(_event.id, _event.at, _event.digest).order_by(_event.id)


def seal(connection: Connection) -> None:
    """Seal the events that are not sealed yet. While another transaction seals, it is left to the next."""
    if connection.dialect.name == "postgresql":
        free = connection.execute(text("select pg_try_advisory_xact_lock(:lock)"), {"lock": _SEAL_LOCK})
        if not free.scalar_one():
            return
    last = connection.execute(_LAST).first()
    number, end, previous = (last.number, last.last, last.hash) if last else (0, 0, "")
    holes: list[Hole] = [(first, to, since) for first, to, since in (last.holes if last else ())]
    late = [_event.id.between(first, to) for first, to, _ in holes]
    rows = connection.execute(_NEW.where(or_(_event.id > end, *late))).all()
    if not rows:
        return
    at = max(row.at for row in rows)
    spans = spans_of([row.id for row in rows])
    gone = (at - LATE).timestamp()
    left = [
        hole for hole in _left([*holes, (end + 1, spans[-1][1], at.timestamp())], spans) if hole[2] > gone
    ]
    linked = (number + 1, at, spans, left, len(rows), max(end, spans[-1][1]), previous)
    names = ("number", "at", "spans", "holes", "count", "last", "previous")
    values = dict(zip(names, linked, strict=True))
    hashed = _hash(*linked, [row.digest for row in rows])
    connection.execute(operation_tables.seal.insert().values(**values, hash=hashed))


def _hash(
    number: int,
    at: datetime,
    spans: Sequence[Span],
    holes: Sequence[Hole],
    count: int,
    last: int,
    previous: str,
    digests: Iterable[str],
) -> str:
    head = encoded_json([number, at.isoformat(), spans, holes, count, last, previous])
    return hashlib.sha256("\n".join([head, *digests]).encode()).hexdigest()


def spans_of(ids: Sequence[int]) -> list[Span]:
    """Ascending ids as runs without a gap."""
    found: list[list[int]] = []
    for one in ids:
        if found and found[-1][1] == one - 1:
            found[-1][1] = one
        else:
            found.append([one, one])
    return [(first, last) for first, last in found]


def _left(holes: Iterable[Hole], filled: Sequence[Span]) -> Iterator[Hole]:
    """What of the holes was not filled; holes and spans are ascending."""
    for start, end, since in holes:
        for first, last in filled:
            if last < start or first > end:
                continue
            if first > start:
                yield start, first - 1, since
            start = last + 1
        if start <= end:
            yield start, end, since


@frozen
class Broken:
    """The first place where the trail is not what was sealed: a seal's number, an event's id or a run's id,
    as far as they are known, and what is wrong there."""

    problem: str
    seal: int | None = None
    event: int | None = None
    run: str | None = None


@frozen
class Audit:
    """What a verification found. ``head`` is the last seal's number and hash: kept elsewhere, it shows later
    that nothing was cut off. ``unsealed`` events are of transactions that no seal has followed yet."""

    events: int
    seals: int
    unsealed: int
    erased: int
    runs: int
    head: tuple[int, str] | None
    broken: Broken | None

    def to_json(self) -> dict[str, object]:
        head = None if self.head is None else {"seal": self.head[0], "hash": self.head[1]}
        broken = self.broken
        return {
            "ok": broken is None,
            "events": self.events,
            "seals": self.seals,
            "unsealed": self.unsealed,
            "erased": self.erased,
            "runs": self.runs,
            "head": head,
            "broken": None
            if broken is None
            else {
                "problem": broken.problem,
                "seal": broken.seal,
                "event": broken.event,
                "run": broken.run,
            },
        }


def verify(connection: Connection, known_head: str = "") -> Audit:
    """Go along the whole chain and find the first broken link. ``known_head``: a hash that was the head once,
    and must still be in the chain."""
    walk = _Walk(connection)
    broken = walk.chain(known_head) or walk.beside() or walk.decisions()
    if broken is None and (found := differing(connection, walk.erased)) is not None:
        broken = Broken(found.problem, event=found.event, run=found.run)
    total = connection.execute(select(func.count()).select_from(tables.event)).scalar_one()
    unsealed = connection.execute(select(func.count()).where(_event.id > walk.last)).scalar_one()
    return Audit(total, walk.number, unsealed, walk.emptied, walk.runs, walk.head, broken)


class _Walk:
    """One verification: what was seen so far."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.erased = _erased(connection)
        self._committed: dict[str, str] = {}
        self.number = self.last = self.emptied = self.runs = 0
        self.head: tuple[int, str] | None = None
        self._holes: Sequence[Hole] = ()
        self._counted = 0

    def chain(self, known_head: str) -> Broken | None:
        """Every seal, in order, with the events that it covers."""
        seen = not known_head
        for row in self._connection.execute(_SEALS).all():
            if row.number != self.number + 1:
                return Broken(f"seal {self.number + 1} is missing", self.number + 1)
            if row.previous != (self.head[1] if self.head else ""):
                return Broken("it does not follow from the seal before it", row.number)
            problem = self._sealed(row)
            if problem:
                return problem
            self.number, self.last, self._holes = row.number, row.last, row.holes
            self.head = (row.number, row.hash)
            self._counted += row.size
            seen = seen or row.hash == known_head
        return None if seen else Broken(f"the chain does not hold the hash {known_head}: its end was cut off")

    def _sealed(self, row: Any) -> Broken | None:
        digests: list[str] = []
        for first, last in row.spans:
            expected = first
            for event in self._events(first, last):
                if event.id != expected:
                    return Broken("the event is missing", row.number, expected)
                problem = self._event(event)
                if problem:
                    return Broken(problem, row.number, event.id)
                digests.append(event.digest)
                expected += 1
            if expected != last + 1:
                return Broken("the event is missing", row.number, expected)
        given = (row.number, row.at, row.spans, row.holes, row.size, row.last, row.previous)
        return None if _hash(*given, digests) == row.hash else Broken("the seal was changed", row.number)

    def _events(self, first: int, last: int) -> Iterable[Any]:
        columns = (_event.id, _event.at, _event.actor, _event.kind, _event.subject, _event.digest)
        statement = select(*columns, type_coerce(_event.data, Text).label("data"))
        return self._connection.execute(statement.where(_event.id.between(first, last)).order_by(_event.id))

    def _event(self, event: Any) -> str:
        """What is wrong with an event; empty if nothing is."""
        if digest(event.at, event.actor, event.kind, event.subject, event.data) != event.digest:
            if event.id not in self.erased:
                return "the event was changed"
            self.emptied += 1
        if event.kind == COMMITTED:
            self._committed[event.subject] = event.data
        return ""

    def beside(self) -> Broken | None:
        """Events among the sealed ones that no seal covers."""
        covered = select(func.count()).where(_event.id <= self.last)
        extra = self._connection.execute(covered).scalar_one() - self._counted
        for first, last, _ in self._holes:
            late = select(func.count()).where(_event.id.between(first, last))
            extra -= self._connection.execute(late).scalar_one()
        return Broken(f"{extra} event(s) were inserted afterwards") if extra else None

    def decisions(self) -> Broken | None:
        """The decisions of every run that was sealed."""
        import json

        for run, data in self._committed.items():
            self.runs += 1
            if json.loads(data).get("digest") != digest_of_run(self._connection, run):
                return Broken("the decisions of the run were changed", run=run)
        return None


def _erased(connection: Connection) -> frozenset[int]:
    """The ids of the events that erasures have emptied."""
    found = connection.execute(select(_event.data).where(_event.kind == ERASED)).scalars()
    spans = [span for data in found for span in data.get("events", ())]
    return frozenset(one for first, last in spans for one in range(first, last + 1))


def digest_of_decisions(rows: Iterable[tuple[str, str, str]]) -> str:
    """SHA-256 of what a run decided, in any order: occurrence, verdict and reason of each."""
    return hashlib.sha256("\n".join(sorted(map("\t".join, rows))).encode()).hexdigest()


def digest_of_run(connection: Connection, run: str) -> str:
    """The digest of the decisions that the ledger holds of a run."""
    made = tables.decision.c
    rows = connection.execute(select(made.occurrence, made.verdict, made.reason).where(made.run == run))
    return digest_of_decisions((row[0], row[1], row[2]) for row in rows)
