"""What is declared and used by nothing, and texts that are there and say nothing."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from playcall.engine.lint.lint import lint

EXAMPLE = Path(__file__).parents[3] / "docs" / "errors" / "example"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
HEAD = "playbook: more\ndescribe: An example.\nowner: cs@vendor.example\nfor: contract\n"
CALL = "plays:\n  call: {{when: '{}', do: [{{task: Call, assign: csm}}]}}\n"
SURVEY = "survey: pulse\nfor: contract\nquestions: {q: {ask: How is it?, nps: true}}\n"
REPORT = """\
report: answered
for: contract
where: answered("pulse")
show: {contracts: count()}
"""


def said(folder: Path, files: dict[str, str]) -> list[str]:
    shutil.copytree(EXAMPLE, folder)
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return [f"{one.location}: {one.code}: {one.message}" for one in lint(folder, NOW).diagnostics]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("quantity > 5", ["surveys/pulse.yaml:1:1: W503: nothing sends or asks for the survey `pulse`"]),
        ('answered("pulse")', []),
        ('answer("pulse") == "3"', []),
        ('count(answers where survey == "pulse") > 0', []),
        ('answered("puls")', ["playbooks/more.yaml:6:26: E413: there is no survey `puls`"]),
    ],
)
def test_a_survey(when: str, expected: list[str], tmp_path: Path) -> None:
    files = {"surveys/pulse.yaml": SURVEY, "playbooks/more.yaml": HEAD + CALL.format(when)}
    assert said(tmp_path / "p", files) == expected


def test_a_survey_that_a_report_counts(tmp_path: Path) -> None:
    assert said(tmp_path / "p", {"surveys/pulse.yaml": SURVEY, "reports/answered.yaml": REPORT}) == []


@pytest.mark.parametrize(("key", "code"), [("owner", "W501"), ("describe", "W502")])
def test_an_empty_text_is_none(key: str, code: str, tmp_path: Path) -> None:
    lines = [f'{key}: ""' if line.startswith(key) else line for line in HEAD.splitlines()]
    text = "\n".join([*lines, CALL.format("quantity > 5")])
    assert [one.split(": ")[1] for one in said(tmp_path / "p", {"playbooks/more.yaml": text})] == [code]
