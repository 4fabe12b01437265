"""`lint --changed-since`: what a change has brought, and nothing that was there before."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from clikit import Answer, Company

PLAYS = """
ask:
  when: {when}
  do:
    - task: "Call"
      assign: csm
"""
SLIP = "days_to_renwal == 140"


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@t.test", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", root, *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(company: Company) -> Company:
    """A repository whose one commit has a mistake in it."""
    company.playbook(PLAYS.format(when=SLIP), name="old")
    commit(company.root)
    return company


def commit(root: Path) -> None:
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "one")


def found(answer: Answer) -> list[str]:
    """Code and place of what was found."""
    return [f"{one['code']} {one['file']}:{one['line']}" for one in answer.json()["diagnostics"]]


def changed(company: Company, revision: str = "HEAD") -> list[str]:
    return found(company.call("lint", "--changed-since", revision, "--format", "json"))


def test_what_was_there_before_is_not_reported(repository: Company) -> None:
    assert found(repository.call("lint", "--format", "json"))
    answer = repository.call("lint", "--changed-since", "HEAD")
    assert (answer.code, answer.out) == (0, "no findings in 3 files\n")


def test_lines_that_move_are_not_changed_and_lines_that_change_are(repository: Company) -> None:
    path = repository.root / "playbooks" / "old.yaml"
    path.write_text("# a comment\n\n" + path.read_text("utf-8"), "utf-8")
    assert changed(repository) == []
    path.write_text(path.read_text("utf-8").replace("140", "90"), "utf-8")
    assert changed(repository) == ["E203 playbooks/old.yaml:9"]
    git(repository.root, "add", "-A")
    assert changed(repository) == ["E203 playbooks/old.yaml:9"]
    git(repository.root, "commit", "-q", "-m", "two")
    assert changed(repository) == []
    assert changed(repository, "HEAD~1") == ["E203 playbooks/old.yaml:9"]


def test_the_same_mistake_once_more_is_new(repository: Company) -> None:
    repository.playbook(
        PLAYS.format(when=SLIP) + PLAYS.format(when=SLIP).replace("\nask", "\nagain"), name="old"
    )
    assert len(changed(repository)) == 1


def test_files_that_git_does_not_know_yet_count(repository: Company) -> None:
    repository.playbook(PLAYS.format(when=SLIP), name="new")
    assert changed(repository) == ["E203 playbooks/new.yaml:7"]
    answer = repository.call("lint", "--changed-since", "HEAD")
    assert answer.code == 1


def test_what_a_change_breaks_in_another_file_is_found(repository: Company) -> None:
    repository.playbook(PLAYS.format(when="days_to_renewal == 140"), name="fine")
    git(repository.root, "add", "-A")
    git(repository.root, "commit", "-q", "-m", "fine")
    catalog = repository.root / "catalog" / "all.yaml"
    catalog.write_text(catalog.read_text("utf-8").replace("days_to_renewal:", "days_left:"), "utf-8")
    assert "E203 playbooks/fine.yaml:7" in changed(repository)
    assert not [one for one in changed(repository) if "old.yaml" in one]


def test_paths_narrow_it_further(repository: Company) -> None:
    for name in ("one", "two"):
        repository.playbook(PLAYS.format(when=SLIP), name=name)
    answer = repository.call("lint", "playbooks/two.yaml", "--changed-since", "HEAD", "--format", "json")
    assert found(answer) == ["E203 playbooks/two.yaml:7"]


def test_a_project_that_is_new_is_reported_whole(tmp_path: Path, company: Company) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "none")
    company.playbook(PLAYS.format(when=SLIP), name="old")
    assert "E203 playbooks/old.yaml:7" in changed(company)


def test_a_project_in_a_folder_of_the_repository(tmp_path: Path, company: Company) -> None:
    company.playbook(PLAYS.format(when=SLIP), name="old")
    commit(tmp_path)
    company.playbook(PLAYS.format(when=SLIP), name="new")
    assert changed(company) == ["E203 playbooks/new.yaml:7"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--changed-since", "no-such-branch"], 3, "no revision 'no-such-branch'"),
        (["--changed-since", "--output=x"], 3, "no revision '--output=x'"),
        (["--changed-since", "HEAD", "--fix"], 2, "exclude each other"),
    ],
)
def test_what_cannot_be_done_is_said(
    repository: Company, arguments: list[str], code: int, words: str
) -> None:
    answer = repository.call("lint", *arguments)
    assert answer.code == code
    assert words in answer.err
    assert answer.out == ""


def test_without_a_repository_or_git(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = company.call("lint", "--changed-since", "HEAD")
    assert (answer.code, "not a git repository" in answer.err) == (3, True)
    monkeypatch.setenv("PATH", str(company.root))
    answer = company.call("lint", "--changed-since", "HEAD")
    assert (answer.code, "git is not installed" in answer.err) == (3, True)
