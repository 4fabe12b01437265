"""When the slots of the playbooks' schedules come, and which of them are due.

A slot is a local date and time. So a clock change neither repeats nor loses one: a slot that comes twice that
day counts the first time, one in the hour that is left out counts as the clock is put forward.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ..evaluate.schedules import slots
from ..ledger.slots import SlotRow
from ..playbook.model import Playbook


@frozen
class DueSlot:
    """The newest slot of a playbook that has come and was not served, with those before it that were not."""

    playbook: Playbook
    slot: datetime
    missed: int
    missed_from: datetime | None

    def row(self, run: str | None, at: datetime) -> SlotRow:
        """What the ledger keeps of it."""
        missed_from = key_of(self.missed_from) if self.missed_from else None
        book = self.playbook
        return SlotRow(book.name, key_of(self.slot), book.schedule, run, self.missed, missed_from, at)


def key_of(slot: datetime) -> str:
    """A slot as the ledger names it: ``2026-03-02T08:00``."""
    return slot.isoformat(timespec="minutes")


def moment_of(slot: datetime, zone: ZoneInfo) -> datetime:
    """When a slot comes (UTC)."""
    moment = slot.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == slot:
        return moment
    # In a gap the two readings lie around the change (PEP 495): it is sought between them.
    early, late = slot.replace(tzinfo=zone, fold=1).astimezone(UTC), moment
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(minutes=1):
        middle = early + (late - early) // 2
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late.replace(second=0, microsecond=0)


def due(playbook: Playbook, last: SlotRow, now: datetime, zone: ZoneInfo) -> DueSlot | None:
    """What of a playbook's schedule has come since the slot that was served last. Raises ``PlaycallError``
    where that one lies ahead: a clock was wrong."""
    served = datetime.fromisoformat(last.slot)
    if moment_of(served, zone) > now + timedelta(days=1):
        raise PlaycallError(
            f"the scheduler served {playbook.name} at {last.slot} already, more than a day ahead: a clock is "
            "or was wrong. Correct it; until then `playcall run --force` decides"
        )
    today = now.astimezone(zone).date()
    found = [
        slot
        for slot in slots(playbook.schedule, served.date(), today)
        if slot > served and moment_of(slot, zone) <= now
    ]
    if not found:
        return None
    return DueSlot(playbook, found[-1], len(found) - 1, found[0] if len(found) > 1 else None)


def begun(playbook: Playbook, now: datetime, zone: ZoneInfo) -> DueSlot:
    """Where a schedule begins that is seen for the first time: its slots after this minute are served."""
    local = now.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
    return DueSlot(playbook, local, 0, None)


def sorted_out(
    playbooks: Iterable[Playbook], last: Mapping[str, SlotRow], now: datetime, zone: ZoneInfo
) -> tuple[list[DueSlot], list[DueSlot]]:
    """What is due, and the schedules that are new: first seen, or written otherwise since they were."""
    found: list[DueSlot] = []
    new: list[DueSlot] = []
    for book in playbooks:
        row, start = last.get(book.name), begun(book, now, zone)
        if row is None or (row.schedule != book.schedule and key_of(start.slot) > row.slot):
            new.append(start)
        elif (one := due(book, row, now, zone)) is not None:
            found.append(one)
    return found, new


def next_slot(playbook: Playbook, last: SlotRow, zone: ZoneInfo) -> datetime:
    """When the slot after the one that was served last comes (UTC)."""
    from croniter import croniter

    following = croniter(playbook.schedule, datetime.fromisoformat(last.slot)).get_next(datetime)
    return moment_of(following, zone)
