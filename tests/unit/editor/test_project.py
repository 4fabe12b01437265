"""A project as an editor holds it: what is read again, what is remembered."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lspcore import BOOK

from playcall.engine import files
from playcall.engine.document import File, Node
from playcall.engine.editor.desk import Desk
from playcall.engine.editor.project import OpenProject

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_what_has_not_changed_is_not_parsed_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    read = files.read_document

    def counting(file: File, found: list[files.Diagnostic]) -> Node | None:
        parsed.append(file.name)
        return read(file, found)

    monkeypatch.setattr(files, "read_document", counting)
    project = OpenProject(root)
    text = (root / BOOK).read_text("utf-8")
    project.analyse({}, NOW)
    assert BOOK in parsed
    parsed.clear()
    project.analyse({}, NOW)
    assert parsed == []
    project.analyse({BOOK: text.replace("140", "120")}, NOW)
    assert parsed == [BOOK]


def test_what_was_known_serves_while_a_file_cannot_be_read(root: Path) -> None:
    project = OpenProject(root)
    project.analyse({}, NOW)
    before = project.knowledge
    project.analyse({"catalog/customers.yaml": "entities: ["}, NOW)
    assert project.knowledge is before
    project.analyse({BOOK: "playbook: example\nwhere: nonsense\n"}, NOW)
    assert project.knowledge is not before


def test_a_project_with_an_unknown_environment_says_so(root: Path) -> None:
    project = OpenProject(root, "nowhere")
    assert "nowhere" in project.analyse({}, NOW).trouble
    assert project.knowledge is None


def test_the_nearest_project_is_meant(root: Path) -> None:
    inner = root / "clients" / "inner"
    inner.mkdir(parents=True)
    (inner / "playcall.yaml").write_text("project: inner\n")
    desk = Desk()
    outer, nearest = desk.project_of(root / BOOK), desk.project_of(inner / BOOK)
    assert outer is not None and nearest is not None
    assert (outer.root, nearest.root) == (root, inner)
    assert desk.project_of(root.parent / "elsewhere.yaml") is None


def test_a_text_is_what_a_file_can_hold(root: Path) -> None:
    desk = Desk()
    desk.put("file:///x", root / BOOK, "\ufeffa: \ud83d\n", 1)
    assert desk.documents["file:///x"].text == "a: ?\n"
