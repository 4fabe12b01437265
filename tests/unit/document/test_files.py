"""Which files of a project are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from playcall.dsl.diagnostics import Diagnostic, PlaycallError
from playcall.engine.files import Files


def test_files_are_found_by_name_and_sorted(tmp_path: Path) -> None:
    for name in ("b.yaml", "a/c.yaml", "a/c.yml", "d.yaml/e.yaml"):
        (tmp_path / "playbooks" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "playbooks" / name).touch()
    files = Files(tmp_path, {"playbooks/open.yaml": b"", "tests/t.yaml": b""})
    found = [path.relative_to(tmp_path).as_posix() for path in files.below("playbooks", "*.yaml")]
    assert found == [
        "playbooks/a/c.yaml",
        "playbooks/b.yaml",
        "playbooks/d.yaml/e.yaml",
        "playbooks/open.yaml",
    ]
    assert files.below("surveys", "*.yaml") == []


@pytest.mark.parametrize("target", ["nowhere.yaml", "link.yaml"])
def test_a_link_that_leads_nowhere_is_a_mistake(target: str, tmp_path: Path) -> None:
    (tmp_path / "link.yaml").symlink_to(target)
    files, found = Files(tmp_path), list[Diagnostic]()
    assert [files.file(path, found) for path in files.below(".", "*.yaml")] == [None]
    assert [(one.code, one.location.file) for one in found] == [("E101", "link.yaml")]


def test_a_folder_that_cannot_be_read_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "tests").symlink_to("tests")
    with pytest.raises(PlaycallError, match="tests cannot be read"):
        Files(tmp_path).below("tests", "*.yaml")
