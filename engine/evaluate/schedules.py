"""Schedules: once a slot for every record of the population.

Slots are keyed by local date and time, so that a clock change neither repeats nor loses one
(croniter 7 gives a daily 02:30 in Europe/Berlin twice in autumn).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import cast

from ...dsl.sqltree import both, column, is_null, left_join, select, table, text
from ..playbook.model import Play, ScheduleTrigger
from .context import DEFAULT_GRACE, Context, Occasion, equal, of_play
from .model import Due, Found
from .moments import scope_start
from .projection import TABLE, Projection
from .tables import OCCURRENCE


def slots(cron: str, first: date, last: date) -> list[datetime]:
    """The local times (naive) at which a cron expression falls from ``first`` to ``last``, inclusive."""
    from croniter import croniter

    found: list[datetime] = []
    # On naive local time: no zone, so no time is skipped or repeated.
    times = croniter(cron, datetime.combine(first, datetime.min.time()) - timedelta(seconds=1))
    while (slot := times.get_next(datetime)).date() <= last:
        found.append(slot)
    return found


def find(context: Context, projection: Projection, play: Play) -> Found:
    """A slot is due in the first run of its local date; missed days are caught up within the grace."""
    due: list[Due] = []
    for slot in due_slots(context, play):
        due += _slot(context, projection, play, slot)
    return Found(tuple(due))


def due_slots(context: Occasion, play: Play) -> list[datetime]:
    """The slots that may be due: those since the play's last run, less its grace."""
    trigger = cast(ScheduleTrigger, play.trigger)
    today = context.moment.today
    known = context.history.plays.get((play.playbook, play.name))
    missed_from = known.last_run if known else today
    first = max(scope_start(context, play), context.earlier(missed_from, play.grace or DEFAULT_GRACE))
    return slots(trigger.cron, first, today)


def key_of(slot: datetime) -> str:
    """What keeps a slot unique for a play and record: its local date and time."""
    return slot.isoformat(timespec="minutes")


def due_of(context: Occasion, play: Play, entity: str, record: str, identity: str, slot: datetime) -> Due:
    """The occurrence of a slot for a record, with its cycle's value or ""."""
    return Due(
        playbook=play.playbook,
        play=play.name,
        entity=entity,
        record=record,
        key=key_of(slot),
        origin="schedule",
        cycle=identity or None,
        target="",
        anchor=None,
        due=slot.date(),
        deadline=context.later(slot.date(), play.grace or DEFAULT_GRACE),
    )


def _slot(context: Context, projection: Projection, play: Play, slot: datetime) -> list[Due]:
    recorded = both(
        equal(column("record", "o"), column("_key", TABLE)),
        *of_play(play, "o"),
        equal(column("key", "o"), text(key_of(slot))),
    )
    rows = select(
        [column("_key", TABLE), projection.identity()],
        table(projection.name, TABLE),
        [left_join(table(OCCURRENCE, "o"), recorded)],
        both(projection.in_population(play.playbook), is_null(column("record", "o"))),
    )
    return [
        due_of(context, play, projection.entity, cast(str, record), cast(str, identity), slot)
        for record, identity in context.store.execute(rows)
    ]
