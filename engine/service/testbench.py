"""Where tests of playbooks run: the stages of a run over a test's own records, clock and days.

The facts and the ledger are in memory; messages are rendered and go nowhere. Nothing of the project but its
files is read, and nothing is written. Plays are evaluated record by record, by the reference evaluation, or
in bulk as a run does it: what comes out is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ..catalog.links import LinkConfig
from ..catalog.model import Catalog, Project
from ..decide.model import MESSAGES, Commit, PlayRow, RunRow, TouchRow
from ..deliver.deliver import deliver
from ..deliver.render import Rendered
from ..evaluate.model import Moment
from ..facts.daily import Days
from ..files import Files
from ..forms.survey import Survey
from ..ledger import read, tasks, write
from ..ledger.database import WAITS, Ledger, Mark, open_ledger
from ..ledger.open_tasks import open_tasks
from ..playbook.model import Playbook
from ..ports import Channel, Envelope, FixedClock, Outcome
from ..template.errors import TemplateError
from ..template.library import TemplateLibrary
from ..testing.model import PlaybookTest
from ..testing.world import World, timeline
from .deciding import Decision, Scope, decide_all
from .delivering import Renderer, guard_of
from .facts import Facts
from .inviting import write_commit
from .moments import moment_of
from .testanswers import give_answers
from .testfacts import NEVER, EngineName, shelf
from .workspace import IN_MEMORY, Workspace

# Links in the messages of a test open nothing, and nobody's secret signs them.
_LINKS = LinkConfig("https://answers.invalid", ("a test of playbooks needs no secrets",))


@frozen
class Day:
    """What one run of a test came to. ``states``: what became of each of its touches, with the reason where
    it failed; ``written``: the words of those that are messages."""

    decision: Decision
    states: Mapping[str, tuple[str, str]]
    written: Mapping[str, Rendered]


@frozen
class Site:
    """The project whose playbooks are tested."""

    project: Project
    catalog: Catalog
    playbooks: Mapping[str, Playbook]
    surveys: Mapping[str, Survey]


Look = Callable[[Decision, Facts, Connection], None]


class Bench:
    """Runs tests one after another; what they share is made once. Close it, or use it in a ``with``."""

    def __init__(self, site: Site, engine: EngineName = "reference") -> None:
        url = site.project.links.url if site.project.links else _LINKS.url
        self.project = replace(site.project, links=replace(_LINKS, url=url))
        self.catalog = site.catalog
        self._surveys = site.surveys
        self._ledger = open_ledger(IN_MEMORY, site.project.root)
        self._shelf = shelf(engine, site.catalog)
        self._templates = TemplateLibrary(Files(site.project.root))
        self._moments: dict[tuple[str, date], Moment] = {}

    def close(self) -> None:
        self._shelf.close()
        self._ledger.close()

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, test: PlaybookTest, playbook: Playbook, look: Look | None = None) -> Iterator[Day]:
        """Each day of a test, as its run is over. ``look`` is called between deciding and committing."""
        clock = FixedClock(NEVER)
        workspace = Workspace(self.project, self.catalog, (playbook,), clock, surveys=self._surveys)
        with self._ledger.trying() as connection:
            if test.start is not None:
                write.write(connection, _started(playbook, self._moment(playbook, test.start)))
            world = World(test, self.catalog, self.project)
            self._shelf.look_back(Days(partial(timeline, test, self.catalog, self.project)))
            post = _Post(workspace, self._templates, _OneTransaction(self._ledger, connection))
            for day in test.days:
                moment = self._moment(playbook, day)
                post.send_until(moment.now)
                base = self._shelf.facts(workspace, moment, *world.on(moment.today, moment.now))
                give_answers(connection, base, moment, test.answers)
                decision = decide_all(workspace, base, connection, moment, Scope((playbook,)))
                if look is not None:
                    look(decision, base, connection)
                write_commit(connection, decision.commit, self.project)
                post.send_at(moment.now)
                yield Day(decision, post.states(decision.commit.touches), post.words(decision.commit.touches))
                _complete(connection, test, moment)

    def _moment(self, playbook: Playbook, day: date) -> Moment:
        """A day at the playbook's schedule."""
        place = (playbook.schedule, day)
        if place not in self._moments:
            zone = self.project.settings.timezone
            self._moments[place] = moment_of(day.isoformat(), NEVER, zone, [playbook])
        return self._moments[place]


class _OneTransaction(Ledger):
    """A ledger within a transaction that is undone later: nothing that it is told is kept."""

    def __init__(self, ledger: Ledger, connection: Connection) -> None:
        super().__init__(ledger.engine, WAITS)
        self._connection = connection

    @contextmanager
    def writing(self, *, patient: bool = False) -> Iterator[Connection]:
        yield self._connection

    @contextmanager
    def marking(self) -> Iterator[Connection]:
        yield self._connection

    @contextmanager
    def marks(self) -> Iterator[Mark]:
        yield self.marking

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        yield self._connection


class _Sink:
    """A channel that accepts every message and keeps none."""

    def __init__(self, name: str, config: Mapping[str, object], root: Path) -> None:
        pass

    def send(self, envelope: Envelope) -> Outcome:
        return Outcome("sent")

    def check(self) -> str:
        return ""

    def close(self) -> None:
        pass


class _Writer(Renderer):
    """Renders as a delivery does, and keeps the words."""

    def __init__(self, project: Project, templates: TemplateLibrary) -> None:
        super().__init__(project, FixedClock(NEVER), templates)
        self.written: dict[str, Rendered] = {}

    def at(self, now: datetime) -> _Writer:
        self._clock = FixedClock(now)
        return self

    def text(self, touch: TouchRow) -> Rendered:
        if touch.id not in self.written:
            self.written[touch.id] = super().text(touch)
        return self.written[touch.id]


class _Post:
    """Delivers what a test's runs have queued, each message when it is to be sent."""

    def __init__(self, workspace: Workspace, templates: TemplateLibrary, ledger: _OneTransaction) -> None:
        self._project = workspace.project
        self._ledger = ledger
        self._writer = _Writer(workspace.project, templates)
        self._guard = guard_of(workspace)
        self._channels: dict[str, Channel] = {
            name: _Sink(name, {}, Path("tests")) for name in workspace.project.channels
        }

    def send_until(self, now: datetime) -> None:
        """Send what was put off until before that moment, at its own time."""
        for due in read.dues_before(self._next, now):
            self.send_at(due)

    def send_at(self, now: datetime) -> None:
        """Send what is due at that moment."""
        if (due := self._next()) is not None and due <= now:
            clock, zone = FixedClock(now), ZoneInfo(self._project.settings.timezone)
            writer = self._writer.at(now)
            deliver(
                self._ledger,
                self._channels,
                writer,
                clock,
                zone=zone,
                worker="test",
                wall=clock,
                guard=self._guard,
            )

    def _next(self) -> datetime | None:
        with self._ledger.reading() as connection:
            return read.next_due(connection)

    def states(self, touches: Sequence[TouchRow]) -> dict[str, tuple[str, str]]:
        """What became of touches so far, with the reason where there is one."""
        with self._ledger.reading() as connection:
            return read.touch_states(connection, (touch.id for touch in touches))

    def words(self, touches: Sequence[TouchRow]) -> dict[str, Rendered]:
        """The words of messages, also of those that are not sent yet; of one that cannot be written, none."""
        for touch in touches:
            if touch.type in MESSAGES:
                with suppress(TemplateError):
                    self._writer.text(touch)
        return self._writer.written


def _started(playbook: Playbook, moment: Moment) -> Commit:
    """What a run leaves that found nothing: the plays are known from then on."""
    plays = tuple(
        PlayRow(playbook.name, play.name, moment.today, moment.today, play.fingerprint)
        for play in playbook.plays.values()
    )
    run = RunRow("start", moment.now, moment.today, "start", playbook.fingerprint)
    return Commit(run, (), (), (), (), (), (), plays, ())


def _complete(connection: Connection, test: PlaybookTest, moment: Moment) -> None:
    """Close the tasks that a person closes on this day. Raises ``PlaycallError`` where there is none."""
    for done in test.completions:
        if done.on == moment.today:
            open_ = [
                task
                for task in open_tasks(connection)
                if (task.play, task.record) == (done.play, done.record)
            ]
            if not open_:
                message = (
                    f"no task of `{done.play}` is open for {done.record} on {done.on}, so none can be done"
                )
                raise PlaycallError(f"{done.location}: {message}")
            for task in open_:
                tasks.done(connection, task.id, tasks.Act("test", moment.now, moment.today))
