"""A project at a revision of git, opened beside the one at hand: its rules, over the facts of the present."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...dsl.diagnostics import PlaycallError
from ..catalog.model import Project, SourceConfig
from ..catalog.project import resolve_secrets
from ..facts.fingerprint import stored_fingerprint
from ..files import Files
from ..playbook.loader import Loaded, load
from ..versions.git import Revision, RevisionError
from .workspace import Workspace


def workspace_at(revision: Revision, workspace: Workspace, environ: Mapping[str, str]) -> Workspace:
    """The project of a revision with the ledger, snapshots and data of the one at hand. Raises
    ``RevisionError`` where it does not check, with what is wrong, or lacks the environment or a variable."""
    project = workspace.project
    nowhere = project.root / f"{revision.commit}:"  # so that no file of the disk takes part
    try:
        loaded = load(nowhere, project.environment, Files(nowhere, opened=revision.files))
        if loaded.errors or loaded.project is None:
            raise RevisionError(_mistakes(revision, loaded))
        unresolved, catalog, books = loaded.checked()
        resolved = resolve_secrets(_with_data_of(unresolved, project), environ)
    except RevisionError:
        raise
    except PlaycallError as error:
        raise RevisionError(f"at {revision}: {error}") from None
    playbooks = tuple(sorted(books.values(), key=lambda book: book.name))
    here = replace(resolved, ledger_url=project.ledger_url)
    return Workspace(here, catalog, playbooks, workspace.clock, surveys=loaded.surveys)


def _with_data_of(project: Project, present: Project) -> Project:
    """No channel is opened and no engine asked: what secrets they need does not matter here."""
    own = {"root": present.root, "snapshots": present.snapshots}
    return replace(project, channels={}, ledger_url="", engine_url="", **own)  # type: ignore[arg-type]


def _mistakes(revision: Revision, loaded: Loaded) -> str:
    """What is wrong with a revision's files, as `lint` shows it."""
    from ..lint import reporters
    from ..lint.report import Report

    texts = {name: content.decode("utf-8", "replace") for name, content in revision.files.items()}
    found = loaded.errors
    shown = reporters.text(Report(found, len({one.location.file for one in found}), texts))
    return f"the project at {revision} has errors, so nothing can be compared with it:\n{shown}"


def same_records(left: Workspace, right: Workspace) -> bool:
    """Whether both make the same records of the same sources."""
    mine, theirs = left.project, right.project
    return (
        stored_fingerprint(left.catalog) == stored_fingerprint(right.catalog)
        and _sources(mine) == _sources(theirs)
        and mine.users == theirs.users
        and mine.settings.timezone == theirs.settings.timezone
    )


def _sources(project: Project) -> dict[str, tuple[object, ...]]:
    def content(source: SourceConfig) -> tuple[object, ...]:
        return source.adapter, source.options, source.fresh_within, source.fresh_by

    return {name: content(source) for name, source in project.sources.items()}
