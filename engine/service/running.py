"""`run`, `approve`, `adopt`: decide and commit under the ledger's lock, then deliver."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import get_args

from sqlalchemy import Connection

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ..decide.model import Commit, EpisodeRow, OccurrenceRow, PlayRow, TouchType
from ..evaluate.model import Moment
from ..facts.model import stamp
from ..garbage import uncollected
from ..ledger import read, write
from ..ledger.database import Ledger
from ..playbook.model import Playbook
from .deciding import Decision, Scope, decide_all
from .delivering import DeliveryReport, deliver_now
from .facts import FactBase, load_facts
from .inviting import write_commit
from .moments import moment_of
from .recording import decide_and_keep
from .renaming import renames
from .workspace import Workspace

_ACTS = ("fired", "held", "pending", "capped")  # verdicts that act, now or later


@frozen
class RunReport:
    """What a run did: the JSON of `playcall run`."""

    decision: Decision
    delivery: DeliveryReport
    held: Sequence[Mapping[str, object]]

    def to_json(self) -> dict[str, object]:
        evaluation, commit = self.decision.evaluation, self.decision.commit
        touches = Counter(touch.type for touch in commit.touches if touch.state != "cancelled")
        return {
            "run": commit.run.id,
            "as_of": stamp(self.decision.moment.now),
            "snapshot": commit.run.snapshot,
            "evaluated": evaluation.evaluated,
            "verdicts": self.decision.decided.counts(),
            "duplicates": evaluation.duplicates,
            "unknown": [
                {"playbook": one.playbook, "play": one.play, "field": one.field, "count": one.count}
                for one in evaluation.unknown
            ],
            "touches": {kind: touches[kind] for kind in get_args(TouchType)},
            "held": list(self.held),
            "delivery": self.delivery.to_json(),
            "sources": [state.to_json() for state in self.decision.snapshot.sources],
        }


def run(
    workspace: Workspace,
    as_of: str | None = None,
    *,
    deliver: bool = True,
    playbook: str | None = None,
    force: bool = False,
) -> RunReport:
    """Load, evaluate, decide, commit, deliver: every playbook, now. Raises ``PlaycallError``."""
    playbooks = (workspace.playbook(playbook),) if playbook else workspace.playbooks
    moment = moment_of(as_of, workspace.clock.now(), workspace.project.settings.timezone, playbooks)
    refuse_far_future(workspace, moment, force)
    scope = Scope(tuple(playbooks), complete=playbook is None)
    with workspace.ledger() as ledger:
        with ledger.reading() as connection:
            after_last_run(connection, moment, force, given=as_of is not None)
        with load_facts(workspace, moment, keep=True) as base, ledger.locked() as connection:
            moment = after_last_run(connection, moment, force, given=as_of is not None)
            decision = _committed(workspace, base, connection, moment, scope)
        return finished(workspace, ledger, decision, deliver=deliver)


def _committed(
    workspace: Workspace, base: FactBase, connection: Connection, moment: Moment, scope: Scope
) -> Decision:
    """Decide and write, in the transaction of a run."""
    write.rename(connection, renames(scope.playbooks))
    decision = decide_and_keep(workspace, base, connection, moment, scope)
    with uncollected():
        write_commit(connection, decision.commit, workspace.project)
    return decision


def run_slot(
    workspace: Workspace,
    ledger: Ledger,
    moment: Moment,
    playbooks: Sequence[Playbook],
    note: Callable[[Connection, str], None],
) -> RunReport:
    """The run of a slot of some playbooks' schedule, at the slot's moment, or where the last run stands if
    that is later. ``note`` writes beside it, in its transaction, with its id. Nothing is delivered."""
    names = {book.name for book in playbooks}
    others = frozenset(book.name for book in workspace.playbooks if book.name not in names)
    scope = Scope(tuple(playbooks), others=others)
    with ledger.reading() as connection:
        last = read.last_run(connection)
    if last is not None and last.as_of > moment.now:
        moment = Moment(last.as_of, last.day)
    refuse_far_future(workspace, moment)
    with load_facts(workspace, moment, keep=True) as base, ledger.locked() as connection:
        moment = after_last_run(connection, moment, False, given=False)
        decision = _committed(workspace, base, connection, moment, scope)
        note(connection, decision.commit.run.id)
    return finished(workspace, ledger, decision, deliver=False)


def finished(workspace: Workspace, ledger: Ledger, decision: Decision, *, deliver: bool) -> RunReport:
    """What comes after the commit of a run: the delivery, and the summary that closes the run."""
    run, delivery = decision.commit.run.id, DeliveryReport.none(ledger)
    if deliver:
        delivery = deliver_now(workspace, ledger, run, decision.playbooks, decision.moment)
    report = RunReport(decision, delivery, held_of(decision))
    with ledger.writing() as connection:
        write.close_run(connection, run, report.to_json())
    return report


def after_last_run(connection: Connection, moment: Moment, force: bool, *, given: bool) -> Moment:
    """The moment of a run that has the ledger's lock. A run that is before the last one is refused; one that
    only waited for another, of the same day, goes on from where that one stands."""
    last = read.last_run(connection)
    if last is None or force or moment.now >= last.as_of:
        return moment
    if given or moment.today != last.day:
        raise PlaycallError(
            f"the last run stands at {stamp(last.as_of)}; a run at {stamp(moment.now)}, before it, would "
            "decide on a past that is settled. Use `playcall plan` to look, or `playcall run --force`"
        )
    return Moment(last.as_of, last.day)


def refuse_far_future(workspace: Workspace, moment: Moment, force: bool | None = None) -> None:
    """Nothing is decided more than a day ahead of the wall clock: runs of the days until then would be
    refused. ``force``: whether it was asked for; None where nobody can. Raises ``PlaycallError``."""
    if moment.now > workspace.clock.now() + timedelta(days=1) and not force:
        otherwise = "" if force is None else ", or --force"
        raise PlaycallError(
            f"--as-of {moment.today} lies more than a day ahead: a run there would expire what falls due "
            f"until then. Use `playcall plan` to look{otherwise}"
        )


def held_of(decision: Decision) -> list[dict[str, object]]:
    """What is held after this run, by play and reason; a play whose data is bad is there with 0 too."""
    counts: Counter[tuple[str, str, str]] = Counter()
    details: dict[tuple[str, str, str], str] = {}
    for one in decision.decided.judgements:
        if one.verdict == "held":
            place = (one.case.candidate.playbook, one.case.candidate.play, one.reason)
            counts[place] += 1
            details[place] = one.detail
    for book, play, why in decision.blocked():
        counts.setdefault((book, play, "source"), 0)
        details.setdefault((book, play, "source"), why)
    return [
        {
            "playbook": book,
            "play": play,
            "reason": reason,
            "count": count,
            "detail": details[book, play, reason],
        }
        for (book, play, reason), count in sorted(counts.items())
    ]


def approve(workspace: Workspace, target: str, actor: str, *, as_of: str | None = None) -> RunReport:
    """Release what is held of ``PLAYBOOK[.PLAY]``: `where` and every later step are judged again, today."""
    book, play = _target(workspace, target)
    moment = moment_of(as_of, workspace.clock.now(), workspace.project.settings.timezone, [book])
    refuse_far_future(workspace, moment)
    with workspace.ledger() as ledger:
        with load_facts(workspace, moment, keep=True) as base, ledger.locked() as connection:
            moment = after_last_run(connection, moment, False, given=as_of is not None)
            scope = _held_scope(connection, book, play)
            decision = decide_and_keep(workspace, base, connection, moment, scope, "approve")
            write_commit(connection, decision.commit, workspace.project)
            write.note(connection, moment.now, actor, "approve", target, {"occurrences": len(scope.approved)})
        delivery = DeliveryReport.none(ledger)
    return RunReport(decision, delivery, held_of(decision))


def would_approve(workspace: Workspace, ledger: Ledger, target: str) -> Decision:
    """What ``approve`` would come to now, without doing it. Raises ``PlaycallError``."""
    book, play = _target(workspace, target)
    moment = moment_of(None, workspace.clock.now(), workspace.project.settings.timezone, [book])
    with load_facts(workspace, moment, keep=False) as base, ledger.reading() as connection:
        moment = after_last_run(connection, moment, False, given=False)
        return decide_all(workspace, base, connection, moment, _held_scope(connection, book, play))


def reject(workspace: Workspace, target: str, actor: str) -> int:
    """Record what is held of ``PLAYBOOK[.PLAY]`` as done without acting: a person does not want it. Gives how
    many occurrences; what would not act any more keeps the verdict that it comes to. Raises
    ``PlaycallError``."""
    book, play = _target(workspace, target)
    moment = moment_of(None, workspace.clock.now(), workspace.project.settings.timezone, [book])
    with (
        workspace.ledger() as ledger,
        load_facts(workspace, moment, keep=True) as base,
        ledger.locked() as connection,
    ):
        moment = after_last_run(connection, moment, False, given=False)
        scope = _held_scope(connection, book, play)
        decision = decide_and_keep(workspace, base, connection, moment, scope, "adopt", play)
        write.write(connection, adopted(decision, play))
        write.note(connection, moment.now, actor, "reject", target, {"occurrences": len(scope.approved)})
    return len(scope.approved)


def _held_scope(connection: Connection, book: Playbook, play: str) -> Scope:
    """To decide what is held of a playbook, or of one of its plays, as released. Raises ``PlaycallError``
    where nothing is."""
    held = [row for row in read.open_occurrences(connection) if _is_released(row, book.name, play)]
    if not held:
        target = f"{book.name}.{play}" if play else book.name
        raise PlaycallError(f"nothing of {target} waits for approval; `playcall status` shows what is held")
    return Scope((book,), False, False, frozenset(row.id for row in held))


def _is_released(row: OccurrenceRow, playbook: str, play: str) -> bool:
    held = row.verdict == "held" and row.reason != "source"
    return held and row.playbook == playbook and play in ("", row.play)


def adopt(workspace: Workspace, target: str, actor: str, *, as_of: str | None = None) -> int:
    """Record what is due of ``PLAYBOOK[.PLAY]`` (moments in grace, open episodes) as done without acting.
    Gives how many occurrences; `fired()` stays false for them."""
    book, play = _target(workspace, target)
    moment = moment_of(as_of, workspace.clock.now(), workspace.project.settings.timezone, [book])
    refuse_far_future(workspace, moment)
    with (
        workspace.ledger() as ledger,
        load_facts(workspace, moment, keep=True) as base,
        ledger.locked() as connection,
    ):
        moment = after_last_run(connection, moment, False, given=as_of is not None)
        scope = Scope((book,), complete=False)
        decision = decide_and_keep(workspace, base, connection, moment, scope, "adopt", play)
        commit = adopted(decision, play)
        write.write(connection, commit)
        count = sum(row.verdict == "adopted" for row in commit.occurrences)
        write.note(connection, moment.now, actor, "adopt", target, {"occurrences": count})
    return count


def _target(workspace: Workspace, target: str) -> tuple[Playbook, str]:
    """A playbook and, for ``PLAYBOOK.PLAY``, the name of one of its plays. Raises ``AbsentError``."""
    if "." not in target:
        return workspace.playbook(target), ""
    book, play = workspace.play(target)
    return book, play.name


def adopted(decision: Decision, play: str) -> Commit:
    """The commit of a decision with what would act, now or later, as done; of one play, if one is named."""

    def mine(row: OccurrenceRow | EpisodeRow | PlayRow) -> bool:
        return play in ("", row.play)

    done = tuple(
        row._replace(verdict="adopted", reason="", detail="", open=False, fired_on=None, held_since=None)
        for row in decision.decided.rows
        if row.verdict in _ACTS and mine(row)
    )
    # What would not act keeps its own verdict: its episode is recorded, so no later run would say it.
    others = tuple(row for row in decision.decided.occurrences if row.verdict not in _ACTS and mine(row))
    return replace(
        decision.commit,
        occurrences=(*done, *others),
        touches=(),
        tasks=(),
        cancels=(),
        cleared=(),
        foreseen=(),
        episodes=tuple(row for row in decision.commit.episodes if mine(row)),
        plays=tuple(row for row in decision.commit.plays if mine(row)),
    )
