"""What can be done about a finding."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from lspcore import BOOK

from playcall.engine.editor.actions import Action, actions
from playcall.engine.editor.project import Analysis, OpenProject
from playcall.engine.lint.lint import lint

TODAY = date(2026, 1, 1)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
HEAD = "playbook: example\ndescribe: An example.\nowner: cs@vendor.example\nfor: contract\n"
PLAY = """\
plays:
  call:
    when: {when}
    do:
      - {{task: Call, assign: csm}}
"""


def analysed(root: Path, text: str) -> Analysis:
    return OpenProject(root).analyse({BOOK: text}, NOW)


def offered(found: Analysis, code: str) -> list[Action]:
    return [one for one in actions(found, BOOK, 1, 10**6, TODAY) if one.finding.code == code]


def applied(text: str, action: Action) -> str:
    lines = text.splitlines(keepends=True)
    (edit,) = action.edits
    lines.insert(edit.location.line - 1, edit.text)
    return "".join(lines)


# where the finding is: inside a play on one line, over several, in a flow mapping, outside of plays
RISKY = {
    "in a play": HEAD + PLAY.format(when="devices != 3"),
    "folded": HEAD + PLAY.format(when=">\n      quantity > 1 and\n      devices != 3"),
    "flow": HEAD + "plays: {call: {when: devices != 3, do: [{task: Call, assign: csm}]}}\n",
    "population": HEAD + "where: devices != 3\n" + PLAY.format(when="quantity > 1"),
    "CR LF": (HEAD + PLAY.format(when="devices != 3")).replace("\n", "\r\n"),
}


@pytest.mark.parametrize("text", RISKY.values(), ids=RISKY)
def test_a_comment_silences_the_finding(root: Path, text: str) -> None:
    (action,) = offered(analysed(root, text), "W202")
    assert "until 2026-04-01" in action.title
    silenced = applied(text, action)
    assert "# playcall: allow W202 until 2026-04-01 -- why" in silenced
    codes = [one.code for one in analysed(root, silenced).findings if one.location.file == BOOK]
    assert not {"W202", "W103", "E112"} & set(codes)


def test_no_comment_goes_into_a_text(root: Path) -> None:
    text = HEAD + "where: >\n  quantity > 1 and\n  devices != 3\n" + PLAY.format(when="quantity > 1")
    assert offered(analysed(root, text), "W202") == []


def test_an_error_of_the_loader_cannot_be_allowed(root: Path) -> None:
    found = analysed(root, HEAD + PLAY.format(when="devces == 3"))
    (guess,) = offered(found, "E203")
    assert (guess.title, guess.mends) == ("write `devices`", False)


def test_only_the_lines_that_are_asked_for(root: Path) -> None:
    found = analysed(root, RISKY["in a play"])
    assert list(actions(found, BOOK, 1, 2, TODAY)) == []
    assert list(actions(found, "playbooks/other.yaml", 1, 99, TODAY)) == []


def test_the_findings_are_those_of_lint(root: Path) -> None:
    text = HEAD + PLAY.format(when="devces != 3 and account.segmnt == 1")
    found = analysed(root, text)
    (root / BOOK).write_text(text, "utf-8")
    assert found.findings == lint(root, NOW).diagnostics
    assert len(found.findings) >= 2
