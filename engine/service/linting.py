"""`lint --facts`: the checks of a project against the facts of its last snapshot."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ...dsl.diagnostics import Diagnostic, PlaycallError
from ..catalog.project import resolve_secrets
from ..evaluate.model import Moment
from ..facts.snapshot import SnapshotStore
from ..ledger.read import play_rows
from ..lint.lint import lint
from ..lint.online import CHECKS
from ..lint.online.facts import Facts
from ..lint.report import Report
from ..playbook.loader import Loaded
from ..ports import SystemClock
from .facts import open_base
from .workspace import Workspace


def lint_facts(
    root: Path, now: datetime, env: str | None, environ: Mapping[str, str], only: Collection[Path] = ()
) -> Report:
    """Like ``lint``, and what the last snapshot says. The ledger, where there is one, tells which plays have
    run before. Raises ``PlaycallError`` as ``lint`` does, and where no snapshot is kept."""
    return lint(root, now, env, only, online=lambda loaded: _findings(loaded, environ))


def _findings(loaded: Loaded, environ: Mapping[str, str]) -> list[Diagnostic]:
    project, catalog, playbooks = loaded.checked()
    snapshot = SnapshotStore(project.snapshots).latest()
    if snapshot is None:
        raise PlaycallError(
            f"there is no snapshot in {project.snapshots} to lint against; `playcall run` keeps one"
        )
    here = resolve_secrets(replace(project, sources={}, channels={}), environ)  # the ledger's alone
    workspace = Workspace(here, catalog, tuple(playbooks.values()), SystemClock())
    day = snapshot.as_of.astimezone(ZoneInfo(project.settings.timezone)).date()
    with (
        workspace.ledger_to_read() as ledger,
        ledger.reading() as connection,
        open_base(workspace, snapshot, None, day) as base,
    ):
        base.fill_ledger_facts(connection, day)
        facts = Facts(
            loaded=loaded,
            catalog=catalog,
            store=base.store,
            world=base.compile_world(Moment(snapshot.as_of, day)),
            kept=base.store.kept,
            rows={name: entity.rows for name, entity in snapshot.entities.items()},
            ran=frozenset((row.playbook, row.play) for row in play_rows(connection)),
        )
        return [found for check in CHECKS for found in check(facts)]
