"""Whether somebody runs the playbooks: slots that no scheduler has served, runs that stay away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ....dsl.diagnostics import PlaycallError
from ...catalog.model import Project
from ...ledger.database import open_ledger
from ...ledger.read import last_run
from ...ledger.slots import SlotRow, last_slots
from ...playbook.model import Playbook
from ..slots import due, key_of, moment_of
from .check import Check, fail, ok, warn
from .ledger import file_of

LATE: Final = timedelta(hours=1)  # how long a slot may take before somebody should look
QUIET: Final = timedelta(days=2)  # how long a project may go without a run


def schedule(project: Project, playbooks: Sequence[Playbook], now: datetime) -> Iterator[Check]:
    """Slots of the playbooks that have come and were not served; where no scheduler was ever used, how long
    ago the last run was."""
    path = file_of(project)
    if path is not None and not path.exists():
        return
    try:
        ledger = open_ledger(project.ledger_url, project.root)
    except PlaycallError:
        return  # told with the ledger
    try:
        with ledger.reading() as connection:
            slots, last = last_slots(connection), last_run(connection)
    finally:
        ledger.close()
    zone = ZoneInfo(project.settings.timezone)
    known = [book for book in playbooks if book.name in slots]
    if known:
        yield _slots([(book, slots[book.name]) for book in known], now, zone)
    elif last is not None:
        yield _run(last.as_of, now, zone)


def _slots(served: Sequence[tuple[Playbook, SlotRow]], now: datetime, zone: ZoneInfo) -> Check:
    name, advice = "schedule", "is `playcall scheduler` running? It serves them when it starts"
    late: list[str] = []
    try:
        for book, row in served:
            found = due(book, row, now, zone)
            if found is not None and now - moment_of(found.missed_from or found.slot, zone) > LATE:
                first = key_of(found.missed_from or found.slot)
                late.append(f"{book.name}: {found.missed + 1} slot(s) since {first}")
    except PlaycallError as error:
        return fail(name, str(error), "set the clock right")
    if late:
        return warn(name, f"not served: {'; '.join(late)}", advice)
    newest = max(row.slot for _, row in served)
    return ok(name, f"{len(served)} playbook(s), the last slot was {newest}")


def _run(as_of: datetime, now: datetime, zone: ZoneInfo) -> Check:
    when = f"the last run was at {as_of.astimezone(zone):%Y-%m-%d %H:%M}"
    if now - as_of > QUIET:
        return warn(
            "runs", when, "let `playcall run` be called every day, or `playcall scheduler` keep running"
        )
    return ok("runs", when)
