"""What the ledger knows of the people that messages go to, read in bulk: once a run, and before each send."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    false,
    func,
    null,
    or_,
    select,
    true,
    union_all,
)

from ..chunks import chunks
from ..decide.contacts import Contacts, Opened, Sent, normal
from ..decide.policy import Policy
from ..evaluate.model import Moment
from . import tables
from .columns import UtcDateTime
from .pseudonyms import pseudonyms
from .response_tables import reply

# Written once: to build a statement takes longer than to run it. Those of addresses for all and for some.
_REPLIES = (
    select(reply.c.entity, reply.c.record, reply.c.contact, func.max(reply.c.day))
    .where(reply.c.record.is_not(None), reply.c.automatic == false())
    .group_by(reply.c.entity, reply.c.record, reply.c.contact)
)


def _for_some(statement: Select[Any], address: Any) -> tuple[Select[Any], Select[Any]]:
    return statement, statement.where(address.in_(bindparam("addresses", expanding=True)))


_suppression, _consent = tables.suppression.c, tables.consent.c
_SUPPRESSIONS = _for_some(
    select(_suppression.address, _suppression.reason, _suppression.scope).where(
        _suppression.lifted_at.is_(None),
        or_(_suppression.until.is_(None), _suppression.until > bindparam("now", type_=UtcDateTime)),
    ),
    _suppression.address,
)
_CONSENTS = _for_some(
    select(_consent.address, _consent.scope, _consent.ground).where(_consent.withdrawn_at.is_(None)),
    _consent.address,
)


def read_contacts(connection: Connection, policy: Policy, moment: Moment) -> Contacts:
    """Everything that a run's decisions need. What no rule of the project asks for is not read."""
    return Contacts(
        suppressions(connection, moment.now),
        consents(connection) if policy.promotes else {},
        recent(connection, moment.now - policy.widest) if policy.has("contact", "account") else (),
        opened(connection, moment, policy.widest) if policy.has("assignee") else (),
        replies(connection),
    )


def replies(connection: Connection) -> dict[tuple[str, str, str], date]:
    """The day of the last reply about a record that a person, and no machine, wrote, by entity, record and
    address."""
    found: dict[tuple[str, str, str], date] = {}
    for entity, record, contact, day in connection.execute(_REPLIES):
        place = (entity, record, normal(contact))
        found[place] = max(day, found.get(place, day))
    return found


def suppressions(
    connection: Connection, now: datetime, addresses: Collection[str] | None = None
) -> Mapping[str, list[tuple[str, str]]]:
    """(reason, scope) of what is in force, by address; of some addresses or of all. Who was erased is found
    by the address as it was."""
    naming = pseudonyms(connection)
    if naming is not None and addresses is not None:
        addresses = {*addresses, *map(naming, addresses)}
    found = _Suppressed(naming)
    for address, reason, scope in _of(connection, _SUPPRESSIONS, addresses, {"now": now}):
        found.setdefault(address, []).append((reason, scope))
    return found


class _Suppressed(dict[str, list[tuple[str, str]]]):
    """Suppressions by address, or by what stands in an erased person's place."""

    def __init__(self, naming: Callable[[str], str] | None) -> None:
        super().__init__()
        self._naming = naming

    def get(self, address: str, default: Any = None) -> Any:
        """What is in force of an address."""
        found = super().get(address)
        if found is None and self._naming is not None:
            found = super().get(self._naming(address))
        return default if found is None else found


def consents(connection: Connection, addresses: Collection[str] | None = None) -> dict[str, dict[str, str]]:
    """The ground of each consent in force, by address and scope; of some addresses or of all."""
    found: dict[str, dict[str, str]] = {}
    for address, scope, ground in _of(connection, _CONSENTS, addresses, {}):
        found.setdefault(address, {})[scope] = ground
    return found


def _of(
    connection: Connection,
    statements: tuple[Select[Any], Select[Any]],
    addresses: Collection[str] | None,
    given: Mapping[str, object],
) -> Iterable[Any]:
    """The rows of the first statement, or of the second for these addresses."""
    of_all, of_some = statements
    if addresses is None:
        return connection.execute(of_all, given)
    some = chunks(sorted(addresses))
    return (row for part in some for row in connection.execute(of_some, {**given, "addresses": part}))


def recent(connection: Connection, since: datetime) -> list[Sent]:
    """Messages to customers that went after a moment, may have gone, or wait to go."""
    found: dict[tuple[str, str], Sent] = {}
    for statement in _recent():
        for row in connection.execute(statement, {"since": since}):
            found[row[0], row[1]] = Sent(*row[1:])
    return list(found.values())


@cache
def _recent() -> list[CompoundSelect[Any]]:
    """The statements that find them. Said in three ways, each of which has its index."""
    touch, copy = tables.touch.c, tables.touch_copy.c
    at = func.coalesce(touch.sent_at, touch.next_attempt, touch.first_attempt).label("at")
    of_play = (touch.playbook, touch.play, at)
    direct = select(touch.id, touch.address, touch.account, *of_play).where(touch.customer == true())
    copied = select(touch.id, copy.address, cast(null(), Text).label("account"), *of_play)
    copied = copied.join_from(tables.touch_copy, tables.touch, copy.touch == touch.id)
    ways = (
        and_(touch.sent_at > bindparam("since", type_=UtcDateTime), touch.state.in_(("sent", "unknown"))),
        touch.next_attempt.is_not(None),
        and_(touch.claim.is_not(None), touch.state == "transmitting"),
    )
    return [union_all(direct.where(way), copied.where(way)) for way in ways]


def opened(connection: Connection, moment: Moment, reach: timedelta) -> list[Opened]:
    """Tasks opened in a window before a moment, by assignee, play and day."""
    task = tables.task.c
    columns = (task.assignee, task.playbook, task.play, task.opened_on)
    statement = select(*columns, func.count()).where(task.opened_on > moment.today - reach).group_by(*columns)
    return [Opened(*row) for row in connection.execute(statement)]
