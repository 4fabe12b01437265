"""A project at a revision: what of a tree belongs to it, whatever its files are called."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from playcall.engine.versions.git import Revision, RevisionError, project_at


def git(folder: Path, *arguments: str) -> str:
    people = [f"GIT_{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")]
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    environ = os.environ | own | dict.fromkeys(people, "x@acme.test")
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a project in a folder below it."""
    root = tmp_path / "a repository"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    put(root, "teams/c s/playcall.yaml", "project: a\n")
    return root


def put(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def commit(root: Path) -> str:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "a change")
    return git(root, "rev-parse", "HEAD")


def at(root: Path, revision: str = "HEAD") -> dict[str, bytes]:
    return dict(project_at(root / "teams" / "c s", revision).files)


def test_only_files_that_a_project_is_read_from(repository: Path) -> None:
    ours = ["playbooks/a.yaml", "playbooks/deep/é 'q' \t.yaml", "templates/ask.ja.md", "catalog/x.yaml"]
    for name in ours:
        put(repository, f"teams/c s/{name}", name)
    for name in ("data/crm/contracts.csv", "playbooks/notes.txt", "templates/logo.png", "other.yaml"):
        put(repository, f"teams/c s/{name}", name)
    put(repository, "playbooks/not-ours.yaml", "x")
    commit(repository)
    assert set(at(repository)) == {"playcall.yaml", *ours}
    assert at(repository)["playbooks/a.yaml"] == b"playbooks/a.yaml"


def test_contents_are_the_bytes_that_were_committed(repository: Path) -> None:
    text = "a\r\nb\x00\n\n" * 3
    (repository / "teams/c s/playbooks").mkdir()
    (repository / "teams/c s/playbooks/a.yaml").write_bytes(text.encode())
    put(repository, "teams/c s/playbooks/empty.yaml", "")
    commit(repository)
    put(repository, "teams/c s/playbooks/a.yaml", "since")
    assert at(repository)["playbooks/a.yaml"] == text.encode()
    assert at(repository)["playbooks/empty.yaml"] == b""


def test_any_name_of_a_commit(repository: Path) -> None:
    first = commit(repository)
    put(repository, "teams/c s/catalog/x.yaml", "x")
    commit(repository)
    git(repository, "tag", "-a", "v1", "-m", "one", first)
    for revision in (first, first[:8], "HEAD~1", "v1", "main@{1}"):
        assert set(at(repository, revision)) == {"playcall.yaml"}, revision
    assert str(Revision("v1", first, {})) == f"v1 ({first[:10]})"
    assert str(Revision(first, first, {})) == first


def test_a_folder_that_is_a_link(repository: Path) -> None:
    put(repository, "shared/ask.md", "x")
    (repository / "teams/c s/templates").symlink_to("../../shared")
    (repository / "teams/c s/playbooks").mkdir()
    (repository / "teams/c s/playbooks/data").symlink_to("/var")
    commit(repository)
    assert set(at(repository)) == {"playcall.yaml", "templates/ask.md"}


@pytest.mark.parametrize("revision", ["", "-h", "HEAD:teams", "main..main", "a\nb", "^"])
def test_what_is_no_commit(repository: Path, revision: str) -> None:
    commit(repository)
    with pytest.raises(RevisionError, match="git knows no revision"):
        at(repository, revision)


def test_a_hooks_environment_does_not_lead_away(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repository)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", "nowhere")
    assert set(at(repository)) == {"playcall.yaml"}


def test_git_is_not_there(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(repository)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RevisionError, match="git is not installed"):
        at(repository)
