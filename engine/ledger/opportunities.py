"""Opportunities in the ledger: leads that customer success found, and how far they have come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, func, select, update

from ...dsl.frozen import frozen
from ..catalog.builtin import STAGES
from .bulk import insert
from .errors import AbsentRowError, LedgerError
from .events import Event, record
from .response_tables import opportunity
from .tasks import Act

SPOTTED, VETTED, HANDED_OVER, MEETING, WON, LOST = (
    "spotted",
    "vetted",
    "handed_over",
    "meeting",
    "won",
    "lost",
)
assert STAGES == (SPOTTED, VETTED, HANDED_OVER, MEETING, WON, LOST)
CLOSED: Final = (WON, LOST)
# From where each stage is reached: forward, over `handed_over` or past it, and lost from anywhere.
_BEFORE: Final[Mapping[str, tuple[str, ...]]] = {
    VETTED: (SPOTTED,),
    HANDED_OVER: (VETTED,),
    MEETING: (VETTED, HANDED_OVER),
    WON: (MEETING,),
    LOST: (SPOTTED, VETTED, HANDED_OVER, MEETING),
}


@frozen
class OpportunityRow:
    """A new opportunity, in the stage `spotted`. ``amount``: what it may be worth, in ``currency``."""

    id: str
    playbook: str
    play: str
    entity: str
    record: str
    cycle: str | None
    account: str | None
    title: str
    assignee: str
    amount: Decimal | None
    currency: str | None
    opened_on: date


_COLUMNS = tuple(one.name for one in fields(OpportunityRow))


def add(connection: Connection, rows: Sequence[OpportunityRow]) -> None:
    """Write down new opportunities."""
    cells = [(*(getattr(row, name) for name in _COLUMNS), SPOTTED, row.opened_on) for row in rows]
    insert(connection, opportunity, (*_COLUMNS, "stage", "changed_on"), cells)


def spot(connection: Connection, row: OpportunityRow, act: Act, note: str | None = None) -> None:
    """Write down one that a person found. The same one at the same moment again fails the transaction."""
    add(connection, [row])
    if note is not None:
        connection.execute(update(opportunity).where(opportunity.c.id == row.id).values(note=note))
    told = {"entity": row.entity, "record": row.record, "title": row.title}
    record(connection, [Event(act.at, act.actor, "opportunity.spotted", row.id, told)])


def move(
    connection: Connection,
    one: str,
    stage: str,
    act: Act,
    *,
    note: str | None = None,
    assignee: str | None = None,
    meeting_on: date | None = None,
) -> None:
    """Bring an opportunity to another stage; ``assignee``: who has it from now on. A meeting has a day.
    Raises ``LedgerError`` where that stage cannot follow."""
    if stage not in _BEFORE:
        raise LedgerError(f"`{stage}` is no stage; there are {', '.join(_BEFORE)}")
    if (stage == MEETING) != (meeting_on is not None):
        raise LedgerError(
            "an opportunity is in the stage `meeting` from when the day of the meeting is known"
        )
    given = {"assignee": assignee, "meeting_on": meeting_on, "note": note}
    change: dict[str, object] = {name: value for name, value in given.items() if value is not None}
    closed = {"closed_on": act.today} if stage in CLOSED else {}
    statement = (
        update(opportunity)
        .where(opportunity.c.id == one, opportunity.c.stage.in_(_BEFORE[stage]))
        .values(stage=stage, changed_on=act.today, **change, **closed)
        .returning(opportunity.c.id)
    )
    if connection.execute(statement).first() is None:
        now = show(connection, one)["stage"]
        raise LedgerError(f"opportunity {one} is {now}; `{stage}` follows {', '.join(_BEFORE[stage])}")
    told = {name: str(value) for name, value in change.items()}
    record(connection, [Event(act.at, act.actor, f"opportunity.{stage}", one, told)])


def following(stage: str) -> list[str]:
    """The stages that a lead may be brought to from there."""
    return [name for name, before in _BEFORE.items() if stage in before]


def show(connection: Connection, one: str) -> dict[str, Any]:
    """Everything about one opportunity. Raises ``LedgerError`` if there is none."""
    found = connection.execute(select(opportunity).where(opportunity.c.id == one)).mappings().first()
    if found is None:
        raise AbsentRowError(f"there is no opportunity `{one}`")
    return dict(found)


def funnel(connection: Connection) -> dict[str, int]:
    """How many opportunities are in each stage, in the order of the stages."""
    rows = connection.execute(select(opportunity.c.stage, func.count()).group_by(opportunity.c.stage))
    counted = {row[0]: row[1] for row in rows}
    return {stage: counted.get(stage, 0) for stage in STAGES}
