"""Which slots of the playbooks' schedules were served. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from ...dsl.frozen import frozen
from .operation_tables import slot


@frozen
class SlotRow:
    """A slot by its local date and time (naive ISO, to the minute). ``run`` None: the schedule was seen for
    the first time, and begins after this slot. ``missed`` slots from ``missed_from`` on had no run of their
    own."""

    playbook: str
    slot: str
    schedule: str
    run: str | None
    missed: int
    missed_from: str | None
    at: datetime


def last_slots(connection: Connection) -> dict[str, SlotRow]:
    """The latest slot of each playbook."""
    last = select(slot.c.playbook, func.max(slot.c.slot).label("slot")).group_by(slot.c.playbook).subquery()
    same = and_(slot.c.playbook == last.c.playbook, slot.c.slot == last.c.slot)
    found = connection.execute(select(*slot.c).join(last, same))
    return {row.playbook: SlotRow(*row) for row in found}


def add_slots(connection: Connection, rows: Sequence[SlotRow]) -> None:
    """Write down slots that were served; one that is there already fails the transaction."""
    if rows:
        connection.execute(slot.insert(), [asdict(row) for row in rows])
