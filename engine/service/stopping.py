"""`stop` read again before a delivery: what a person did, or the calendar, since the last run may have made
it true. The facts are those of the last run, the ledger and the day are those of now."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from ..decide.closing import cancel_queued
from ..decide.model import QueuedTouch, RunRow
from ..evaluate.context import Context
from ..evaluate.gather import Gathered, gather
from ..evaluate.model import History, Moment, PlayId
from ..facts.model import FactsError
from ..facts.snapshot import SnapshotStore
from ..ledger import read, write
from ..ledger.database import Ledger
from .deciding import Scope, setting_of
from .facts import open_base
from .history import Names
from .workspace import Workspace


def cancel_stopped(workspace: Workspace, ledger: Ledger) -> int:
    """Cancel what is due and must not go any more. Gives how many; none where the last run's facts are
    gone."""
    now = workspace.clock.now()
    with ledger.reading() as connection:
        last = read.last_run(connection)
        due = read.queued_touches(connection, due=now) if last else []
    stoppable = {book.name for book in workspace.playbooks if book.stop or book.where}
    concerned = [touch for touch in due if touch.playbook in stoppable]
    if last is None or not concerned:
        return 0
    moment = Moment(now, now.astimezone(ZoneInfo(workspace.project.settings.timezone)).date())
    try:
        cancels = _cancels(workspace, ledger, moment, last, concerned)
    except FactsError:
        return 0
    with ledger.writing(patient=True) as connection:
        return write.cancel_touches(connection, cancels, actor="delivery", at=now)


def _cancels(
    workspace: Workspace, ledger: Ledger, moment: Moment, last: RunRow, concerned: Sequence[QueuedTouch]
) -> list[tuple[str, str]]:
    snapshot = SnapshotStore(workspace.project.snapshots).find(last.snapshot)
    wanted: dict[PlayId, set[str]] = {}
    for touch in concerned:
        wanted.setdefault((touch.playbook, touch.play), set()).add(touch.record)
    with open_base(workspace, snapshot, None, moment.today) as base, ledger.reading() as connection:
        base.fill_ledger_facts(connection, moment.today)
        history = History({}, frozenset(), {})
        context = Context(
            catalog=workspace.catalog,
            world=base.world(moment),
            moment=moment,
            history=history,
            compile_world=base.compile_world(moment),
            store=base.store,
        )
        present = [book for book in workspace.playbooks if book.entity in snapshot.entities]
        gathered: Gathered = gather(context, present, {}, wanted)
        scope, names = Scope(tuple(workspace.playbooks)), Names.of((), workspace.playbooks)
        setting = setting_of(workspace, context, connection, scope, names, frozenset(), base.bad_sources())
        return cancel_queued(concerned, gathered, setting)
