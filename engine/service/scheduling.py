"""`scheduler`: every playbook on its own schedule, and delivery in between, by one leader of many.

Slots that were missed, because nobody ran, are caught up by one run at the newest of them: what fell due
meanwhile is decided within its grace, as by any run that comes late. The run and its slots are written in
one transaction, so a crash neither loses a slot nor serves it twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from ...dsl.diagnostics import PlaycallError
from ..catalog.retention import Retention
from ..evaluate.model import Moment
from ..ledger.database import Ledger
from ..ledger.leadership import Leadership
from ..ledger.slots import SlotRow, add_slots, last_slots
from ..ports import Clock
from ..telemetry.log import Log
from .backoff import WATCH_SECONDS, Backoff
from .delivering import Post
from .inbox import drain
from .pruning import Counts, prune_in
from .running import RunReport, run_slot
from .signals import Stop
from .slots import DueSlot, key_of, moment_of, next_slot, sorted_out
from .workspace import Workspace

RELOAD: Final = timedelta(minutes=1)  # how soon a change of the project's files is seen
LETTERS: Final = timedelta(minutes=1)  # how soon what came back is read
ACTOR: Final = "scheduler"
DIGESTS: Final = timedelta(minutes=1)  # how soon a digest goes whose time has come
_STEPS: Final = ("lead", "project", "inbox", "slots", "digests", "deliver", "export", "prune")


@dataclass(slots=True)
class State:
    """What a scheduler tells of itself: whether it leads, the slots served last, what went wrong last, by
    step, the channels that rest, and what was done since it started."""

    leader: bool = False
    last: Mapping[str, SlotRow] = field(default_factory=dict)
    trouble: Mapping[str, str] = field(default_factory=dict)
    resting: Mapping[str, str] = field(default_factory=dict)
    looked_at: datetime | None = None
    runs: dict[str, int] = field(default_factory=lambda: {"done": 0, "failed": 0})
    sent: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("sent", "failed", "unknown"), 0))
    verdicts: dict[str, int] = field(default_factory=dict)
    missed: int = 0
    run_seconds: float = 0.0


class Scheduler:
    """One scheduler. ``reopen`` reads the project anew; ``stop`` is asked between messages and runs."""

    def __init__(
        self,
        reopen: Callable[[], Workspace],
        workspace: Workspace,
        ledger: Ledger,
        leadership: Leadership,
        log: Log,
        stop: Stop,
    ) -> None:
        self._reopen = reopen
        self.workspace = workspace
        self._ledger = ledger
        self._leadership = leadership
        self._log = log
        self._stop = stop
        self._clock: Clock = workspace.clock
        self._steps = {name: Backoff(workspace.clock) for name in _STEPS}
        self._post = Post(log)
        self._read_at = workspace.clock.now()
        self._letters_at: datetime | None = None
        self._pruned_on: date | None = None
        self._digests_at: datetime | None = None
        self._digested: dict[str, date] = {}
        self._to_export = True
        self.state = State()

    def run(self) -> None:
        """Keep running until asked to stop. What is at hand then is finished."""
        self._log.info("scheduler.started", playbooks=len(self.workspace.playbooks))
        try:
            while not self._stop.is_set():
                self.look()
                self._stop.wait(WATCH_SECONDS)
        finally:
            self._leadership.release()
            self._log.info("scheduler.stopped")

    def look(self) -> None:
        """One round: serve the slots that have come, and send what is due, if this scheduler leads."""
        self._step("lead", self._lead)
        if self.state.leader:
            self._step("project", self._reread)
            self._step("inbox", self._read_inbox)
            self._step("slots", self._serve)
            self._step("digests", self._digest)
            self._step("deliver", self._deliver)
            self._step("export", self._export)
            self._step("prune", self._prune)
        self.state.trouble = {name: one.trouble for name, one in self._steps.items() if one.trouble}
        self.state.looked_at = self._clock.now()

    def _step(self, name: str, work: Callable[[], None]) -> None:
        step = self._steps[name]
        if step.ready() and not self._stop.is_set():
            with step.trying(self._log, name):
                work()

    def _lead(self) -> None:
        before, self.state.leader = self.state.leader, False
        self.state.leader = self._leadership.held()
        if self.state.leader != before:
            self._log.info("scheduler.leads" if self.state.leader else "scheduler.waits")

    def _reread(self) -> None:
        """The project as its files stand now; the one before goes on while they have errors."""
        if timedelta() <= self._clock.now() - self._read_at < RELOAD:
            return
        self._read_at = self._clock.now()
        fresh = self._reopen()
        if fresh.fingerprint != self.workspace.fingerprint:
            self._log.info("project.changed", playbooks=len(fresh.playbooks))
        self.workspace = fresh

    def _read_inbox(self) -> None:
        """What came back, before anything more is decided and sent."""
        project, now = self.workspace.project, self._clock.now()
        waited = None if self._letters_at is None else now - self._letters_at
        if not project.inbox.folder or (waited is not None and timedelta() <= waited < LETTERS):
            return
        self._letters_at = now
        found = drain(project, self._ledger, self._clock, project.root / project.inbox.folder)
        if found.letters:
            self._log.info("inbox", **found.results)

    def _digest(self) -> None:
        """Queue the digests whose time has come, each looked at once a day."""
        project, now = self.workspace.project, self._clock.now()
        waited = None if self._digests_at is None else now - self._digests_at
        if project.digest is None or (waited is not None and timedelta() <= waited < DIGESTS):
            return
        self._digests_at = now
        from .digesting import write_digests
        from .staff import staff

        people = list(staff(self.workspace).values())
        found = write_digests(self.workspace, self._ledger, people, now, done=self._digested)
        self._digested |= {one.user: one.day for one in found if one.state != "early"}
        queued = sum(one.state == "queued" for one in found)
        if queued:
            self._log.info("digests", queued=queued)

    def _export(self) -> None:
        """After a run, once what it queued has gone: bring the databases of `exports` up to date. What fails
        is tried again after a while, and all of it after the next run."""
        if not self._to_export or not self.workspace.project.exports:
            return
        from .exporting import export_all

        reports = export_all(self.workspace, self._ledger)
        for one in reports:
            if not one.trouble:
                rows = sum(table.rows for table in one.tables)
                self._log.info("exported", export=one.name, rows=rows)
        trouble = "; ".join(one.trouble for one in reports if one.trouble)
        if trouble:
            raise PlaycallError(trouble)
        self._to_export = False

    def _prune(self) -> None:
        """Once a day, remove what `retention` no longer keeps."""
        today = self._clock.now().astimezone(self._zone).date()
        if self._pruned_on == today or self.workspace.project.retention == Retention():
            return
        self._pruned_on = today
        removed = prune_in(self.workspace, self._ledger, ACTOR).removed
        if removed != Counts():
            self._log.info("pruned", **asdict(removed))

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.workspace.project.settings.timezone)

    def _serve(self) -> None:
        """Run what is due: one run for all slots of a day, at the newest of them."""
        now = self._clock.now()
        with self._ledger.reading() as connection:
            last = last_slots(connection)
        due, new = sorted_out(self.workspace.playbooks, last, now, self._zone)
        if new:
            with self._ledger.writing() as connection:
                add_slots(connection, [one.row(None, now) for one in new])
            self._log.info("schedule.begins", playbooks=[one.playbook.name for one in new])
        by_day: dict[date, list[DueSlot]] = defaultdict(list)
        for one in due:
            by_day[one.slot.date()].append(one)
        for day in sorted(by_day):
            if self._stop.is_set():
                break
            self._run(by_day[day])
        with self._ledger.reading() as connection:
            self.state.last = last_slots(connection)

    def _run(self, due: Sequence[DueSlot]) -> None:
        newest = max(one.slot for one in due)
        began = self._clock.now()

        def note(connection: Connection, run: str) -> None:
            add_slots(connection, [one.row(run, began) for one in due])

        books = [one.playbook for one in due]
        moment = Moment(moment_of(newest, self._zone), newest.date())
        self._log.info("run.started", slot=key_of(newest), playbooks=[book.name for book in books])
        try:
            report = run_slot(self.workspace, self._ledger, moment, books, note)
        except Exception:
            self.state.runs["failed"] += 1
            raise
        self.state.run_seconds = (self._clock.now() - began).total_seconds()
        self._tell(report, due)

    def _tell(self, report: RunReport, due: Sequence[DueSlot]) -> None:
        verdicts = {name: count for name, count in report.decision.decided.counts().items() if count}
        self.state.runs["done"] += 1
        self._to_export = True
        for name, count in verdicts.items():
            self.state.verdicts[name] = self.state.verdicts.get(name, 0) + count
        missed = sum(one.missed for one in due)
        self.state.missed += missed
        run = report.decision.commit.run.id
        self._log.info("run.committed", run=run, **verdicts, held=len(report.held), slots_missed=missed)

    def _deliver(self) -> None:
        """Send what is due, until a slot comes."""
        wanted = self._next()

        def stopped() -> bool:
            return self._stop.is_set() or (wanted is not None and self._clock.now() >= wanted)

        count = self._post.deliver(self.workspace, self._ledger, stopped).count
        self.state.resting = self._post.resting
        for name, number in (("sent", count.sent), ("failed", count.failed), ("unknown", count.unknown)):
            self.state.sent[name] += number

    def _next(self) -> datetime | None:
        """When the next slot of any playbook comes, if its run may be tried then."""
        books = [book for book in self.workspace.playbooks if book.name in self.state.last]
        if self._steps["slots"].trouble:
            return None
        return min((next_slot(book, self.state.last[book.name], self._zone) for book in books), default=None)


def keep(
    reopen: Callable[[], Workspace], log: Log, stop: Stop, watch: Callable[[Scheduler, Ledger], Any]
) -> None:
    """Run the scheduler of a project until asked to stop; ``watch`` gives what is open beside it (a context).
    Raises ``PlaycallError`` where it cannot even begin."""
    from ..ledger.leadership import leadership

    workspace = reopen()
    with workspace.ledger() as ledger:
        scheduler = Scheduler(reopen, workspace, ledger, leadership(ledger.engine), log, stop)
        with watch(scheduler, ledger):
            scheduler.run()
