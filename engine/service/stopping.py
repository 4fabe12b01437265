"""`stop` read again before a message goes: what a person did, or the calendar, since the last run may have
made it true. The facts are those of the last run, the ledger and the day are those of now.

What is due is judged all at once as a delivery begins. In each transaction that begins a send it is one small
question whether anything has happened since; only then, and for what nobody has judged, it is judged again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, func, or_, select

from ...dsl.typed import Aggregate, Clock, Field, Typed, walk
from ..catalog.model import LEDGER_ENTITIES
from ..decide.cases import Setting
from ..decide.closing import ended_of, plays_together, whole
from ..decide.model import QueuedTouch, RunRow, TouchRow
from ..evaluate.context import Context
from ..evaluate.gather import gather
from ..evaluate.model import History, Moment, PlayId
from ..facts.model import FactsError
from ..facts.snapshot import SnapshotStore
from ..ledger import groups, read, tables, write
from ..ledger.audit import COMMITTED
from ..ledger.database import Ledger
from ..ledger.guard import Stopped
from ..playbook.model import Playbook
from .facts import open_base
from .renaming import places
from .workspace import Workspace

# What deliveries themselves write: nothing that `stop` reads follows from it, but what ``_VOLATILE`` says.
_BY_DELIVERY: Final = "touch.%"
# The fields of the entity ``touch`` that change as messages go.
_VOLATILE: Final = frozenset({"state", "reason", "send_at", "sent_at", "sent_on"})
# Numbers of events are drawn before they are committed: on PostgreSQL a lower one may appear later.
_SLACK: Final = 2000
ACTOR: Final = "delivery"

_event = tables.event.c
_LATEST = select(func.max(_event.id)).scalar_subquery()
_HAPPENED = (
    select(_event.id, _event.kind, _event.subject)
    .where(_event.id > func.coalesce(bindparam("last", type_=_event.id.type), _LATEST) - _SLACK)
    .where(or_(_event.kind.not_like(_BY_DELIVERY), _event.id == _LATEST))
    .order_by(_event.id)
)


def cancel_stopped(workspace: Workspace, ledger: Ledger) -> StopsAgain:
    """Cancel what is due and must not go any more. Gives what judges each message again as it goes."""
    now = workspace.clock.now()
    today = now.astimezone(ZoneInfo(workspace.project.settings.timezone)).date()
    again = StopsAgain.of(workspace)
    with ledger.reading() as connection:
        again.outdated(connection, today)
        several = groups.others(connection, again.together, due=now)
        due = again.concerned([*read.queued_touches(connection, due=now), *several])
        ended = again.judge(connection, due, now, today)
    _end(ledger, due, ended, now)
    return again


def just_decided(
    workspace: Workspace, ledger: Ledger, run: str, playbooks: Iterable[Playbook], moment: Moment
) -> StopsAgain:
    """What judges the messages that wait after a run of these playbooks: the run has judged theirs, as long
    as nothing happened since. Of those about several records it has ended only the whole."""
    again = StopsAgain.of(workspace)
    with ledger.reading() as connection:
        again.outdated(connection, moment.today)
        several = groups.others(connection, again.together, due=moment.now)
        touches = {one.id for one in several}
        waiting = read.queued_touches(connection, due=moment.now) if several else []
        due = again.concerned([*(one for one in waiting if one.id in touches), *several])
        ended = again.judge(connection, due, moment.now, moment.today)
    _end(ledger, due, ended, moment.now)
    if again.newest_act == (COMMITTED, run):
        again.decided = frozenset(book.name for book in playbooks)
    return again


def _end(
    ledger: Ledger, due: Sequence[QueuedTouch], ended: Sequence[tuple[QueuedTouch, str]], now: datetime
) -> None:
    """Cancel the messages of which all records have ended, and leave those out of the others that have."""
    if ended:
        cancels = whole(due, ended)
        with ledger.writing(patient=True) as connection:
            write.cancel_touches(connection, cancels, actor=ACTOR, at=now)
            groups.leave_out(connection, _parts(ended, dict(cancels)), actor=ACTOR, at=now)


def _parts(ended: Iterable[tuple[QueuedTouch, str]], cancelled: Mapping[str, str]) -> list[groups.Part]:
    return [(one.id, one.occurrence, reason) for one, reason in ended if one.id not in cancelled]


@dataclass(slots=True)
class StopsAgain:
    """Judges touches in the transaction that begins to send them. ``asking`` are the playbooks whose `stop`
    or `where` reads the ledger; ``moving`` those where it may change as messages go or time passes;
    ``places``: the plays, by each name that the ledger may know them by; ``together``: the names of those
    whose messages may be about several records;
    ``decided`` those whose touches are all judged, as far as is known; ``newest_act`` is what happened last
    (kind and subject), deliveries aside."""

    workspace: Workspace
    asking: frozenset[str]
    moving: frozenset[str]
    places: Mapping[PlayId, PlayId]
    together: frozenset[PlayId]
    decided: frozenset[str] = frozenset()
    newest_act: tuple[str, str] = ("", "")
    _judged: dict[str, set[str]] = field(default_factory=dict)  # touches by playbook
    _acts: frozenset[int] = frozenset()
    _last: int | None = None
    _day: date | None = None

    @classmethod
    def of(cls, workspace: Workspace) -> StopsAgain:
        """For a project, with nothing judged yet."""
        derived = {place: checked.tree for place, checked in workspace.catalog.derived().items()}
        nodes = {book.name: list(_endings(book, derived)) for book in workspace.playbooks}
        asking = (name for name, parts in nodes.items() if any(map(_reads_ledger, parts)))
        moving = (name for name, parts in nodes.items() if any(map(_is_volatile, parts)))
        known = places(workspace.playbooks)
        grouped = plays_together(workspace.playbooks)
        together = frozenset(name for name, place in known.items() if place in grouped)
        return cls(workspace, frozenset(asking), frozenset(moving), known, together)

    def __call__(
        self, connection: Connection, touches: Sequence[TouchRow], now: datetime, on: date
    ) -> Stopped:
        """Which of the touches must not go any more. What follows from what somebody did (``follows``,
        ``handover``) goes whatever became of the play."""
        decided = [one for one in touches if one.action >= 0]
        absent = [one for one in decided if (one.playbook, one.play) not in self.places]
        queued = self.concerned(
            [
                QueuedTouch(one.id, one.playbook, one.play, one.record, one.cycle, one.occurrence)
                for one in decided
            ]
        )
        if not queued:
            return Stopped(absent=absent)
        outdated = self.outdated(connection, on)
        self.decided -= outdated
        for name in outdated:
            self._judged.pop(name, None)
        unsure = [one for one in queued if not self._is_known(one)]
        several = groups.others(connection, self.together, touches={one.id for one in unsure})
        unsure += self.concerned(several)
        ended = self.judge(connection, unsure, now, on)
        cancelled = dict(whole(unsure, ended))
        changed = groups.leave_out(connection, _parts(ended, cancelled), actor=ACTOR, at=now)
        return Stopped(cancelled, changed, absent)

    def _is_known(self, touch: QueuedTouch) -> bool:
        if touch.playbook in self.moving:
            return False
        return touch.playbook in self.decided or touch.id in self._judged.get(touch.playbook, ())

    def concerned(self, touches: Sequence[QueuedTouch]) -> list[QueuedTouch]:
        """Those of playbooks that can end what waits, by the names that their plays have now."""
        ending = {book.name for book in self.workspace.playbooks if book.stop or book.where}
        found: list[QueuedTouch] = []
        for one in touches:
            playbook, play = self.places.get((one.playbook, one.play), ("", ""))
            if playbook in ending:
                found.append(replace(one, playbook=playbook, play=play))
        return found

    def outdated(self, connection: Connection, on: date) -> frozenset[str]:
        """The playbooks whose touches may be judged otherwise than when this was last asked: all of them on
        another day or after a run (over other facts), those that read the ledger after whatever people do."""
        rows = connection.execute(_HAPPENED, {"last": self._last}).all()
        acts = [row for row in rows if not row.kind.startswith(_BY_DELIVERY[:-1])]
        if acts:
            self.newest_act = (acts[-1].kind, acts[-1].subject)
        kinds = [row.kind for row in acts if row.id not in self._acts]
        everything = on != self._day or COMMITTED in kinds
        self._acts, self._day = frozenset(row.id for row in acts), on
        self._last = rows[-1].id if rows else self._last
        if everything:
            return frozenset(book.name for book in self.workspace.playbooks)
        return self.asking if kinds else frozenset()

    def judge(
        self, connection: Connection, touches: Sequence[QueuedTouch], now: datetime, today: date
    ) -> list[tuple[QueuedTouch, str]]:
        """Which of the records have ended, and why, over the facts of the last run; none where those are
        gone."""
        last = read.last_run(connection) if touches else None
        if last is None:
            return []
        try:
            ended = _ended(self.workspace, connection, Moment(now, today), last, touches)
        except FactsError:
            return []
        for one in touches:
            self._judged.setdefault(one.playbook, set()).add(one.id)
        return ended


def _endings(book: Playbook, derived: Mapping[tuple[str, str], Typed]) -> Iterator[Typed]:
    """The nodes of what ends a playbook's messages."""
    for checked in (book.stop, book.where):
        if checked is not None:
            yield from _all(checked.tree, derived)


def _all(tree: Typed, derived: Mapping[tuple[str, str], Typed]) -> Iterator[Typed]:
    """The nodes of a tree, and of the derived fields that it reads."""
    for node in walk(tree):
        yield node
        if isinstance(node, Field) and node.derived:
            yield from _all(derived[node.entity, node.name], derived)


def _reads_ledger(node: Typed) -> bool:
    return isinstance(node, Aggregate) and node.relation.entity in LEDGER_ENTITIES


def _is_volatile(node: Typed) -> bool:
    match node:
        case Clock(name="now"):
            return True
        case Field(entity="touch", name=name):
            return name in _VOLATILE
    return False


def _ended(
    workspace: Workspace,
    connection: Connection,
    moment: Moment,
    last: RunRow,
    concerned: Sequence[QueuedTouch],
) -> list[tuple[QueuedTouch, str]]:
    snapshot = SnapshotStore(workspace.project.snapshots).find(last.snapshot)
    wanted: dict[PlayId, set[str]] = {}
    for touch in concerned:
        wanted.setdefault((touch.playbook, touch.play), set()).add(touch.record)
    with open_base(workspace, snapshot, None, moment.today) as base:
        base.fill_ledger_facts(connection, moment.today)
        context = Context(
            catalog=workspace.catalog,
            world=base.world(moment),
            moment=moment,
            history=History({}, frozenset(), {}),
            compile_world=base.compile_world(moment),
            store=base.store,
        )
        present = [book for book in workspace.playbooks if book.entity in snapshot.entities]
        gathered = gather(context, present, {}, wanted)
        return ended_of(concerned, gathered, _setting(workspace, context, base.bad_sources()))


def _setting(workspace: Workspace, context: Context, bad: Mapping[str, str]) -> Setting:
    """As much of a run's setting as what ends a message depends on."""
    return Setting(
        run="",
        now=context.moment.now,
        today=context.moment.today,
        playbooks={book.name: book for book in workspace.playbooks},
        bad_sources=bad,
        is_paused=lambda book, play: False,
        limits={},
        approved=frozenset(),
        ended=frozenset(),
        later=context.later,
        cycle_of=lambda entity: workspace.catalog.entities[entity].cycle,
        locale=workspace.project.locale,
    )
