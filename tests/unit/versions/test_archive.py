"""The archive of versions: each file once, whole or not at all, and what was altered is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from playcall.engine.versions.archive import Archive, ArchiveError, write_whole

FILES = [("playcall.yaml", "project: a\n"), ("templates/ask.ja.md", "更新\n"), ("playbooks/a.yaml", "")]


def names(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_a_version_comes_back_as_it_was(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    version = archive.keep(FILES)
    assert archive.read(version) == {path: text.encode() for path, text in FILES}


def test_the_same_files_are_the_same_version_and_take_no_room(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    version = archive.keep(FILES)
    before = names(tmp_path)
    assert archive.keep(reversed(FILES)) == version
    assert names(tmp_path) == before
    assert archive.keep([*FILES[:2], ("playbooks/a.yaml", "x")]) != version
    assert len(names(tmp_path) - before) == 2


def test_a_move_is_another_version_of_the_same_files(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    first = archive.keep(FILES)
    second = archive.keep([*FILES[:2], ("playbooks/b/a.yaml", "")])
    assert first != second
    assert len(list((tmp_path / "files").iterdir())) == 3


@pytest.mark.parametrize("part", ["files", "projects"])
def test_what_is_altered_or_gone_is_an_error(tmp_path: Path, part: str) -> None:
    archive = Archive(tmp_path)
    version = archive.keep(FILES)
    path = next((tmp_path / part).iterdir())
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ArchiveError, match="is damaged"):
        archive.read(version)
    path.unlink()
    with pytest.raises(ArchiveError, match="cannot be read"):
        archive.read(version)


def test_a_file_is_written_whole_and_once(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"one"
    write_whole(path, b"two", replace=True)
    assert (path.read_bytes(), names(tmp_path)) == (b"two", {"deep/file"})
