"""The formats of a report."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import xmlschema
from jsonschema import Draft4Validator

from playcall.dsl.diagnostics import CODES, Diagnostic, Fix
from playcall.dsl.source import Edit, Location
from playcall.engine.lint import reporters
from playcall.engine.lint.report import Report, seen_from
from playcall.engine.lint.reporters import MOST_PRINTED

ERROR = Diagnostic(
    Location("playbooks/a.yaml", 2, 9, 2, 11), "E203", "no field `日`, 100%", "did you mean `x`?"
)
WARNING = Diagnostic(Location("playbooks/b,c.yaml", 1, 1, 1, 2), "W501", "no <owner>")
TEXTS = {"playbooks/a.yaml": "playbook: a\nwhere: 更新 == 1\r\n", "playbooks/b,c.yaml": "playbook: b\n"}
REPORT = Report((ERROR, WARNING), 2, TEXTS)
CLEAN = Report((), 1, {})


def test_text_puts_carets_under_wide_characters() -> None:
    lines = reporters.text(REPORT).splitlines()
    assert lines[0] == "playbooks/a.yaml:2:9: error E203: no field `日`, 100%"
    assert lines[1] == "    2 | where: 更新 == 1"
    assert lines[2] == "      |          ^^^"
    assert lines[3] == "   help: did you mean `x`?"
    assert lines[-1] == "1 error, 1 warning in 2 files"
    assert reporters.text(CLEAN) == "no findings in 1 file\n"


def test_text_is_capped_and_says_so() -> None:
    many = Report((WARNING,) * (MOST_PRINTED + 7), 2, TEXTS)
    assert reporters.text(many).splitlines()[-2:] == [
        "… and 7 more",
        f"0 errors, {MOST_PRINTED + 7} warnings in 2 files",
    ]
    assert len(json.loads(reporters.as_json(many))["diagnostics"]) == MOST_PRINTED + 7


def test_json_has_the_keys_that_are_promised() -> None:
    body = json.loads(reporters.as_json(REPORT))
    assert (body["errors"], body["warnings"], body["files"]) == (1, 1, 2)
    assert body["diagnostics"][0] == {
        "code": "E203", "severity": "error", "message": "no field `日`, 100%", "file": "playbooks/a.yaml",
        "line": 2, "column": 9, "end_line": 2, "end_column": 11, "help": "did you mean `x`?",
    }  # fmt: skip


VENDOR = Path(__file__).parents[2] / "vendor"

# What formats stumble over: characters that XML cannot hold, an emoji before the place (two UTF-16 units),
# several lines, the signs of workflow commands, a fix that inserts.
HOSTILE = Report(
    (
        Diagnostic(
            Location("playbooks/😀 #1.yaml", 1, 3, 1, 5), "E201", 'a\x00b\x1b]]>&"\ud83d', "c\r\nd",
            Fix("write it", (Edit(Location("playbooks/😀 #1.yaml", 1, 3, 1, 3), '"'),)),
        ),
        Diagnostic(Location("playbooks/😀 #1.yaml", 1, 2, 2, 3), "W203", "over two lines"),
        *(Diagnostic(Location("a.yaml", 1, 1, 1, 2), code, meaning) for code, meaning in CODES.items()),
    ),
    2,
    {"playbooks/😀 #1.yaml": "😀x: y\r次"},
)  # fmt: skip
REPORTS = [REPORT, CLEAN, HOSTILE, replace(HOSTILE, fail_on="warning", folder="teams/cs")]


def _run(report: Report) -> Any:
    (run,) = json.loads(reporters.sarif(report))["runs"]
    return run


@pytest.mark.parametrize("report", REPORTS)
def test_sarif_is_valid(report: Report) -> None:
    schema = json.loads((VENDOR / "sarif-2.1.0.json").read_text("utf-8"))
    body = json.loads(reporters.sarif(report).encode("utf-8", "replace"))
    Draft4Validator(schema).validate(body)


def test_sarif_names_rules_and_regions() -> None:
    run = _run(REPORT)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["E203", "W501"]
    first, second = run["results"]
    assert [rules[one["ruleIndex"]]["id"] for one in (first, second)] == [first["ruleId"], second["ruleId"]]
    assert (first["level"], second["level"]) == ("error", "warning")
    region = first["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 2, "startColumn": 9, "endLine": 2, "endColumn": 11}
    uri = second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "playbooks/b%2Cc.yaml"


def test_sarif_counts_columns_in_utf_16_and_carries_fixes() -> None:
    run = _run(replace(HOSTILE, folder="teams/cs"))
    assert (run["columnKind"], run["newlineSequences"]) == ("utf16CodeUnits", ["\r\n", "\n", "\r"])
    first, second = run["results"][:2]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "teams/cs/playbooks/%F0%9F%98%80%20%231.yaml"
    assert place["region"] == {"startLine": 1, "startColumn": 4, "endLine": 1, "endColumn": 6}
    (fix,) = first["fixes"]
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"] == place["artifactLocation"]
    (replacement,) = change["replacements"]
    assert replacement["deletedRegion"]["startColumn"] == replacement["deletedRegion"]["endColumn"] == 4
    assert replacement["insertedContent"] == {"text": '"'}
    assert "fixes" not in second


@pytest.mark.parametrize("report", REPORTS)
def test_junit_is_valid(report: Report) -> None:
    schema = xmlschema.XMLSchema(VENDOR / "junit-10.xsd")
    schema.validate(reporters.junit(report))


def test_junit_fails_for_what_makes_the_command_fail() -> None:
    suite = ElementTree.fromstring(reporters.junit(REPORT))
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [len(case.findall("failure")) for case in suite.iter("testcase")] == [1, 0]
    assert ElementTree.fromstring(reporters.junit(CLEAN)).get("tests") == "1"
    strict = replace(REPORT, fail_on="warning")
    assert ElementTree.fromstring(reporters.junit(strict)).get("failures") == "2"
    assert (REPORT.failed, CLEAN.failed, strict.failed) == (True, False, True)


def test_findings_of_a_project_in_a_folder_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "teams" / "cs").mkdir(parents=True)
    assert seen_from(tmp_path / "teams" / "cs", tmp_path) == "teams/cs"
    assert seen_from(tmp_path, tmp_path) == seen_from(tmp_path, tmp_path / "teams") == ""
    first = reporters.github(replace(REPORT, folder="teams/cs")).splitlines()[0]
    assert first.startswith("::error file=teams/cs/playbooks/a.yaml,line=2,")


def test_github_gives_no_columns_of_findings_over_several_lines() -> None:
    over_two = reporters.github(HOSTILE).splitlines()[1]
    assert over_two == "::warning file=playbooks/😀 #1.yaml,line=1,endLine=2,title=W203::over two lines"


def test_github_escapes_what_its_commands_would_read() -> None:
    first, second = reporters.github(REPORT).splitlines()
    assert first == (
        "::error file=playbooks/a.yaml,line=2,endLine=2,col=9,endColumn=11,title=E203"
        "::no field `日`, 100%25. did you mean `x`?"
    )
    assert second.startswith("::warning file=playbooks/b%2Cc.yaml,")
