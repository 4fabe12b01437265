"""`explain`: why a play did, or did not, fire for one record, every sub-expression with its value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ...dsl.interpreter import Record, World
from ...dsl.interpreter import evaluate as value_of
from ...dsl.trace import Node, trace
from ...dsl.typed import Checked
from ...dsl.types import Value
from ..decide.model import OccurrenceRow
from ..evaluate.model import Moment, PlayId
from ..evaluate.projection import due_date
from ..facts.model import MASK, stamp
from ..facts.show import json_value
from ..ledger import read, runs, views
from ..playbook.model import FollowUpTrigger, MomentTrigger, Play, Playbook, ScheduleTrigger, StateTrigger
from .deciding import Decision, Scope, decide_all
from .facts import Facts, load_facts
from .moments import is_day, moment_of
from .planning import with_history
from .pruning import kept_from
from .recording import Reopened, has_basis, not_kept, reopened
from .renaming import renames
from .workspace import Workspace


@frozen
class Explanation:
    """The JSON of `playcall explain`. ``verdict`` is what the ledger says of today's occurrence, or what a
    run would decide; ``not_due`` where there is none. ``touches``: what became of what the play did for the
    record, as it is now."""

    playbook: str
    play: str
    record: str
    moment: Moment
    verdict: str
    reason: str
    trigger: Mapping[str, object]
    conditions: tuple[Mapping[str, object], ...]
    roles: tuple[str, ...]  # the key that each condition stands under
    run: str | None = None  # the run that decided so; None: as a run would decide
    touches: Sequence[Mapping[str, Any]] = ()

    def to_json(self) -> dict[str, object]:
        return {
            "playbook": self.playbook,
            "play": self.play,
            "record": self.record,
            "as_of": stamp(self.moment.now),
            "run": self.run,
            "verdict": self.verdict,
            "reason": self.reason,
            "trigger": dict(self.trigger),
            "conditions": [dict(one) for one in self.conditions],
            "touches": list(self.touches),
        }


def explain(workspace: Workspace, target: str, record: str, as_of: str | None = None) -> Explanation:
    """Why ``PLAYBOOK.PLAY`` fires for a record at that moment, or why not: as it was decided, if a run of
    that day decided it, else as a run would decide. Raises ``PlaycallError``."""
    recalled = _recalled(workspace, target, record, as_of) if as_of is not None else None
    if recalled is not None:
        return recalled
    book, play = workspace.play(target)
    moment = moment_of(as_of, workspace.clock.now(), workspace.project.settings.timezone, [book])
    with (
        workspace.ledger_to_read() as ledger,
        load_facts(workspace, moment, keep=False) as base,
        with_history(ledger, [book]) as connection,
    ):
        decision = decide_all(workspace, base, connection, moment, Scope((book,), complete=False))
        found = explained(base, connection, decision, book, play, record)
        if found is None:
            raise PlaycallError(
                f"there is no {book.entity} `{record}`; "
                f"`playcall facts list {book.entity}` shows which there are"
            )
        return replace(found, touches=_touches(connection, book.name, play.name, record))


def _touches(connection: Connection, book: str, play: str, record: str) -> list[Mapping[str, Any]]:
    """What a play did for a record, and what became of it."""
    rows = views.touches(connection, record=record)
    return [one for one in rows if one["playbook"] == book and play in ("", one["play"])]


def _recalled(workspace: Workspace, target: str, record: str, as_of: str) -> Explanation | None:
    """What was decided on that day, by the run that recorded something of the record or, where none did, by
    the last one that looked at the play. None where there was none, or what it rested on is not kept."""
    moment = moment_of(as_of, workspace.clock.now(), workspace.project.settings.timezone, workspace.playbooks)
    until = datetime.max.replace(tzinfo=UTC) if is_day(as_of) else moment.now
    with workspace.ledger_to_read() as ledger, ledger.reading() as connection:
        book, _, play = target.partition(".")
        now = _name_now(workspace, (book, play))
        decided = runs.decided_by(connection, *now, record)
        of_day = runs.runs_on(connection, moment.today, until)
        for run in sorted(of_day, key=lambda run: run.id not in decided):
            if has_basis(workspace, run.id):
                with reopened(workspace, run.id) as then:
                    found = _then(workspace, connection, then, target, record)
                if found is not None:
                    return replace(found, touches=_touches(connection, *now, record))
        first = kept_from(workspace, workspace.project.retention.snapshots)
        if of_day and first is not None and moment.today < first:
            raise PlaycallError(
                f"what the runs of {moment.today} rested on {not_kept(workspace)}; "
                "without --as-of, `explain` says what a run would decide now"
            )
    return None


def _then(
    workspace: Workspace, connection: Connection, then: Reopened, target: str, record: str
) -> Explanation | None:
    """What a past run decided of a play and a record; None where the play was not there, or not looked at."""
    place = _name_then(workspace, then, target)
    if place is None:
        return None
    now, run = _name_now(workspace, place), then.basis.run
    recorded = runs.decided_by(connection, *now, record).get(run)
    if recorded is None and not then.basis.evaluate:
        return None
    decision = then.decide()
    book = next(one for one in then.workspace.playbooks if one.name == place[0])
    play = book.plays[place[1]]
    rows = read.occurrences_of(connection, *now, record)
    before = [row for row in rows if row.decided_on <= then.basis.moment.today]
    found = _explained(then.base, before, decision, book, play, record)
    if found is None:
        raise PlaycallError(f"there was no {book.entity} `{record}` on {then.basis.moment.today}")
    if recorded is None:
        return replace(found, run=run)
    verdict, reason, detail = recorded
    return replace(found, run=run, verdict=verdict, reason=_because(reason, detail))


def _name_then(workspace: Workspace, then: Reopened, target: str) -> PlayId | None:
    """The play that a run looked at under the name that it has now, or an earlier one."""
    playbook, _, play = target.partition(".")
    looked_at = (book for book in then.workspace.playbooks if book.name in then.basis.playbooks)
    known = {book.name: list(book.plays) for book in looked_at}
    names = [(playbook, play)]
    names += [old for old, new in _renamed(workspace) if playbook == new[0] and play in ("", new[1])]
    for book, name in names:
        plays = known.get(book, [])
        if name in plays:
            return book, name
        if not name and len(plays) == 1:
            return book, plays[0]
    return None


def _name_now(workspace: Workspace, place: PlayId) -> PlayId:
    """The name under which the ledger has a play: histories move when a play is renamed."""
    present = {(book.name, play) for book in workspace.playbooks for play in ("", *book.plays)}
    later = (new for old, new in _renamed(workspace) if old == place)
    return place if place in present else next(later, place)


def _renamed(workspace: Workspace) -> list[tuple[PlayId, PlayId]]:
    return [((old, old_play), (book, play)) for old, old_play, book, play in renames(workspace.playbooks)]


def _because(reason: str, detail: str) -> str:
    return ": ".join(part for part in (reason, detail) if part)


def explained(
    base: Facts, connection: Connection, decision: Decision, book: Playbook, play: Play, record: str
) -> Explanation | None:
    """Why a decision, not committed yet, came out as it did for a record; None: there is no such record."""
    settled = read.occurrences_of(connection, book.name, play.name, record)
    return _explained(base, settled, decision, book, play, record)


def _explained(
    base: Facts,
    settled: list[OccurrenceRow],
    decision: Decision,
    book: Playbook,
    play: Play,
    record: str,
) -> Explanation | None:
    found = base.store.record(book.entity, record)
    if found is None:
        return None
    world = base.world(decision.moment)
    verdict, reason = _verdict(decision, settled, book, play, found, world)
    keys = {"where": book.where, "stop": book.stop, "if": play.condition, "unless": play.unless}
    checks = {key: one for key, one in keys.items() if one is not None}
    conditions = tuple(node_json(trace(one, found, world)) for one in checks.values())
    trigger = trigger_json(play, found, world)
    return Explanation(
        book.name, play.name, record, decision.moment, verdict, reason, trigger, conditions, tuple(checks)
    )


def node_json(node: Node) -> dict[str, object]:
    """A traced expression as JSON; the value is null when it is unknown, and masked when it is sensitive."""
    return {
        "text": node.text,
        "value": MASK if node.sensitive and node.value is not None else json_value(node.value),
        "type": str(node.type),
        "unknown_because": list(node.unknown_because),
        "parts": [node_json(part) for part in node.parts],
    }


def trigger_json(play: Play, record: Record, world: World) -> dict[str, object]:
    """What opens an occurrence of the play, as JSON: traced for the record where it is an expression."""
    match play.trigger:
        case MomentTrigger() | StateTrigger():
            return node_json(trace(play.trigger.when, record, world))
        case FollowUpTrigger():
            return _plain(f"{play.trigger.parent} + {play.trigger.delay}")
        case ScheduleTrigger():
            return _plain(play.trigger.cron)


def _plain(text: str) -> dict[str, object]:
    return {"text": text, "value": None, "type": "text", "unknown_because": [], "parts": []}


def _verdict(
    decision: Decision,
    settled: list[OccurrenceRow],
    book: Playbook,
    play: Play,
    record: Record,
    world: World,
) -> tuple[str, str]:
    mine = [
        one
        for one in decision.decided.judgements
        if (one.case.candidate.play, one.case.candidate.record) == (play.name, record["_key"])
    ]
    if mine:
        newest = max(mine, key=lambda one: (one.case.candidate.due, one.case.candidate.key))
        return newest.verdict, _because(newest.reason, newest.detail)
    last = max(settled, key=lambda row: (row.decided_on, row.due), default=None)
    if last is not None and last.decided_on == decision.moment.today:
        return last.verdict, last.reason
    why = _not_due(book, play, record, world, decision.moment.today)
    if last is None:
        return "not_due", why
    return "not_due", f"{why}; {last.verdict} on {last.decided_on.isoformat()} (due {last.due.isoformat()})"


def _not_due(book: Playbook, play: Play, record: Record, world: World, today: date) -> str:
    """A sentence: why there is no occurrence today."""
    population = _value(book.where, record, world) if book.where else True
    if population is False:
        return "the record is not in the population (`where` is false)"
    if population is None:
        return "`where` is unknown"
    match play.trigger:
        case MomentTrigger():
            dates = [
                value_of(due_date(play.trigger.moment, tree), record, world, book.entity)
                for _, tree in play.trigger.moment.targets
            ]
            known = sorted(day for day in dates if isinstance(day, date))
            if not known:
                return "the trigger is unknown"
            ahead = [day for day in known if day > today]
            return f"due on {ahead[0]}" if ahead else f"was due on {known[-1]}"
        case StateTrigger():
            holds = _value(play.trigger.when, record, world)
            if holds is None:
                return "the trigger is unknown"
            return "the state holds and has been acted on" if holds else "the state does not hold"
        case FollowUpTrigger():
            return f"`{play.trigger.parent}` has no occurrence whose follow-up is due"
        case ScheduleTrigger():
            return "no slot of its schedule is due"


def _value(checked: Checked, record: Record, world: World) -> Value:
    return value_of(checked.tree, record, world, checked.entity)
