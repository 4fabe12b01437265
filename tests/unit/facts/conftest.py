"""Small projects on disk, loaded: what the tests of the facts share."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from playcall.engine.catalog.loader import load_catalog
from playcall.engine.catalog.model import Catalog, Project
from playcall.engine.catalog.project import load_project
from playcall.engine.facts.load import load
from playcall.engine.facts.model import Problem, Snapshot, SourceState
from playcall.engine.facts.store import FactStore, open_facts
from playcall.engine.files import Files
from playcall.engine.ports import FixedClock
from playcall.engine.shape import Findings

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PROJECT = """
project: test
timezone: Asia/Tokyo
currency: JPY
"""


@dataclass
class Folder:
    """A project under ``root``, opened anew at each call."""

    root: Path

    def write(self, file: str, content: str | bytes) -> None:
        """A file under ``data/``."""
        path = self.root / "data" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def parquet(self, file: str, select: str) -> None:
        """A Parquet file under ``data/`` with a query's rows."""
        (self.root / "data").mkdir(exist_ok=True)
        with duckdb.connect() as connection:
            connection.execute(f"COPY ({select}) TO '{self.root / 'data' / file}'")

    def open(self) -> tuple[Catalog, Project]:
        findings = Findings()
        files = Files(self.root)
        project = load_project(self.root, None, findings, files)
        assert project is not None
        catalog = load_catalog(project, findings, files)
        assert not findings.items
        return catalog, project

    def load(self, as_of: datetime = NOW, threads: int | None = None) -> Snapshot:
        return load(*self.open(), FixedClock(as_of), wall=FixedClock(NOW), threads=threads)

    def store(self, as_of: datetime = NOW) -> FactStore:
        catalog, _ = self.open()
        return open_facts(self.load(as_of), catalog)

    def rows(self, select: str) -> list[tuple[object, ...]]:
        """A query over a fresh load."""
        with self.store() as store:
            return store.execute(select)


MakeFolder = Callable[..., Folder]


@pytest.fixture
def folder(tmp_path: Path) -> MakeFolder:
    """Makes a project: the catalogue's text, more keys of playcall.yaml, and files under ``data/``."""

    def make(
        catalog: str,
        files: dict[str, str] | None = None,
        sources: str = "{crm: {adapter: files, path: data}}",
    ) -> Folder:
        (tmp_path / "catalog").mkdir(exist_ok=True)
        (tmp_path / "catalog" / "all.yaml").write_text(textwrap.dedent(catalog), encoding="utf-8")
        text = f"{PROJECT}sources: {sources}\nusers: {{kato: {{name: Kato, email: kato@acme.example}}}}\n"
        (tmp_path / "playcall.yaml").write_text(text, encoding="utf-8")
        made = Folder(tmp_path)
        for file, content in (files or {}).items():
            made.write(file, content)
        return made

    return make


def problems(snapshot: Snapshot, table: str) -> dict[tuple[str, str], Problem]:
    """The problems of one table by (field, kind)."""
    return {(p.field, p.kind): p for p in state(snapshot, table).problems}


def state(snapshot: Snapshot, table: str) -> SourceState:
    found = snapshot.state(*table.split("."))
    assert found is not None
    return found
