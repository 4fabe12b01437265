"""A project as an editor sees it: open texts over the files on disk, read and checked as often as they
change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ...dsl.diagnostics import Diagnostic, PlaycallError
from ...dsl.frozen import frozen
from ..catalog.model import Catalog, Project
from ..catalog.project import FILE
from ..document import Entries, File, Scalar
from ..files import Document, Files
from ..garbage import uncollected
from ..lint.lint import checked, in_order
from ..playbook.loader import Loaded, load

# Findings after which parts of the project are not known: what was known before serves better.
_UNREAD = frozenset({"E101", "E108"})


@frozen
class Knowledge:
    """What is known of a project: the last reading in which every file could be read, or the last one of
    all."""

    root: Path
    loaded: Loaded
    project: Project
    catalog: Catalog
    settings: Entries | None

    def setting(self, section: str) -> Mapping[str, Scalar]:
        """The entries of a section of playcall.yaml (``users``, ``topics``, ``channels`` …): name → key."""
        node = self.settings.values.get(section) if self.settings is not None else None
        return node.keys if isinstance(node, Entries) else {}

    def templates(self) -> Mapping[str, Mapping[str, Path]]:
        """The project's templates: name → locale → file."""
        return self.loaded.templates.library.files


@frozen
class Analysis:
    """What `playcall lint` says of a project with its open texts. ``silent``: those of the findings that a
    comment may silence; ``trouble``: why nothing could be read, or empty."""

    findings: tuple[Diagnostic, ...]
    silent: frozenset[Diagnostic]
    files: Mapping[str, File]
    loaded: Loaded | None
    trouble: str = ""


@dataclass(slots=True)
class OpenProject:
    """One project in an editor. ``analyse`` is called by one thread at a time."""

    root: Path
    env: str | None = None
    analysis: Analysis | None = None
    knowledge: Knowledge | None = None
    _known: dict[str, Document] = field(default_factory=dict)

    @uncollected()
    def analyse(self, opened: Mapping[str, str], now: datetime) -> Analysis:
        """Reads and checks the project; ``opened`` are the texts of open files by name."""
        data = {name: text.encode() for name, text in opened.items()}
        try:
            loaded = load(self.root, self.env, Files(self.root, data, self._known))
        except (PlaycallError, OSError) as error:
            self.analysis = Analysis((), frozenset(), {}, None, str(error))
            return self.analysis
        found = checked(loaded, now)
        silent = frozenset(one for one in found if one.code not in ("E112", "W103"))
        files = {file.name: file for file in loaded.files}
        everything = in_order({*loaded.diagnostics, *found})
        self.analysis = Analysis(everything, silent, files, loaded)
        self._learn(loaded)
        return self.analysis

    def _learn(self, loaded: Loaded) -> None:
        if loaded.project is None or loaded.catalog is None:
            return
        is_whole = all(one.code not in _UNREAD for one in loaded.diagnostics)
        if is_whole or self.knowledge is None:
            node = self._known[FILE][1] if FILE in self._known else None
            settings = node if isinstance(node, Entries) else None
            self.knowledge = Knowledge(self.root, loaded, loaded.project, loaded.catalog, settings)
