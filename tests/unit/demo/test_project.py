"""The demo and starter projects as written to a folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from playcall.engine.demo.project import write_demo, write_starter


def test_the_demo_is_a_whole_project(tmp_path: Path) -> None:
    write_demo(tmp_path / "demo", date(2026, 11, 22))
    written = {path.relative_to(tmp_path / "demo").as_posix() for path in tmp_path.rglob("*")}
    assert {"playcall.yaml", "catalog/contracts.yaml", "playbooks/renewal-intent.yaml"} <= written
    assert {
        "templates/upgrade-invitation.ja.md",
        "data/support.db",
        "data/finance/contracts.parquet",
    } <= written


def test_the_starter_takes_its_gitignore_along(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write_starter(tmp_path)
    assert (tmp_path / ".gitignore").read_text() == ".playcall/\n"
    assert (tmp_path / "playcall.yaml").is_file()


@pytest.mark.parametrize("occupied", ["a file", "a folder"])
def test_what_is_there_is_not_written_over(tmp_path: Path, occupied: str) -> None:
    target = tmp_path / "mine"
    if occupied == "a file":
        target.write_text("keep me")
    else:
        target.mkdir()
        (target / "notes.txt").write_text("keep me")
    with pytest.raises(FileExistsError, match="choose another name"):
        write_starter(target)
