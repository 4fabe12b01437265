"""`playcall fmt` as a user drives it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clikit import Company

UGLY = """\
plays:
   call: {do: [{assign: csm,   task: Call}],  when: quantity<5}
for: contract # who
playbook: x
"""
NEAT = """\
playbook: x
for: contract  # who
plays:
  call: {when: quantity < 5, do: [{task: Call, assign: csm}]}
"""


@pytest.fixture
def neat(company: Company) -> Company:
    """A company whose files are laid out, but for those that a test adds."""
    assert company.call("fmt").code == 0
    assert company.call("fmt", "--check").code == 0
    return company


def test_files_are_laid_out_once(neat: Company) -> None:
    neat.write({"playbooks/x.yaml": UGLY})
    path = neat.root / "playbooks" / "x.yaml"
    path.chmod(0o600)
    answer = neat.call("fmt")
    assert (answer.code, answer.out) == (0, "playbooks/x.yaml\n")
    assert answer.err == "1 of 3 file(s) changed\n"
    assert path.read_text("utf-8") == NEAT
    assert path.stat().st_mode & 0o777 == 0o600
    written = path.stat().st_mtime_ns
    assert neat.call("fmt").out == ""
    assert path.stat().st_mtime_ns == written, "what is laid out is not written again"
    assert [one.name for one in path.parent.iterdir()] == ["x.yaml"]


def test_check_lists_and_changes_nothing(neat: Company) -> None:
    neat.write({"playbooks/x.yaml": UGLY})
    answer = neat.call("fmt", "--check")
    assert (answer.code, answer.out, answer.err) == (1, "playbooks/x.yaml\n", "1 of 3 file(s) would change\n")
    assert (neat.root / "playbooks" / "x.yaml").read_text("utf-8") == UGLY


def test_diff_shows_and_changes_nothing(neat: Company) -> None:
    neat.write({"playbooks/x.yaml": UGLY.rstrip("\n")})
    answer = neat.call("fmt", "--diff")
    assert answer.code == 0
    assert answer.out.startswith("--- playbooks/x.yaml\n+++ playbooks/x.yaml\n@@ ")
    assert "-playbook: x\n\\ No newline at end of file\n" in answer.out
    assert "+playbook: x\n" in answer.out
    assert neat.call("fmt", "--diff", "--check").code == 1
    assert (neat.root / "playbooks" / "x.yaml").read_text("utf-8") == UGLY.rstrip("\n")


def test_a_file_that_does_not_parse_is_reported_and_the_others_are_laid_out(neat: Company) -> None:
    broken = "playbook: [x\nfor:   contract\n"
    neat.write({"playbooks/broken.yaml": broken, "playbooks/x.yaml": UGLY})
    answer = neat.call("fmt")
    assert (answer.code, answer.out) == (1, "playbooks/x.yaml\n")
    assert "playbooks/broken.yaml:1:" in answer.err
    assert "error E101" in answer.err
    assert (neat.root / "playbooks" / "broken.yaml").read_text("utf-8") == broken


def test_only_what_is_named(neat: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    neat.write({"playbooks/x.yaml": UGLY, "playbooks/deep/y.yaml": UGLY, "playbooks/.hidden/z.yaml": UGLY})
    assert neat.call("fmt", "--check", "playbooks/deep").out == "playbooks/deep/y.yaml\n"
    assert neat.call("fmt", "--check", "playbooks").out == "playbooks/deep/y.yaml\nplaybooks/x.yaml\n"
    assert neat.call("fmt", "--check", "playbooks/x.yaml", "playbooks").out.count("x.yaml") == 1
    (tmp_path / "alone.yaml").write_text(UGLY, "utf-8")
    monkeypatch.chdir(tmp_path)
    answer = neat.call("fmt", "alone.yaml")
    assert (answer.code, (tmp_path / "alone.yaml").read_text("utf-8")) == (0, NEAT)


def test_files_outside_the_project(neat: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "x.yaml").write_text(UGLY, "utf-8")
    (elsewhere / "broken.yaml").write_text("a: [1\n", "utf-8")
    monkeypatch.chdir(neat.root)
    beside = os.path.relpath(elsewhere / "x.yaml", neat.root)
    assert neat.call("fmt", "--check", beside).out == f"{beside}\n"
    monkeypatch.chdir(tmp_path)
    answer = neat.call("fmt", "elsewhere")
    assert (answer.code, answer.out) == (1, "elsewhere/x.yaml\n")
    assert "elsewhere/broken.yaml:1:4: error E101" in answer.err
    assert "    1 | a: [1\n" in answer.err
    assert (elsewhere / "x.yaml").read_text("utf-8") == NEAT


def test_what_cannot_be_done_is_said(neat: Company) -> None:
    answer = neat.call("fmt", "nowhere.yaml")
    assert (answer.code, answer.err) == (3, "playcall: there is no file or folder nowhere.yaml\n")
    (neat.root / "note.md").write_text("# A note\n", "utf-8")
    answer = neat.call("fmt", "note.md")
    assert (answer.code, "note.md is no YAML file" in answer.err) == (3, True)
    (neat.root / "playcall.yaml").unlink()
    answer = neat.call("fmt")
    assert (answer.code, "has no playcall.yaml" in answer.err) == (3, True)


def test_the_byte_order_mark_and_line_ends_stay(neat: Company) -> None:
    path = neat.root / "playbooks" / "x.yaml"
    path.parent.mkdir()
    path.write_bytes(b"\xef\xbb\xbf" + UGLY.replace("\n", "\r\n").encode())
    assert neat.call("fmt").code == 0
    assert path.read_bytes() == b"\xef\xbb\xbf" + NEAT.replace("\n", "\r\n").encode()
