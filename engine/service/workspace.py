"""A project, opened: checked files, secrets filled in, and the doors to its ledger and channels."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path

from ...dsl.diagnostics import AbsentError
from ...dsl.frozen import frozen
from ..catalog.model import Catalog, Project
from ..catalog.project import resolve_secrets, secret_names
from ..document import File
from ..forms.pricebook import PriceBook
from ..forms.report import Report
from ..forms.survey import Survey
from ..ledger.database import Ledger, open_ledger
from ..playbook.loader import load
from ..playbook.model import Play, Playbook
from ..ports import Clock, SystemClock
from ..shape import nearest

IN_MEMORY = "sqlite://"


@frozen
class Workspace:
    """What every use case starts from. ``clock`` is the wall clock; ``--as-of`` does not change it."""

    project: Project
    catalog: Catalog
    playbooks: tuple[Playbook, ...]
    clock: Clock
    files: tuple[File, ...] = ()  # what it was read from
    surveys: Mapping[str, Survey] = field(default_factory=dict)
    reports: Mapping[str, Report] = field(default_factory=dict)
    pricebooks: Mapping[str, PriceBook] = field(default_factory=dict)

    @classmethod
    def open(
        cls, root: Path, env: str | None, environ: Mapping[str, str], clock: Clock | None = None
    ) -> Workspace:
        """Load and check a project. Raises ``CheckError`` with all findings, or ``PlaycallError``."""
        loaded = load(root, env)
        unresolved, catalog, books = loaded.checked()
        playbooks = tuple(sorted(books.values(), key=lambda book: book.name))
        project = resolve_secrets(unresolved, environ)
        read = (loaded.files, loaded.surveys, loaded.reports, loaded.pricebooks)
        return cls(project, catalog, playbooks, clock or SystemClock(), *read)

    @property
    def fingerprint(self) -> str:
        """Changes when, and only when, the meaning of some playbook does."""
        parts = "\n".join(f"{book.name} {book.fingerprint}" for book in self.playbooks)
        return hashlib.sha256(parts.encode()).hexdigest()

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The project's ledger, made if it does not exist. Raises ``LedgerError``."""
        ledger = open_ledger(self.project.ledger_url, self.project.root)
        try:
            yield ledger
        finally:
            ledger.close()

    @contextmanager
    def ledger_to_read(self) -> Iterator[Ledger]:
        """The project's ledger as it is; an empty one in memory where none exists yet."""
        path = self._sqlite_file()
        url = IN_MEMORY if path is not None and not path.exists() else self.project.ledger_url
        ledger = open_ledger(url, self.project.root)
        try:
            yield ledger
        finally:
            ledger.close()

    def _sqlite_file(self) -> Path | None:
        from sqlalchemy import make_url

        url = make_url(self.project.ledger_url)
        if url.get_backend_name() != "sqlite" or not url.database:
            return None
        return self.project.root / url.database

    def playbook(self, name: str) -> Playbook:
        """The playbook of that name. Raises ``AbsentError`` that says which there are."""
        for book in self.playbooks:
            if book.name == name:
                return book
        raise AbsentError(_unknown("playbook", name, [book.name for book in self.playbooks]))

    def report(self, name: str) -> Report:
        """The report of that name. Raises ``AbsentError`` that says which there are."""
        if name not in self.reports:
            raise AbsentError(_unknown("report", name, sorted(self.reports)))
        return self.reports[name]

    def play(self, target: str) -> tuple[Playbook, Play]:
        """``PLAYBOOK.PLAY``, or ``PLAYBOOK`` where it has one play. Raises ``AbsentError``."""
        name, _, play = target.partition(".")
        book = self.playbook(name)
        if not play and len(book.plays) == 1:
            return book, next(iter(book.plays.values()))
        if play not in book.plays:
            raise AbsentError(_unknown(f"play of {name}", play, list(book.plays)))
        return book, book.plays[play]


def secrets_of(workspace: Workspace, environ: Mapping[str, str]) -> list[str]:
    """The values of every ``${NAME}`` that the project's files name: never to be shown."""
    names = {name for file in workspace.files for name in secret_names(file.text)}
    return [environ[name] for name in sorted(names) if name in environ]


def _unknown(kind: str, name: str, known: list[str]) -> str:
    if not name:
        return f"say which {kind}: {', '.join(known)}"
    close = nearest(name, known)
    hint = f"did you mean {close}?" if close else f"there are: {', '.join(known) or 'none'}"
    return f"there is no {kind} `{name}`; {hint}"
