"""What the decisions of a run rest on, kept beside the snapshots: the version of the project, the facts, and
what was read of the ledger. With it the run is explained, and decided again, as it was.

    runs/<run>.json.gz   one run; its snapshot, its project and the tables it read are kept by content
"""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import Connection

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ..evaluate.model import Moment
from ..facts.past import past_from_json, past_to_json
from ..facts.snapshot import SnapshotStore, load_to_json
from ..files import Files
from ..ledger.database import open_ledger
from ..ledger.reads import Reads, Rows, recording, remembering
from ..ledger.values import from_json, is_tagged, to_json
from ..playbook.loader import load
from ..versions.archive import Archive, write_whole
from .deciding import Decision, Scope, decide_all
from .facts import FactBase, kept_snapshots, open_base
from .workspace import IN_MEMORY, Workspace

FORMAT: Final = 1
Act = Literal["run", "approve", "adopt"]


class BasisError(PlaycallError):
    """What a run rested on is not there, or cannot be read; the text says what is missing."""


@frozen
class Basis:
    """What the decisions of one run rest on.

    ``act`` is the command, ``play`` what it named (`adopt`); ``project`` the version in the archive; ``load``
    and ``before`` the facts, as in plan files; ``past`` what was known of earlier days; ``reads`` what the
    ledger said, ``tables`` its larger tables as files by hash. ``playcall`` is the version that decided.
    """

    run: str
    act: Act
    play: str
    playcall: str
    moment: Moment
    environment: str | None
    project: str
    playbooks: tuple[str, ...]
    complete: bool
    evaluate: bool
    approved: frozenset[str]
    others: frozenset[str]
    load: Mapping[str, Any]
    before: str | None
    tables: Mapping[str, str]
    past: Mapping[str, Any]
    reads: Reads


def decide_and_keep(
    workspace: Workspace,
    base: FactBase,
    connection: Connection,
    moment: Moment,
    scope: Scope,
    act: Act = "run",
    play: str = "",
) -> Decision:
    """Decide, for a run that will be committed, and keep what that rests on."""
    recorder, reads = recording(connection)
    decision = decide_all(workspace, base, recorder, moment, scope)
    keep_basis(workspace, base, decision, scope, reads, act, play)
    return decision


def keep_basis(
    workspace: Workspace,
    base: FactBase,
    decision: Decision,
    scope: Scope,
    reads: Reads,
    act: Act = "run",
    play: str = "",
) -> None:
    """Keep what a decision rests on that is going to be committed. Raises ``BasisError``."""
    import duckdb

    try:
        _keep(workspace, _basis(workspace, base, decision, scope, reads, act, play))
    except (OSError, duckdb.IOException) as error:
        reason = str(getattr(error, "strerror", None) or error).splitlines()[0]
        raise BasisError(
            f"what the run rests on cannot be kept in {workspace.project.snapshots}: {reason}; nothing was "
            "committed. Check its permissions and space"
        ) from error


def _basis(
    workspace: Workspace,
    base: FactBase,
    decision: Decision,
    scope: Scope,
    reads: Reads,
    act: Act,
    play: str,
) -> Basis:
    return Basis(
        run=decision.commit.run.id,
        act=act,
        play=play,
        playcall=version("playcall"),
        moment=decision.moment,
        environment=workspace.project.environment,
        project=_archive(workspace).keep((file.name, file.text) for file in workspace.files),
        playbooks=tuple(book.name for book in scope.playbooks),
        complete=scope.complete,
        evaluate=scope.evaluate,
        approved=scope.approved,
        others=scope.others,
        load=load_to_json(base.snapshot),
        before=base.before.id if base.before else None,
        tables=_keep_tables(workspace, base),
        past=past_to_json(base.looked_back),
        reads=reads,
    )


def _keep(workspace: Workspace, basis: Basis) -> None:
    text = json.dumps(_to_json(basis), ensure_ascii=False, separators=(",", ":"), default=to_json)
    write_whole(_path(workspace, basis.run), gzip.compress(text.encode(), 3, mtime=0), replace=True)


def _archive(workspace: Workspace) -> Archive:
    return Archive(workspace.project.snapshots)


def _path(workspace: Workspace, run: str) -> Path:
    return workspace.project.snapshots / "runs" / f"{run}.json.gz"


def _keep_tables(workspace: Workspace, base: FactBase) -> dict[str, str]:
    """The tables that were filled from the ledger, as objects of the snapshots' store."""
    store = SnapshotStore(workspace.project.snapshots)
    with tempfile.TemporaryDirectory(prefix=".load-", dir=store.root) as folder:
        return {table: store.adopt(path) for table, path in base.store.write_taken(Path(folder)).items()}


def has_basis(workspace: Workspace, run: str) -> bool:
    """Whether what a run rested on was kept, and still is."""
    return _path(workspace, run).is_file()


def not_kept(workspace: Workspace) -> str:
    """What is said of something that is gone."""
    kept = workspace.project.retention.snapshots
    return "is not kept" if kept is None else f"is not kept any more (`retention` in playcall.yaml: {kept})"


def read_basis(workspace: Workspace, run: str) -> Basis:
    """What a run rested on. Raises ``BasisError``."""
    path = _path(workspace, run)
    try:
        content = json.loads(gzip.decompress(path.read_bytes()), object_hook=_untagged)
    except FileNotFoundError:
        raise BasisError(f"what run {run} rested on {not_kept(workspace)}: there is no {path}") from None
    except (OSError, EOFError, ValueError) as error:
        raise BasisError(f"{path} cannot be read: {error}") from None
    if content.get("format") != FORMAT:
        raise BasisError(f"{path} was written by another version of playcall ({content.get('playcall')})")
    return _from_json(content)


def _to_json(basis: Basis) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "run": basis.run,
        "act": basis.act,
        "play": basis.play,
        "playcall": basis.playcall,
        "now": basis.moment.now,
        "day": basis.moment.today,
        "environment": basis.environment,
        "project": basis.project,
        "playbooks": basis.playbooks,
        "complete": basis.complete,
        "evaluate": basis.evaluate,
        "approved": sorted(basis.approved),
        "others": sorted(basis.others),
        "load": basis.load,
        "before": basis.before,
        "tables": basis.tables,
        "past": basis.past,
        "reads": [[name, rows.columns, rows.rows] for name, rows in basis.reads.items()],
    }


def _from_json(content: Mapping[str, Any]) -> Basis:
    return Basis(
        run=content["run"],
        act=content["act"],
        play=content["play"],
        playcall=content["playcall"],
        moment=Moment(content["now"], content["day"]),
        environment=content["environment"],
        project=content["project"],
        playbooks=tuple(content["playbooks"]),
        complete=content["complete"],
        evaluate=content["evaluate"],
        approved=frozenset(content["approved"]),
        others=frozenset(content.get("others", ())),
        load=content["load"],
        before=content["before"],
        tables=content["tables"],
        past=content.get("past", {}),
        reads={name: _rows(columns, rows) for name, columns, rows in content["reads"]},
    )


def _rows(columns: list[str], rows: list[list[object]]) -> Rows:
    return Rows(tuple(columns), [tuple(row) for row in rows])


def _untagged(content: dict[str, Any]) -> object:
    return from_json(content) if is_tagged(content) else content


@frozen
class Reopened:
    """A past run's project, facts and ledger, as it saw them."""

    workspace: Workspace
    base: FactBase
    connection: Connection
    basis: Basis

    def decide(self) -> Decision:
        """The run's decisions, made again."""
        books = tuple(book for book in self.workspace.playbooks if book.name in self.basis.playbooks)
        basis = self.basis
        scope = Scope(books, basis.complete, basis.evaluate, basis.approved, basis.others)
        return decide_all(self.workspace, self.base, self.connection, self.basis.moment, scope)


@contextmanager
def reopened(workspace: Workspace, run: str) -> Iterator[Reopened]:
    """A past run as it was. Raises ``PlaycallError`` where a part of it is gone."""
    basis = read_basis(workspace, run)
    store = SnapshotStore(workspace.project.snapshots)
    snapshot = store.restore(basis.load)
    before = store.find(basis.before) if basis.before else None
    then = _project_of(basis, workspace)
    given = {table: store.object_path(digest) for table, digest in basis.tables.items()}
    missing = [str(path) for path in given.values() if not path.is_file()]
    if missing:
        raise BasisError(f"what run {run} rested on is not whole: {missing[0]} is gone")
    past = past_from_json(basis.past, kept_snapshots(then))
    gone = next((one.file for one in past.tables.values() if one and not _is_there(store, one.file)), None)
    if gone is not None:
        raise BasisError(
            f"what run {run} looked back to is not kept any more: {store.object_path(gone)} is gone"
        )
    nothing = open_ledger(IN_MEMORY, workspace.project.root)
    try:
        with (
            open_base(then, snapshot, before, basis.moment.today, given, past) as base,
            nothing.reading() as beside,
        ):
            yield Reopened(then, base, remembering(basis.reads, beside), basis)
    finally:
        nothing.close()


def _is_there(store: SnapshotStore, digest: str) -> bool:
    return not digest or store.object_path(digest).is_file()


def _project_of(basis: Basis, workspace: Workspace) -> Workspace:
    """The project as the run read it. Its sources and channels are not opened, so no secret is asked for."""
    nowhere = workspace.project.root / f"{basis.project}:"  # so that no file of the disk takes part
    files = _archive(workspace).read(basis.project)
    try:
        loaded = load(nowhere, basis.environment, Files(nowhere, opened=files))
        project, catalog, books = loaded.checked()
    except PlaycallError as error:
        raise BasisError(
            f"the project as run {basis.run} read it does not check in this version of playcall "
            f"(the run was made by {basis.playcall}): {error}"
        ) from None
    here = replace(project, root=workspace.project.root, snapshots=workspace.project.snapshots)
    playbooks = tuple(sorted(books.values(), key=lambda book: book.name))
    return Workspace(here, catalog, playbooks, workspace.clock, surveys=loaded.surveys)
