"""The stages from facts to decisions, the same for run, plan, explain and approve.

Nothing here writes: what would change is the ``Commit`` that comes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from ...dsl.frozen import frozen
from ..decide.cases import EpisodeId, Setting
from ..decide.closing import asks_facts, cancel_queued, close_tasks, keep_open, plays_of_tasks, plays_together
from ..decide.contacts import Contacts
from ..decide.lifecycle import episode_of
from ..decide.model import (
    Candidate,
    Commit,
    EpisodeRow,
    Foreseen,
    OccurrenceRow,
    OpenTask,
    PlayRow,
    QueuedTouch,
    RunRow,
    TaskRow,
    TouchRow,
    identifier,
)
from ..decide.pipeline import Decided, candidates_of, decide, known_candidate
from ..decide.policy import policy_of
from ..deliver.context import encode
from ..evaluate.context import Context, Occasion
from ..evaluate.gather import Gathered
from ..evaluate.model import Evaluation, Moment, PlayId
from ..facts.model import Snapshot
from ..garbage import uncollected
from ..ledger import feed, groups, open_tasks, read
from ..ledger.contacts import read_contacts
from ..ledger.pauses import scopes_over
from ..playbook.model import Playbook
from .facts import FactBase, Facts
from .history import Names
from .naming import named
from .offering import Offering
from .rooms import rooms
from .workspace import Workspace


@frozen
class Scope:
    """What to decide: which playbooks (``complete``: all that there are, so that what is open of any other
    is of a removed one, except of ``others``, which are there but not decided now), whether new occurrences
    are looked for, and which held ones a person released. ``bare``: only what the course of things depends
    on; what a report counts is not counted, and messages lack what their templates read."""

    playbooks: tuple[Playbook, ...]
    complete: bool = True
    evaluate: bool = True
    approved: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    bare: bool = False

    def covers(self, playbook: str) -> bool:
        if self.complete:
            return playbook not in self.others
        return any(book.name == playbook for book in self.playbooks)


@frozen
class Found:
    """What the facts say of some playbooks: what is due, and all that is known of the records at hand.
    Another decision over the same facts, ledger and moment takes it as it is, for those playbooks
    themselves (the values are found by their very expressions)."""

    playbooks: tuple[Playbook, ...]
    evaluation: Evaluation
    gathered: Gathered

    def __contains__(self, playbook: Playbook) -> bool:
        return any(book is playbook for book in self.playbooks)

    def of(self, playbooks: Iterable[Playbook]) -> Found:
        """As far as it is about these."""
        kept = tuple(playbooks)
        names = frozenset(book.name for book in kept)
        return Found(kept, self.evaluation.of(names), self.gathered.of(names))


NOTHING_FOUND = Found((), Evaluation((), (), (), 0, 0, ()), Gathered())


@frozen
class Decision:
    """Everything that one evaluation at one moment came to."""

    moment: Moment
    snapshot: Snapshot
    found: Found
    decided: Decided
    commit: Commit
    playbooks: tuple[Playbook, ...]
    bad_sources: Mapping[str, str]

    @property
    def evaluation(self) -> Evaluation:
        return self.found.evaluation

    def blocked(self) -> Iterable[tuple[str, str, str]]:
        """(playbook, play, why) of every play that a bad source holds."""
        for book in self.playbooks:
            for play in book.plays.values():
                bad = sorted(play.reads & self.bad_sources.keys())
                if bad:
                    yield book.name, play.name, "; ".join(self.bad_sources[name] for name in bad)


@uncollected()
def decide_all(
    workspace: Workspace,
    base: Facts,
    connection: Connection,
    moment: Moment,
    scope: Scope,
    known_of: Found = NOTHING_FOUND,
) -> Decision:
    """Evaluate, gather and decide over the facts at hand and the ledger as the connection sees it.
    ``known_of``: what is known of some of the playbooks already, so that they are not evaluated again."""
    present = [
        book
        for book in scope.playbooks
        if book.entity in base.store.snapshot.entities and book not in known_of
    ]
    base.fill_ledger_facts(connection, moment.today)
    stage = base.stage(connection, moment, scope.playbooks)
    occasion = stage.occasion
    bad = base.bad_sources()
    evaluation = NOTHING_FOUND.evaluation
    if scope.evaluate:
        evaluation = stage.evaluate(present, counted=not scope.bare)
    plays = (play for book in present for play in book.plays.values())
    held = {(play.playbook, play.name) for play in plays if play.reads & bad.keys()}
    evaluation = keep_open(evaluation, held)
    evaluation = known_of.evaluation.beside(evaluation)
    episodes = evaluation.episodes
    known = _open_occurrences(connection, scope, moment.today)
    names = Names.of(occasion.history.plays.values(), scope.playbooks)
    candidates = [*known, *candidates_of(evaluation.due, names.second)]
    tasks = _closable_tasks(connection, scope, episodes)
    out = _out(connection, scope) if scope.evaluate else []
    queued = [one for one in out if scope.covers(one.playbook)]
    books = {book.name: book for book in present}
    asking = [task for task in tasks if asks_facts(task, books)]
    wanted, left_open = _records_of(candidates), _records_of([*asking, *queued])
    gathered = known_of.gathered.beside(stage.gather(present, wanted, left_open))
    ended = _ended(connection, scope, [*candidates, *tasks], episodes)
    setting = setting_of(workspace, occasion, connection, scope, names, ended, bad, decides=bool(candidates))
    decided = decide(candidates, gathered, setting)
    commit = Commit(
        run=RunRow(setting.run, moment.now, moment.today, base.snapshot.id, workspace.fingerprint),
        occurrences=decided.occurrences,
        touches=_touches(decided, workspace, scope),
        tasks=tuple(_with_contexts(task, workspace) for task in decided.tasks),
        episodes=episodes,
        cancels=tuple(cancel_queued(queued, gathered, setting)),
        cleared=tuple(close_tasks(tasks, ended, gathered, setting)),
        plays=tuple(_play_rows(occasion, scope, names)) if scope.evaluate else (),
        foreseen=tuple(Foreseen(*row) for row in evaluation.foreseen),
    )
    found = Found(scope.playbooks, evaluation, gathered)
    return Decision(moment, base.snapshot, found, decided, commit, scope.playbooks, bad)


def _out(connection: Connection, scope: Scope) -> list[QueuedTouch]:
    """What waits to be sent or is shown, and may be ended: a row for each record that it is about."""
    others = groups.others(connection, plays_together(scope.playbooks))
    return [*read.queued_touches(connection), *others, *feed.open_items(connection)]


def _closable_tasks(connection: Connection, scope: Scope, episodes: Iterable[EpisodeRow]) -> list[OpenTask]:
    """The tasks that may be closed now; without an evaluation none."""
    if not scope.evaluate:
        return []
    closing = {row.record for row in episodes if row.closed_on}
    found = open_tasks.closable_tasks(connection, *plays_of_tasks(scope.playbooks), closing)
    return [one for one in found if scope.covers(one.playbook)]


def _records_of(concerned: Iterable[Candidate | OpenTask | QueuedTouch]) -> dict[PlayId, set[str]]:
    found: dict[PlayId, set[str]] = {}
    for one in concerned:
        found.setdefault((one.playbook, one.play), set()).add(one.record)
    return found


def _ended(
    connection: Connection,
    scope: Scope,
    concerned: Iterable[Candidate | OpenTask],
    episodes: Iterable[EpisodeRow],
) -> frozenset[EpisodeId]:
    """The episodes of what is at hand that are closed: in this run, or before."""
    books = {book.name: book for book in scope.playbooks}
    theirs = {episode_of(books.get(one.playbook), one) for one in concerned}
    before = read.closed_episodes(connection, (episode for episode in theirs if episode is not None))
    today = {(row.playbook, row.play, row.record, row.number) for row in episodes if row.closed_on}
    return frozenset(before | today)


def _touches(decided: Decided, workspace: Workspace, scope: Scope) -> tuple[TouchRow, ...]:
    """What was decided to be sent and opened. A lead is made of what its touch says: it stays."""
    return tuple(
        touch._replace(context={})
        if scope.bare and touch.type != "opportunity"
        else with_context(touch, workspace)
        for touch in decided.touches
    )


def _with_contexts(task: TaskRow, workspace: Workspace) -> TaskRow:
    """The task with the contexts of its prepared messages as JSON keeps them."""
    if not task.mails:
        return task
    return replace(task, mails=tuple(with_context(mail, workspace) for mail in task.mails))


def with_context(touch: TouchRow, workspace: Workspace) -> TouchRow:
    """The touch with its context as JSON keeps it; moments in the project's time zone, as people read."""
    zone = ZoneInfo(workspace.project.settings.timezone)

    def local(value: object) -> object:
        if value is None or isinstance(value, str | int):
            return value
        if isinstance(value, datetime):
            return value.astimezone(zone)
        if isinstance(value, tuple):
            return tuple(map(local, value))
        return {name: local(one) for name, one in value.items()} if isinstance(value, Mapping) else value

    context = {name: local(value) for name, value in touch.context.items()}
    return touch._replace(context=encode(context))  # type: ignore[arg-type]


def _open_occurrences(connection: Connection, scope: Scope, today: date) -> list[Candidate]:
    """Occurrences that an earlier run left open: those in scope, and those of plays that are gone."""
    rows: Iterable[OccurrenceRow] = read.open_occurrences(connection)
    if not scope.evaluate:
        rows = (row for row in rows if row.id in scope.approved)
    return [known_candidate(row, today) for row in rows if scope.covers(row.playbook)]


def context_of(
    workspace: Workspace, base: FactBase, connection: Connection, moment: Moment, scope: Scope
) -> Context:
    """What an evaluation needs, with the history of the playbooks in scope."""
    return base.context(connection, moment, scope.playbooks)


def setting_of(
    workspace: Workspace,
    context: Occasion,
    connection: Connection,
    scope: Scope,
    names: Names,
    ended: frozenset[EpisodeId],
    bad: Mapping[str, str],
    *,
    decides: bool = True,
) -> Setting:
    """What all decisions of a run share. ``decides``: whether there is anything to decide; where there is
    not, limits and what is known of people are not read."""
    pauses = read.pauses(connection)
    today = context.moment.today
    policy = policy_of(workspace.project.rules, workspace.playbooks)
    return Setting(
        run=identifier("run", context.moment.now.isoformat(), str(read.run_count(connection))),
        now=context.moment.now,
        today=today,
        playbooks={book.name: book for book in scope.playbooks},
        bad_sources=bad,
        is_paused=lambda book, play: bool(scopes_over(book, play) & pauses),
        limits=rooms(context, connection, policy) if decides else {},
        approved=scope.approved,
        ended=ended,
        later=context.later,
        cycle_of=lambda entity: workspace.catalog.entities[entity].cycle,
        locale=workspace.project.locale,
        policy=policy,
        contacts=read_contacts(connection, policy, context.moment) if decides else Contacts(),
        identities=names.plays,
        origins=names.playbooks,
        timezone=workspace.project.settings.timezone,
        country=workspace.project.settings.holidays,
        offers=Offering(workspace, connection, context.moment),
        named=named(connection, workspace.surveys) if decides else {},
    )


def _play_rows(context: Occasion, scope: Scope, names: Names) -> Iterable[PlayRow]:
    today = context.moment.today
    for book in scope.playbooks:
        for play in book.plays.values():
            known = context.history.plays.get((book.name, play.name))
            first = known.first_run if known else today
            last = max(known.last_run, today) if known else today
            identity = names.plays[book.name, play.name]
            yield PlayRow(book.name, play.name, first, last, play.fingerprint, identity)
