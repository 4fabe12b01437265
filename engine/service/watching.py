"""What a scheduler tells of itself: metrics for Prometheus, and whether it is well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ..facts.model import stamp
from ..ledger import tables
from ..ledger.database import Ledger
from ..telemetry.exposition import CONTENT_TYPE, Metric, exposition, one
from ..telemetry.server import Page, serving
from .scheduling import Scheduler

# A scheduler that has not looked for so long hangs; a run of a million records may take minutes.
SILENT: Final = timedelta(minutes=30)


@frozen
class Queue:
    """Touches that wait to be sent: how many, how many of them are due, and for how long the oldest is."""

    waiting: int
    due: int
    oldest: float


def watched(scheduler: Scheduler, ledger: Ledger, listen: str) -> AbstractContextManager[int]:
    """Answer ``/metrics`` and ``/healthz`` on ``HOST:PORT``; gives the port."""
    watch = _Watch(scheduler, ledger)
    return serving(listen, {"/metrics": watch.metrics, "/healthz": watch.health})


@frozen
class _Watch:
    scheduler: Scheduler
    ledger: Ledger

    def metrics(self) -> Page:
        """The metrics; those of the ledger are left out while it cannot be read."""
        return Page(exposition(self._metrics()), CONTENT_TYPE)

    def _metrics(self) -> Iterator[Metric]:
        state, now = self.scheduler.state, self._now()
        yield one("playcall_scheduler_leader", "gauge", "1 on the scheduler that leads.", state.leader)
        yield Metric(
            "playcall_runs_total",
            "counter",
            "Runs of this process, by result.",
            [({"result": result}, count) for result, count in dict(state.runs).items()],
        )
        yield one("playcall_run_duration_seconds", "gauge", "How long the last run took.", state.run_seconds)
        yield one("playcall_slots_missed_total", "counter", "Slots that a later run caught up.", state.missed)
        yield Metric(
            "playcall_verdicts_total",
            "counter",
            "Occurrences decided by this process, by verdict.",
            [({"verdict": verdict}, count) for verdict, count in dict(state.verdicts).items()],
        )
        yield Metric(
            "playcall_messages_total",
            "counter",
            "Messages that this process delivered, by result.",
            [({"result": result}, count) for result, count in dict(state.sent).items()],
        )
        yield one(
            "playcall_channels_resting", "gauge", "Channels that could not be used.", len(state.resting)
        )
        yield Metric(
            "playcall_slot_last_timestamp_seconds",
            "gauge",
            "When the last slot of a playbook was served.",
            [({"playbook": name}, row.at.timestamp()) for name, row in state.last.items()],
        )
        try:
            queue = queue_of(self.ledger, now)
        except PlaycallError:
            return
        yield one("playcall_queue_touches", "gauge", "Touches that wait to be sent.", queue.waiting)
        yield one("playcall_queue_due_touches", "gauge", "Touches that should have gone.", queue.due)
        yield one("playcall_queue_age_seconds", "gauge", "How long the oldest of these waits.", queue.oldest)

    def health(self) -> Page:
        """200 while all is well, 503 with what is not."""
        state, now = self.scheduler.state, self._now()
        trouble = dict(state.trouble)
        if state.looked_at is not None and now - state.looked_at > SILENT:
            trouble["scheduler"] = f"it has not looked at what is due since {stamp(state.looked_at)}"
        told: dict[str, Any] = {
            "leader": state.leader,
            "playbooks": {
                name: {"slot": row.slot, "run": row.run, "missed": row.missed, "served_at": stamp(row.at)}
                for name, row in state.last.items()
            },
            "channels": dict(state.resting),
        }
        try:
            queue = queue_of(self.ledger, now)
            told["queue"] = {"waiting": queue.waiting, "due": queue.due, "oldest_seconds": queue.oldest}
        except PlaycallError as error:
            trouble["ledger"] = str(error)
        text = json.dumps({"ok": not trouble, **told, "trouble": trouble}, ensure_ascii=False) + "\n"
        return Page(text, "application/json", 503 if trouble else 200)

    def _now(self) -> datetime:
        return self.scheduler.workspace.clock.now()


def queue_of(ledger: Ledger, now: datetime) -> Queue:
    """What waits in the ledger."""
    at = tables.touch.c.next_attempt
    with ledger.reading() as connection:
        waiting = connection.execute(select(func.count()).where(at.is_not(None))).scalar_one()
        due, oldest = connection.execute(select(func.count(), func.min(at)).where(at <= now)).one()
    return Queue(waiting, due, (now - oldest).total_seconds() if oldest else 0.0)
