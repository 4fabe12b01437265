"""Who is not written to, and who agreed to be: added, lifted, withdrawn and listed. Every act is an event.

An address is kept as it is compared (``decide.contacts.normal``). Rows are never removed: what was in force
when a message went can be shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ...dsl.frozen import frozen
from ..decide.contacts import ALL, normal
from . import tables
from .bulk import insert
from .errors import LedgerError
from .events import Event, record
from .tasks import Act

_SUPPRESSION = ("address", "reason", "scope", "since", "until", "actor", "note")
_CONSENT = ("address", "scope", "ground", "given_at", "evidence", "wording", "recorded_at", "actor")


@frozen
class Suppression:
    """Do not write to an address: why, of which topic (``*``: any), until when (None: for good)."""

    address: str
    reason: str
    scope: str = ALL
    until: datetime | None = None
    note: str = ""


@frozen
class Consent:
    """Somebody agreed to a promotional topic (``*``: all of them): on which ground, when, how one knows
    (``evidence``), and to which version of which words (``wording``)."""

    address: str
    scope: str
    ground: str
    given_at: datetime
    evidence: str
    wording: str = ""


def nobody_there(status: str) -> bool:
    """Whether an enhanced status code says that the address does not exist (RFC 3463, 3.2). X.1.7 and X.1.8
    are about the sender's."""
    return status.startswith("5.1.") and status not in ("5.1.7", "5.1.8")


def suppress(connection: Connection, wanted: Iterable[Suppression], act: Act) -> int:
    """Put suppressions in force. Gives how many are new: one that is in force already stays as it is, unless
    it ends sooner."""
    known = tables.suppression.c
    wanted = list(wanted)
    active = _active_suppressions()
    if len(wanted) == 1:  # a report or a click, of which there may be many in a row
        active = active.where(known.address == normal(wanted[0].address))
    now = {(row.address, row.reason, row.scope): row for row in connection.execute(active)}
    rows: dict[tuple[str, str, str], tuple[object, ...]] = {}
    for one in wanted:
        address = normal(one.address)
        place = (address, one.reason, one.scope)
        if place in now and _lasts(now[place].until, one.until):
            continue
        if place in now:
            ended = update(tables.suppression).where(known.id == now[place].id)
            connection.execute(ended.values(lifted_at=act.at, lifted_by=act.actor, lifted_for="renewed"))
        rows[place] = (*place, act.at, one.until, act.actor, one.note)
    _insert_suppressions(connection, [rows[place] for place in sorted(rows)])
    told = [(address, {"reason": reason, "scope": scope}) for address, reason, scope in rows]
    _tell(connection, act, "contact.suppressed", told)
    return len(rows)


def _insert_suppressions(connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
    """Two workers may learn of the same address at once: one is enough, and neither may fail for it. All go
    in one order, so that they do not wait for each other in a circle."""
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(tables.suppression).on_conflict_do_nothing()
        connection.execute(statement, [dict(zip(_SUPPRESSION, row, strict=True)) for row in rows])


def _lasts(until: datetime | None, wanted: datetime | None) -> bool:
    """Whether what is in force lasts at least as long as what is wanted."""
    return until is None or (wanted is not None and until >= wanted)


def lift(
    connection: Connection, address: str, act: Act, *, reason: str = "", scope: str = "", asked: str = ""
) -> int:
    """End suppressions of an address, of one reason and scope or of all. Gives how many. An unsubscribe is
    the recipient's own: it is lifted only with ``asked``, how they asked for it. Raises ``LedgerError``."""
    known = tables.suppression.c
    mine = _active_suppressions().where(known.address == normal(address))
    if reason:
        mine = mine.where(known.reason == reason)
    if scope:
        mine = mine.where(known.scope == scope)
    found = connection.execute(mine).all()
    if not found:
        raise LedgerError(f"{address} is not suppressed so; `playcall suppress list {address}` shows what is")
    if not asked and any(row.reason == "unsubscribe" for row in found):
        raise LedgerError(
            f"{address} has unsubscribed: only the recipient lifts that. If they asked for it, say how: "
            '--asked "their mail of 3 May"'
        )
    values = {"lifted_at": act.at, "lifted_by": act.actor, "lifted_for": asked}
    ended = update(tables.suppression).where(known.id.in_([row.id for row in found])).values(**values)
    connection.execute(ended)
    told = [(row.address, {"reason": row.reason, "scope": row.scope, "asked": asked}) for row in found]
    _tell(connection, act, "contact.lifted", told)
    return len(found)


def agree(connection: Connection, given: Iterable[Consent], act: Act) -> int:
    """Record consents. One for the same address and topic takes the place of the one before, which stays on
    record. Gives how many."""
    known = tables.consent.c
    rows: dict[tuple[str, str], tuple[object, ...]] = {}
    for one in given:
        address = normal(one.address)
        words = (one.ground, one.given_at, one.evidence, one.wording)
        rows[address, one.scope] = (address, one.scope, *words, act.at, act.actor)
    for address, scope in rows:
        _end_consents(connection, act, and_(known.address == address, known.scope == scope))
    insert(connection, tables.consent, _CONSENT, list(rows.values()))
    told = [(address, {"scope": scope, "ground": row[2]}) for (address, scope), row in rows.items()]
    _tell(connection, act, "contact.agreed", told)
    return len(rows)


def withdraw(connection: Connection, address: str, act: Act, *, scope: str = "") -> int:
    """End consents of an address, to one topic or to all. Gives how many. Raises ``LedgerError``."""
    known = tables.consent.c
    mine = known.address == normal(address)
    ended = _end_consents(connection, act, and_(mine, known.scope == scope) if scope else mine)
    if not ended:
        raise LedgerError(f"no consent of {address} is on record; `playcall consent list` shows which are")
    _tell(connection, act, "contact.withdrew", [(normal(address), {"scope": one}) for one in ended])
    return len(ended)


def _end_consents(connection: Connection, act: Act, which: Any) -> list[str]:
    known = tables.consent.c
    ended = (
        update(tables.consent)
        .where(which, known.withdrawn_at.is_(None))
        .values(withdrawn_at=act.at, withdrawn_by=act.actor)
        .returning(known.scope)
    )
    return list(connection.execute(ended).scalars())


def suppressions_of(connection: Connection, address: str = "") -> list[dict[str, Any]]:
    """What is in force, of one address or of all, by address; ``until`` may be over."""
    known = tables.suppression.c
    columns = (known.address, known.reason, known.scope, known.since, known.until, known.actor, known.note)
    statement = select(*columns).where(known.lifted_at.is_(None)).order_by(known.address, known.id)
    if address:
        statement = statement.where(known.address == normal(address))
    return [dict(row) for row in connection.execute(statement).mappings()]


def consents_of(connection: Connection, address: str = "") -> list[dict[str, Any]]:
    """Every consent on record, of one address or of all: who, when, how, to which words, and its end."""
    known = tables.consent.c
    statement = select(*(known[name] for name in (*_CONSENT, "withdrawn_at", "withdrawn_by")))
    statement = statement.order_by(known.address, known.id)
    if address:
        statement = statement.where(known.address == normal(address))
    return [dict(row) for row in connection.execute(statement).mappings()]


def _active_suppressions() -> Any:
    known = tables.suppression.c
    return select(known.id, known.address, known.reason, known.scope, known.until).where(
        known.lifted_at.is_(None)
    )


def _tell(
    connection: Connection, act: Act, kind: str, told: Sequence[tuple[str, Mapping[str, object]]]
) -> None:
    record(connection, [Event(act.at, act.actor, kind, address, data) for address, data in told])
