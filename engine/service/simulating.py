"""`simulate`: day by day over a period on a copy of the ledger, while facts and customers move as declared.

The stages are those of a run. The ledger's copy and the facts are in memory, and messages go nowhere: the
project's own ledger, snapshots and mail are not touched, and nothing is left behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from ...dsl.diagnostics import CheckError, PlaycallError
from ...dsl.frozen import frozen
from ...dsl.interpreter import evaluate
from ...dsl.typed import Checked
from ...dsl.types import Value
from ..decide.model import Commit, TouchRow
from ..evaluate.model import Moment
from ..files import Files
from ..forms.late import late_world
from ..forms.spans import last_day
from ..garbage import collect_recent, uncollected
from ..ledger import changes, copying, quotes, tasks, write
from ..ledger.answers import Subject
from ..ledger.database import Ledger, open_ledger
from ..ledger.errors import LedgerError
from ..playbook.lookback import looks_back
from ..shape import Findings, read_yaml
from ..simulate import charts, tables
from ..simulate.answers import read_behaviour
from ..simulate.chance import outcome_of
from ..simulate.facts import MovingFacts, Values
from ..simulate.model import Behaviour, Reaction, Reply
from ..simulate.past import SimulatedPast
from ..simulate.post import Sink
from ..simulate.statistics import Statistics, held, statistics
from ..simulate.tally import Tally
from .answering import answer_survey
from .deciding import Decision, Scope, decide_all
from .delivering import guard_of
from .facts import FactBase, kept_snapshots, load_facts
from .findings import write_findings
from .history import Kept
from .moments import moment_of
from .renaming import renames
from .workers import Step
from .workspace import IN_MEMORY, Workspace

MOST_DAYS = 3_653  # ten years
ACTOR = "simulation"


@frozen
class Period:
    """The days of a simulation, both ends included."""

    first: date
    last: date

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range(len(self)))

    def __len__(self) -> int:
        return (self.last - self.first).days + 1


@frozen
class Simulation:
    """What a simulation came to: the JSON of `playcall simulate`."""

    period: Period
    behaviour: Behaviour
    snapshot: str
    loaded_at: datetime
    changed: int
    tally: Tally
    statistics: Statistics

    def to_json(self) -> dict[str, object]:
        return {
            "from": self.period.first.isoformat(),
            "to": self.period.last.isoformat(),
            "seed": self.behaviour.seed,
            "snapshot": self.snapshot,
            "changes": self.changed,
            **self.statistics.to_json(),
            "held": held(self.tally),
        }


def files_of(simulation: Simulation) -> dict[str, bytes]:
    """What `--out` writes, by file name. Raises ``PlaycallError`` where charts cannot be drawn."""
    return {**tables.files(simulation.tally), **charts.files(simulation.statistics)}


def require_drawing() -> None:
    """Raise ``PlaycallError`` where `--out` could not draw: told before a period is simulated for minutes."""
    charts.require_drawing()


def write_files(folder: Path, made: Mapping[str, bytes]) -> None:
    """Write files into a folder, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in made.items():
        (folder / name).write_bytes(content)


def period_of(first: date, last: date) -> Period:
    """A period. Raises ``PlaycallError`` where it ends before it begins or is longer than ten years."""
    if last < first:
        raise PlaycallError(f"--to {last} is before --from {first}")
    if (last - first).days >= MOST_DAYS:
        raise PlaycallError(f"{first} to {last} is more than ten years; simulate a part of it")
    return Period(first, last)


def behaviour_of(workspace: Workspace, path: Path | None) -> Behaviour:
    """What an answers file declares; without one nobody reacts and only the clock moves. Raises
    ``CheckError`` with all its mistakes."""
    if path is None:
        return Behaviour()
    findings = Findings()
    files = Files(workspace.project.root)
    node = read_yaml(path, findings, files)
    books = {book.name: book for book in workspace.playbooks}
    behaviour = Behaviour()
    if node is not None:
        behaviour = read_behaviour(
            node, workspace.project, workspace.catalog, books, workspace.surveys, findings
        )
    if findings.items:
        raise CheckError(tuple(findings.items))
    return behaviour


@uncollected()
def simulate(
    workspace: Workspace,
    period: Period,
    behaviour: Behaviour,
    step: Step = lambda what, done, of: None,
) -> Simulation:
    """Play a period through. Raises ``PlaycallError``."""
    first = _moment(workspace, period.first)
    with (
        _copied_ledger(workspace) as ledger,
        load_facts(workspace, first, keep=False) as base,
    ):
        loop = _Loop(workspace, ledger, base, behaviour)
        for number, day in enumerate(period, 1):
            loop.run(_moment(workspace, day))
            collect_recent()
            step(f"{day}", number, len(period))
        return Simulation(
            period,
            behaviour,
            base.snapshot.id,
            base.snapshot.loaded_at,
            loop.facts.changed,
            loop.tally,
            statistics(loop.tally),
        )


def _moment(workspace: Workspace, day: date) -> Moment:
    zone = workspace.project.settings.timezone
    return moment_of(day.isoformat(), workspace.clock.now(), zone, workspace.playbooks)


@contextmanager
def _copied_ledger(workspace: Workspace) -> Iterator[Ledger]:
    """The ledger as it is now, in memory, with the history of renamed plays under their new names."""
    copied = open_ledger(IN_MEMORY, workspace.project.root)
    try:
        with workspace.ledger_to_read() as ledger, ledger.reading() as source, copied.writing() as target:
            copying.copy(source, target)
            write.rename(target, renames(workspace.playbooks))
            changes.watch(target)
        yield copied
    finally:
        copied.close()


@frozen
class _Answering:
    """Somebody answers a survey, which its page takes until ``closes``."""

    reply: Reply
    subject: Subject
    closes: date


@dataclass(slots=True)
class _Due:
    """What customers and staff do on a day: fields that change, by entity and records, surveys answered,
    quotes accepted, and tasks done."""

    values: dict[str, dict[Values, list[str]]] = field(default_factory=dict)
    answering: list[_Answering] = field(default_factory=list)
    accepting: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)


class _Member(NamedTuple):
    """An occurrence that a touch serves."""

    occurrence: str
    record: str
    cycle: str | None


@dataclass(slots=True)
class _People:
    """What customers and staff will do because of what reached them. ``members``: the occurrences that a
    touch serves, with their records and cycles; ``offers``: the quotes in it, by record; ``tasks``: the tasks
    of an occurrence."""

    behaviour: Behaviour
    due: dict[date, _Due] = field(default_factory=dict)
    members: dict[str, tuple[_Member, ...]] = field(default_factory=dict)
    offers: dict[str, dict[str, str]] = field(default_factory=dict)
    tasks: dict[str, list[str]] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)

    def learn(self, commit: Commit) -> None:
        """What a run has queued and opened, of the plays that people react to."""
        rows = {row.id: _Member(row.id, row.record, row.cycle) for row in commit.occurrences}
        for touch in commit.touches:
            if self.behaviour.of(touch.playbook, touch.play):
                ids = touch.members or (touch.occurrence,)
                self.members[touch.id] = tuple(
                    rows.get(one, _Member(one, touch.record, touch.cycle)) for one in ids
                )
                if touch.offers:
                    self.offers[touch.id] = {offer.record: offer.id for offer in touch.offers}
                if touch.type == "task":
                    self.tasks.setdefault(touch.occurrence, []).append(touch.id)

    def reach(self, day: date, touches: Iterable[TouchRow]) -> None:
        """Somebody has a message or a task: they react once to an occurrence, whatever else it brings."""
        for touch in touches:
            for reaction in self.behaviour.of(touch.playbook, touch.play):
                alone = (_Member(touch.occurrence, touch.record, touch.cycle),)
                for member in self.members.get(touch.id, alone):
                    if member.occurrence not in self.reached:
                        self.reached.add(member.occurrence)
                        self._plan(reaction, day, touch, member)

    def _plan(self, reaction: Reaction, day: date, touch: TouchRow, member: _Member) -> None:
        found = outcome_of(reaction, member.occurrence, self.behaviour.seed)
        if found is None:
            return
        outcome, days = found
        due = self.due.setdefault(day + timedelta(days=days), _Due())
        if outcome.values:
            values = tuple(outcome.values.items())
            due.values.setdefault(reaction.entity, {}).setdefault(values, []).append(member.record)
        if (reply := outcome.reply) is not None:
            subject = Subject(
                reply.survey.name,
                reaction.entity,
                member.record,
                member.cycle,
                touch.account,
                touch.recipient,
            )
            due.answering.append(_Answering(reply, subject, last_day(day, reply.open)))
        if outcome.accepts and member.record in (offered := self.offers.get(touch.id, {})):
            due.accepting.append(offered[member.record])
        if outcome.done:
            due.done += self.tasks.get(member.occurrence, [])


class _Loop:
    """One day after another, in the ledger's copy."""

    def __init__(self, workspace: Workspace, ledger: Ledger, base: FactBase, behaviour: Behaviour) -> None:
        self.workspace = workspace
        self.ledger = ledger
        self.base = replace(base, kept=Kept())
        self.approve_after = behaviour.approve_after
        self.tally = Tally()
        self.people = _People(behaviour)
        self.facts = MovingFacts(base.store, behaviour)
        self.past = _past(workspace, base, self.facts, behaviour)
        self.zone = ZoneInfo(workspace.project.settings.timezone)
        self.guard = guard_of(workspace)
        self.year = 0  # whose calendar the store has, or will have once it is asked for

    def run(self, moment: Moment) -> None:
        """What happens until a moment, its run, and what that sends."""
        self.tally.days.append(moment.today)
        with self.ledger.writing() as connection:
            sink = Sink(connection, tuple(self.workspace.project.channels), self.guard, self.zone)
            self._sent(sink.send_until(moment.now))
            self._begin(connection, moment)
            self._react(connection, moment)
            scope = Scope(self.workspace.playbooks, bare=True)
            decision = self._decide(connection, moment, scope)
            if (held := self._approved(decision)) is not None:
                released = replace(scope, complete=False, evaluate=False, approved=held)
                self._decide(connection, moment, released)
            self._sent(sink.send_at(moment.now))
        if self.past is not None:
            self.past.note(moment.today, self.facts.changed)

    def _begin(self, connection: Connection, moment: Moment) -> None:
        """The facts stand at a moment; nothing is loaded again."""
        self.base = replace(self.base, snapshot=replace(self.base.snapshot, as_of=moment.now))
        self.base.store.begin(self.base.store.snapshot)
        self.base.fill_ledger_facts(connection, moment.today)
        if moment.today.year != self.year:
            self.year = moment.today.year
            self.base.fill_calendar(moment.today)

    def _react(self, connection: Connection, moment: Moment) -> None:
        """Customers and staff do what they do on this day; then the facts move by themselves."""
        due = self.people.due.pop(moment.today, _Due())
        for entity, values in due.values.items():
            self.facts.react(entity, values)
        self._answer(connection, moment, due.answering)
        act = tasks.Act(ACTOR, moment.now, moment.today)
        for one in due.accepting:
            _accept(connection, one, act)
        done = [one for one in due.done if one in self.tally.open_tasks]
        tasks.all_done(connection, done, act)
        self.tally.ended(done)
        self.facts.drift(self.base.compile_world(moment))

    def _answer(self, connection: Connection, moment: Moment, answering: Iterable[_Answering]) -> None:
        """Customers answer what they were asked, as far as the survey's page would take it."""
        workspace, world = self.workspace, self.base.world(moment)
        late = late_world(workspace.catalog.schema, workspace.project.settings, moment.now)
        for one in answering:
            subject = one.subject

            def value_of(checked: Checked, subject: Subject = subject) -> Value:
                record = self.base.store.record(subject.entity, subject.record)
                return None if record is None else evaluate(checked.tree, record, world, subject.entity)

            if moment.today >= one.closes:
                self.tally.answers["closed"] += 1
                continue
            act = tasks.Act(subject.respondent, moment.now, moment.today)
            survey, posted = one.reply.survey, one.reply.posted
            refused = answer_survey(connection, survey, subject, posted, value_of, late, act)
            self.tally.answers["given" if refused is None else "refused"] += 1

    def _decide(self, connection: Connection, moment: Moment, scope: Scope) -> Decision:
        decision = decide_all(self.workspace, self.base, connection, moment, scope)
        commit = decision.commit
        write.write(connection, commit)
        write_findings(connection, commit)
        self.people.learn(commit)
        self.people.reach(moment.today, (touch for touch in commit.touches if touch.type == "task"))
        self.tally.judged(moment.today, decision.decided.judgements)
        self.tally.queued(commit.touches)
        self.tally.opened(moment.today, commit.tasks)
        self.tally.ended(one for one, _ in commit.cleared)
        return decision

    def _approved(self, decision: Decision) -> frozenset[str] | None:
        """What a person approves on this day; None: nothing."""
        if self.approve_after is None:
            return None
        last = decision.moment.today - timedelta(days=self.approve_after)
        waiting = (row for row in decision.decided.rows if row.verdict == "held")
        held = (row for row in waiting if row.reason not in ("source", "paused"))
        found = frozenset(row.id for row in held if row.held_since is not None and row.held_since <= last)
        return found or None

    def _sent(self, sent: Iterable[tuple[date, TouchRow]]) -> None:
        for day, touch in sent:
            self.tally.sent(day, touch)
            self.people.reach(day, [touch])


def _past(
    workspace: Workspace, base: FactBase, facts: MovingFacts, behaviour: Behaviour
) -> SimulatedPast | None:
    """Who keeps the days of the simulation; None where nothing looks back."""
    if not looks_back([*workspace.playbooks, *behaviour.drifts], workspace.catalog):
        return None
    past = SimulatedPast(base.store, kept_snapshots(workspace), facts.moving)
    base.store.look_back(past)
    return past


def _accept(connection: Connection, quote: str, act: tasks.Act) -> None:
    """A customer accepts a quote as it stands, if it can still be."""
    revision = quotes.show(connection, quote)["revision"]
    with suppress(LedgerError):
        quotes.accept(connection, quote, quotes.Acceptance(revision, ACTOR, ""), act)
