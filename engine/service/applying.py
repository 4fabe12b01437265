"""`plan --out` and `apply`: a plan that a person has looked at, done exactly as it is or not at all.

Nothing of the plan's decisions is taken from the file. They are made again over the same facts, which were
kept, and the ledger and files as they are now; only if they come out the same, to the last byte, are they
committed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path

from sqlalchemy import Connection

from ..catalog.model import Project, TableRef
from ..facts.fingerprint import fingerprint
from ..facts.model import FactsError, Snapshot, stamp
from ..facts.snapshot import SnapshotStore, file_hash, load_to_json
from ..facts.tables import find_adapter
from ..ledger import read, write
from ..ledger.events import Event, events_since, last_event, record
from ..ledger.reads import recording
from ..playbook.fingerprint import canonical
from ..ports import SourceError
from .deciding import Decision, Scope, decide_all
from .facts import FactBase, load_facts, open_base
from .inviting import write_commit
from .moments import moment_of
from .planfile import LedgerState, PlanError, PlanFile, digest, read_plan, write_plan
from .planning import Plan, with_history
from .recording import keep_basis
from .renaming import renames
from .running import RunReport, after_last_run, finished, refuse_far_future
from .workspace import Workspace

_APPLIED = "plan.applied"
_PLAN_AGAIN = "make a new plan: playcall plan --out FILE"

# What of playcall.yaml is not part of what is decided or sent: where things lie on this machine.
_PLACES = ("root", "ledger_url", "engine_url", "snapshots")


def save(workspace: Workspace, path: Path, as_of: str | None = None, *, playbook: str | None = None) -> Plan:
    """Make a plan, keep its facts and write it to a file. Raises ``PlaycallError``."""
    books = (workspace.playbook(playbook),) if playbook else workspace.playbooks
    moment = moment_of(as_of, workspace.clock.now(), workspace.project.settings.timezone, books)
    made_at, sources = workspace.clock.now(), source_marks(workspace)
    with (
        workspace.ledger_to_read() as ledger,
        load_facts(workspace, moment, keep=True, listed=False) as base,
        with_history(ledger, books) as connection,
    ):
        state = state_of(connection)
        decision = decide_all(workspace, base, connection, moment, Scope(books, playbook is None))
        plan = Plan(decision, base.store.statements())
        file = PlanFile(
            made_at=made_at,
            moment=moment,
            environment=workspace.project.environment,
            playbook=playbook,
            marks=marks(workspace),
            sources=sources,
            load=load_to_json(base.snapshot),
            before=base.before.id if base.before else None,
            ledger=state,
            decisions=digest(decision.commit),
            plan=plan.to_json(),
        )
    write_plan(path, file)
    return plan


def state_of(connection: Connection) -> LedgerState:
    """How far the ledger is."""
    last = read.last_run(connection)
    return LedgerState(last.id if last else None, last_event(connection))


def marks(workspace: Workspace) -> dict[str, dict[str, str]]:
    """What tells this version of the project from another, by kind and name. Comments, layout and where
    things stand do not count in YAML files; of templates every character does."""
    templates = {file.name: _hash(file.text) for file in workspace.files if file.name.endswith(".md")}
    settings = [field.name for field in fields(Project) if field.name not in _PLACES]
    return {
        "playbook": {book.name: f"{book.fingerprint} {' '.join(book.plays)}" for book in workspace.playbooks},
        "catalogue": {"": fingerprint(workspace.catalog)},
        "template": templates,
        "setting": {name: _hash(canonical(getattr(workspace.project, name))) for name in settings},
    }


def source_marks(workspace: Workspace) -> dict[str, str]:
    """What tells the files of each table from later ones; "" where there are none, or they cannot be read."""
    project = workspace.project
    found: dict[str, str] = {}
    for entity in workspace.catalog.entities.values():
        for table in (*entity.tables, *([entity.aliases] if entity.aliases else [])):
            found[table.name] = _source_mark(project, table)
    return found


def _source_mark(project: Project, table: TableRef) -> str:
    config = project.sources[table.source]
    try:
        source = find_adapter(config.adapter)(table.source, config.options, project.root)
        return " ".join(file_hash(path) for path in source.files(table.table))
    except (SourceError, OSError):
        return ""


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def apply(workspace: Workspace, path: Path, actor: str, *, deliver: bool = True) -> RunReport:
    """Do exactly what a plan says. Raises ``PlanError`` where playbooks, facts or the ledger have moved since
    it was made, or the file is not what it was; then nothing is done."""
    plan = read_plan(path)
    _check_project(plan, workspace)
    refuse_far_future(workspace, plan.moment)
    snapshot, before = _facts(plan, workspace)
    _check_sources(plan, workspace, snapshot)
    with workspace.ledger() as ledger:
        with (
            open_base(workspace, snapshot, before, plan.moment.today) as base,
            ledger.locked() as connection,
        ):
            decision = _decided(plan, workspace, base, connection)
            SnapshotStore(workspace.project.snapshots).list_load(snapshot)
            write_commit(connection, decision.commit, workspace.project)
            told = {"plan": plan.id, "made_at": stamp(plan.made_at)}
            now = workspace.clock.now()
            record(connection, [Event(now, actor, _APPLIED, decision.commit.run.id, told)])
        return finished(workspace, ledger, decision, deliver=deliver)


def _check_project(plan: PlanFile, workspace: Workspace) -> None:
    if plan.environment != workspace.project.environment:
        wanted = f"--env {plan.environment}" if plan.environment else "no --env"
        raise PlanError(f"the plan was made with {wanted}: apply it with the same")
    now = marks(workspace)
    moved = [
        f"{kind} {name}".strip()
        for kind, then in plan.marks.items()
        for name in sorted({*then, *now.get(kind, {})})
        if then.get(name) != now.get(kind, {}).get(name)
    ]
    if moved:
        raise PlanError(f"the project has changed since the plan was made ({_few(moved)}); {_PLAN_AGAIN}")


def _facts(plan: PlanFile, workspace: Workspace) -> tuple[Snapshot, Snapshot | None]:
    """The plan's snapshot, and the one before it, as they were kept."""
    store = SnapshotStore(workspace.project.snapshots)
    try:
        snapshot = store.restore(plan.load)
        before = store.find(plan.before) if plan.before else None
        latest = store.latest()
    except FactsError as error:
        raise PlanError(f"the facts that the plan rests on are not there: {error}; {_PLAN_AGAIN}") from None
    if latest and latest.loaded_at > snapshot.loaded_at and latest.id != snapshot.id:
        raise PlanError(
            f"the facts have changed since the plan was made: they were loaded again at "
            f"{stamp(latest.loaded_at)}; {_PLAN_AGAIN}"
        )
    return snapshot, before


def _check_sources(plan: PlanFile, workspace: Workspace, snapshot: Snapshot) -> None:
    """The facts are not loaded again; that files have changed, and that data have aged, is seen without."""
    now = source_marks(workspace)
    moved = [name for name, mark in plan.sources.items() if now.get(name) != mark]
    if moved:
        raise PlanError(f"the facts have changed since the plan was made ({_few(moved)}); {_PLAN_AGAIN}")
    stale = list(_stale(plan, workspace, snapshot))
    if stale:
        raise PlanError(f"the plan's facts are stale by now ({_few(stale)}); {_PLAN_AGAIN}")


def _stale(plan: PlanFile, workspace: Workspace, snapshot: Snapshot) -> Iterator[str]:
    """Tables whose data were fresh enough when the plan was made, and have grown too old since."""
    wall = workspace.clock.now()
    for state in snapshot.sources:
        config = workspace.project.sources.get(state.source)
        within = config.fresh_within if config else None
        if within is not None and state.status == "ok" and state.data_time is not None:
            age = min(plan.moment.now, plan.made_at) - state.data_time
            if age + (wall - plan.made_at) > within:
                yield f"{state.name} of {stamp(state.data_time)}"


def _decided(plan: PlanFile, workspace: Workspace, base: FactBase, connection: Connection) -> Decision:
    """The plan's decisions, made again. Raises ``PlanError`` if the ledger has moved."""
    deliveries = _check_ledger(plan, connection)
    after_last_run(connection, plan.moment, False, given=True)
    books = (workspace.playbook(plan.playbook),) if plan.playbook else workspace.playbooks
    write.rename(connection, renames(books))
    scope = Scope(books, plan.playbook is None)
    recorder, reads = recording(connection)
    decision = decide_all(workspace, base, recorder, plan.moment, scope)
    if digest(decision.commit) != plan.decisions:
        why = f"{deliveries:,} deliveries since" if deliveries else "its decisions come out otherwise"
        raise PlanError(f"the ledger has moved since the plan was made ({why}); {_PLAN_AGAIN}")
    keep_basis(workspace, base, decision, scope, reads)
    return decision


def _check_ledger(plan: PlanFile, connection: Connection) -> int:
    """How many deliveries there were since. They may go on between plan and apply, as long as the decisions
    come out the same; runs and what people did may not."""
    happened = events_since(connection, plan.ledger.event)
    applied = next((one for one in happened if _is_application(one, plan)), None)
    if applied is not None:
        raise PlanError(f"the plan was applied already, at {stamp(applied.at)}, as run {applied.subject}")
    state = state_of(connection)
    if state.event < plan.ledger.event:
        raise PlanError(f"the plan was made on another ledger than this one; {_PLAN_AGAIN}")
    if state.run != plan.ledger.run:
        raise PlanError(
            f"the ledger has moved since the plan was made (run {state.run} was committed); {_PLAN_AGAIN}"
        )
    acts = [f"{one.kind} {one.subject} by {one.actor}" for one in happened if not _is_delivery(one)]
    if acts:
        raise PlanError(f"the ledger has moved since the plan was made ({_few(acts)}); {_PLAN_AGAIN}")
    return len(happened)


def _is_application(event: Event, plan: PlanFile) -> bool:
    return event.kind == _APPLIED and event.data.get("plan") == plan.id


def _is_delivery(event: Event) -> bool:
    """What a worker did, not a person."""
    by_hand = event.kind == "touch.cancelled" or bool(event.data.get("by_hand"))
    return event.kind.startswith("touch.") and not by_hand


def _few(names: Iterable[str]) -> str:
    """The first of several names, and how many more there are."""
    found = list(names)
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return ", ".join(found[:3]) + more
