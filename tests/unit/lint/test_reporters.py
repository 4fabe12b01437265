"""The formats of a report."""

import json
from xml.etree import ElementTree

from playcall.dsl.diagnostics import Diagnostic
from playcall.dsl.source import Location
from playcall.engine.lint import reporters
from playcall.engine.lint.reporters import MOST_PRINTED, Report

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


def test_sarif_names_rules_and_regions() -> None:
    (run,) = json.loads(reporters.sarif(REPORT))["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["E203", "W501"]
    first, second = run["results"]
    assert (first["ruleId"], first["level"], second["level"]) == ("E203", "error", "warning")
    region = first["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 2, "startColumn": 9, "endLine": 2, "endColumn": 11}
    uri = second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "playbooks/b%2Cc.yaml"


def test_junit_fails_for_errors_alone() -> None:
    suite = ElementTree.fromstring(reporters.junit(REPORT))
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [len(case.findall("failure")) for case in suite.iter("testcase")] == [1, 0]
    assert ElementTree.fromstring(reporters.junit(CLEAN)).get("tests") == "1"


def test_github_escapes_what_its_commands_would_read() -> None:
    first, second = reporters.github(REPORT).splitlines()
    assert first == (
        "::error file=playbooks/a.yaml,line=2,col=9,endLine=2,endColumn=11,title=E203"
        "::no field `日`, 100%25. did you mean `x`?"
    )
    assert second.startswith("::warning file=playbooks/b%2Cc.yaml,")
