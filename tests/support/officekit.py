"""A company with a scheduler whose clock is moved by its own waits: no test sleeps."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from clikit import Company
from playcall.engine.ledger.leadership import leadership
from playcall.engine.ledger.slots import last_slots
from playcall.engine.service.scheduling import Scheduler
from playcall.engine.service.workspace import Workspace
from playcall.engine.telemetry.log import Log


@dataclass
class Hours:
    """A clock that stands until somebody waits, and the flag that stops the scheduler at a moment."""

    at: datetime
    until: datetime
    waited: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def is_set(self) -> bool:
        return self.at >= self.until

    def wait(self, timeout: float) -> None:
        """A wait of seconds ends at the next half hour: what is timed comes on time, in days of few looks."""
        self.waited.append(timeout)
        self.at = max(self.at + timedelta(seconds=timeout), _next_half_hour(self.at))


def _next_half_hour(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0) + timedelta(minutes=30)


def tokyo(text: str) -> datetime:
    return (datetime.fromisoformat(text) - timedelta(hours=9)).replace(tzinfo=UTC)


@dataclass
class Office:
    """A company with schedulers."""

    company: Company
    lines: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def scheduler(self, hours: Hours) -> Iterator[Scheduler]:
        def reopen() -> Workspace:
            return Workspace.open(self.company.root, None, os.environ, hours)

        workspace = reopen()
        log = Log(lambda line: self.lines.append(json.loads(line)), hours, "json")
        with workspace.ledger() as ledger:
            held = leadership(ledger.engine)
            yield Scheduler(reopen, workspace, ledger, held, log, hours)
            held.release()

    def keep(self, start: str, end: str) -> Scheduler:
        """Keep a scheduler running between two local moments."""
        with self.scheduler(Hours(tokyo(start), tokyo(end))) as scheduler:
            scheduler.run()
        return scheduler

    def said(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == event]

    def served(self) -> dict[str, tuple[str, int]]:
        """The last slot of each playbook, and how many it caught up."""
        workspace = Workspace.open(self.company.root, None, os.environ)
        with workspace.ledger() as ledger, ledger.reading() as connection:
            return {name: (row.slot, row.missed) for name, row in last_slots(connection).items()}
