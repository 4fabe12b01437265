"""`playcall test` as an author uses it: what passes, what fails and how it says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from clikit import Company
from playcall.engine.demo.project import write_starter
from playcall.engine.service.schemas import read_schema

HEAD = """\
where: status == "active" and not auto_renew
params: {lead: 140}
stop: status in ["cancelled", "renewed"]
"""
PLAYS = """\
ask:
  when: days_to_renewal == lead
  grace: 7d
  do: [{email: ask, to: decision_maker, from: csm}]
save:
  when: account.nps <= 6
  unless: account.segment == "longtail"
  do: [{task: "Save {{ account.name }}", assign: csm, priority: high, due: 2bd}]
escalate:
  after: save + 2d
  if: open_task("save")
  do: [{task: "Nobody has acted", assign: csm}]
"""
FILE = """\
playbook: renewals
start: 2026-02-27
records:
  contract:
    C1: {account_id: A1, status: active, auto_renew: false, term_start: 2025-07-20, renewal_date: 2026-07-20}
  account:  {A1: {name: Acme, csm: kato, segment: mid}}
  contact:  {"ceo@acme.test": {account_id: A1, name: Carla, role: decision_maker}}
tests:
"""
ASKED = "{on: 2026-03-02, play: ask, record: C1, action: email, to: ceo@acme.test}"


@pytest.fixture
def site(company: Company) -> Company:
    company.playbook(PLAYS, HEAD)
    return company


def outcome(site: Company, tests: str, *arguments: str) -> tuple[int, Any]:
    """Exit code and JSON of the tests (YAML below ``tests:``); the JSON keeps its schema."""
    lines = "".join(f"  {line}\n" if line else "\n" for line in tests.strip("\n").split("\n"))
    site.write({"tests/renewals.yaml": FILE + lines})
    answer = site.call("test", *arguments, "--format", "json")
    report = answer.json()
    errors = Draft202012Validator(json.loads(read_schema("test"))).iter_errors(report)
    assert [error.message for error in errors] == []
    return answer.code, report


def passes(site: Company, tests: str) -> None:
    code, report = outcome(site, tests)
    assert report["diagnostics"] == [] and report["problems"] == []
    assert [failure for one in report["tests"] for failure in one["failures"]] == []
    assert code == 0


PASSING = {
    "asks once, across an outage of two days": """
- name: t
  run_on: [2026-03-01, 2026-03-04, 2026-03-05]
  expect: [{on: 2026-03-04, play: ask, record: C1, action: email, to: ceo@acme.test, late_days: 2}]
  nothing_else: true
""",
    "a range; a field set on a day": """
- name: t
  run_on: 2026-03-03..2026-03-06
  records: {contract: {C1: {renewal_date: 2027-01-01}}}
  set: [{on: 2026-03-03, account: {A1: {nps: 3}}}]
  expect:
    - {on: 2026-03-03, play: save, action: task, assignee: kato, title: Save Acme, priority: high}
    - {on: 2026-03-05, play: escalate, action: task, assignee: kato}
  nothing_else: true
""",
    "a single day; nothing at all": """
- name: t
  run_on: 2026-03-01
  nothing_else: true
""",
    "a record that comes and one that goes": """
- name: t
  run_on: [2026-03-01, 2026-03-02, 2026-03-03]
  set:
    - {on: 2026-03-02, contract: {C1: null, C2: {account_id: A1, renewal_date: 2026-07-21}}}
  expect: [{on: 2026-03-03, play: ask, record: C2}]
  nothing_else: true
""",
    "a missing value": """
- name: t
  run_on: [2026-03-02, 2026-03-04]
  set:
    - {on: 2026-03-02, contract: {C1: {renewal_date: missing}}, account: {A1: {nps: missing}}}
  nothing_else: true
""",
    "a source that is down, and made up for": """
- name: t
  run_on: 2026-03-01..2026-03-03
  down: [{on: 2026-03-02, source: crm, status: stale}]
  expect:
    - {on: 2026-03-02, play: ask, verdict: held, reason: source}
    - {on: 2026-03-03, play: ask, action: email, late_days: 1}
  nothing_else: true
""",
    "a source that is broken on the first day, of plays that have been running": """
- name: t
  run_on: 2026-03-02..2026-03-03
  down: [{on: 2026-03-02, source: crm}]
  expect:
    - {on: 2026-03-02, play: ask, record: C1, verdict: held, reason: source}
    - {on: 2026-03-03, play: ask, action: email, late_days: 1}
  nothing_else: true
""",
    "a source that is broken when plays are deployed knows of nobody": """
- name: t
  start: 2026-03-02
  run_on: 2026-03-02..2026-03-03
  down: [{on: 2026-03-02, source: crm}]
  expect: [{on: 2026-03-03, play: ask, action: email, late_days: 1}]
  nothing_else: true
""",
    "a matrix over a param": """
- name: t
  matrix: {lead: [140, 141, 142]}
  run_on: 2026-02-27..2026-03-02
  expect: [{play: ask, action: email, late_days: 0}]
  nothing_else: true
""",
    "params of a test": """
- name: t
  params: {lead: 100}
  run_on: [2026-03-02, 2026-04-11]
  expect: [{on: 2026-04-11, play: ask}]
  nothing_else: true
""",
    "subject and body": """
- name: t
  run_on: 2026-03-02
  records: {contract: {C1: {product: mdm}}}
  expect:
    - on: 2026-03-02
      play: ask
      subject: mdm ends on July 20, 2026
      body_contains: [Dear Carla, your contract C1]
      from: kato@acme.test
""",
    "a task that a person has done": """
- name: t
  run_on: [2026-03-03, 2026-03-05]
  records: {account: {A1: {nps: 0}}, contract: {C1: {renewal_date: 2027-01-01}}}
  done: [{on: 2026-03-03, play: save, record: C1}]
  expect:
    - {on: 2026-03-03, play: save, action: task}
    - {on: 2026-03-05, play: escalate, verdict: declined, reason: if}
  nothing_else: true
""",
    "a state that ends closes its task": """
- name: t
  run_on: [2026-03-03, 2026-03-04]
  records: {account: {A1: {nps: 0}}, contract: {C1: {renewal_date: 2027-01-01}}}
  set: [{on: 2026-03-04, account: {A1: {nps: 9}}}]
  expect:
    - {on: 2026-03-03, play: save, action: task}
    - {on: 2026-03-04, play: save, action: task, state: cleared, reason: episode}
  nothing_else: true
""",
    "two of the same are two": """
- name: t
  run_on: 2026-03-02
  records: {contract: {C2: {account_id: A1, renewal_date: 2026-07-20}}}
  expect: [{play: ask}, {play: ask, record: C1}]
  nothing_else: true
""",
    "a first deployment does not write about what is long past": """
- name: t
  start: 2026-03-08
  run_on: 2026-03-08
  records: {contract: {C1: {renewal_date: 2026-07-10}}}
  nothing_else: true
""",
}


@pytest.mark.parametrize("tests", PASSING.values(), ids=PASSING)
def test_passes(site: Company, tests: str) -> None:
    passes(site, tests)


FAILING = {
    "another recipient": (
        "{on: 2026-03-02, play: ask, to: cfo@acme.test}",
        "expected, and did not happen",
        {"to": "ceo@acme.test"},
    ),
    "another day": (
        "{on: 2026-03-03, play: ask}",
        "expected, and did not happen",
        None,
    ),
    "another verdict": (
        "{on: 2026-03-02, play: ask, verdict: declined}",
        "expected, and did not happen",
        {"verdict": "fired"},
    ),
    "once too often": (f"{ASKED}, {ASKED}", "expected once more than it happened", {"play": "ask"}),
    "not in the body": (
        "{on: 2026-03-02, play: ask, body_contains: Hello}",
        "expected, and did not happen",
        {"subject": "ends on July 20, 2026"},
    ),
}


@pytest.mark.parametrize(("expect", "message", "got"), FAILING.values(), ids=FAILING)
def test_fails(site: Company, expect: str, message: str, got: dict[str, object] | None) -> None:
    code, report = outcome(site, f"- name: t\n  run_on: [2026-03-02, 2026-03-03]\n  expect: [{expect}]")
    assert (code, report["failed"]) == (1, 1)
    failure = report["tests"][0]["failures"][0]
    assert failure["message"] == message
    assert failure["expected"]["play"] == "ask"
    assert failure["explanation"]["play"] == "ask"
    if got is None:
        assert failure["got"] == []
        assert failure["explanation"]["verdict"] == "not_due"
    else:
        assert got.items() <= failure["got"][0].items()


def test_what_nothing_else_does_not_allow(site: Company) -> None:
    code, report = outcome(site, "- name: t\n  run_on: 2026-03-02\n  nothing_else: true")
    assert code == 1
    [failure] = report["tests"][0]["failures"]
    assert failure["message"] == "happened, though `nothing_else` is said"
    assert failure["expected"] is None
    assert failure["got"][0]["to"] == "ceo@acme.test"
    assert failure["explanation"]["verdict"] == "fired"


def test_a_message_that_cannot_be_written_fails(site: Company) -> None:
    site.write({"templates/ask.md": "---\nsubject: '{{ contract.devices }}'\n---\nHello\n"})
    code, report = outcome(site, f"- name: t\n  run_on: 2026-03-02\n  expect: [{ASKED}]")
    assert code == 1
    messages = [failure["message"] for failure in report["tests"][0]["failures"]]
    assert any("the message could not be written" in message for message in messages)


def test_the_text_shows_expected_beside_got_and_why(site: Company) -> None:
    outcome(
        site, "- name: wrong day\n  run_on: 2026-03-01\n  expect: [{on: 2026-03-01, play: ask, record: C1}]"
    )
    out = site.call("test").out
    assert "FAILED tests/renewals.yaml:9: wrong day" in out
    assert "tests/renewals.yaml:11: expected, and did not happen" in out
    assert "not_due: due on 2026-03-02" in out
    assert "days_to_renewal == lead  false" in out
    assert "0 passed, 1 failed in 1 file" in out


def test_what_differs_is_marked_and_explained_without_a_day(site: Company) -> None:
    _, report = outcome(
        site,
        "- name: t\n  run_on: 2026-03-02\n"
        "  expect: [{play: ask, to: CEO@acme.test, from: mori@vendor.test, body_contains: Carla}]",
    )
    (failure,) = report["tests"][0]["failures"]
    assert failure["differs"] == ["from"]
    assert failure["explanation"]["play"] == "ask"
    marked = [line for line in site.call("test").out.splitlines() if "≠" in line]
    assert [line.split()[1] for line in marked] == ["from"]


def test_a_wrong_param_is_found_where_the_test_writes_it(site: Company) -> None:
    code, report = outcome(
        site, "- name: t\n  run_on: 2026-03-02\n  matrix: {lead: [140, '90']}\n  nothing_else: true"
    )
    (found,) = report["diagnostics"]
    assert (code, found["code"], found["file"], found["line"]) == (1, "E205", "tests/renewals.yaml", 11)
    assert "with this value, playbooks/renewals.yaml:" in found["message"]


def test_a_done_task_that_is_not_there(site: Company) -> None:
    done = "{on: 2026-03-01, play: save, record: C1}"
    tests = f"- name: t\n  run_on: 2026-03-01\n  done: [{done}]\n  nothing_else: true"
    code, report = outcome(site, tests)
    assert code == 1
    [failure] = report["tests"][0]["failures"]
    assert "no task of `save` is open for C1 on 2026-03-01" in failure["message"]


def test_nothing_of_the_project_is_touched(site: Company) -> None:
    before = sorted(path.relative_to(site.root) for path in site.root.rglob("*"))
    passes(site, PASSING["asks once, across an outage of two days"])
    after = sorted(path.relative_to(site.root) for path in site.root.rglob("*"))
    assert set(after) - set(before) == {Path("tests"), Path("tests/renewals.yaml")}


def test_no_secret_is_needed(site: Company) -> None:
    channel = 'channels: {email: {adapter: smtp, url: "smtp://cs:${NOT_SET}@mail.test"}}'
    site.write({"playcall.yaml": (site.root / "playcall.yaml").read_text() + channel + "\n"})
    passes(site, PASSING["a single day; nothing at all"])


# ---------------------------------------------------------------------------------- selection

TWO = f"""
- name: asks at 140 days
  run_on: 2026-03-02
  expect: [{ASKED}]
- name: nothing the day before
  run_on: 2026-03-01
  nothing_else: true
"""


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("asks", ["asks at 140 days"]),
        ("ASKS at 140", ["asks at 140 days"]),
        ("not asks", ["nothing the day before"]),
        ("asks or 'day before'", ["asks at 140 days", "nothing the day before"]),
        ("renewals and (asks or nothing) and not before", ["asks at 140 days"]),
    ],
)
def test_k_chooses(site: Company, expression: str, names: list[str]) -> None:
    code, report = outcome(site, TWO, "-k", expression)
    assert code == 0
    assert [one["name"] for one in report["tests"]] == names


def test_k_that_chooses_none_fails(site: Company) -> None:
    code, report = outcome(site, TWO, "-k", "zzz")
    assert code == 1
    assert report["problems"] == ["no test has a name that -k 'zzz' chooses"]


def test_k_that_cannot_be_read(site: Company) -> None:
    answer = site.call("test", "-k", "asks and (")
    assert answer.code == 2
    assert "cannot be read" in answer.err


def test_paths_choose(site: Company) -> None:
    code, report = outcome(site, TWO, "tests/renewals.yaml")
    assert (code, report["passed"]) == (0, 2)
    assert site.call("test", "tests/none.yaml").code == 3
    answer = site.call("test", "playbooks")
    assert answer.code == 1
    assert "there are no tests in playbooks" in answer.out


def test_a_project_without_tests_fails(site: Company) -> None:
    answer = site.call("test")
    assert answer.code == 1
    assert "there are no tests in tests/" in answer.out


def test_a_project_with_errors_cannot_be_tested(site: Company) -> None:
    site.playbook("ask:\n  when: days_to_renwal == 3\n  do: []")
    answer = site.call("test")
    assert answer.code == 3
    assert "E203" in answer.err


def test_wrong_use(site: Company) -> None:
    assert site.call("test", "--as-of", "2026-03-01").code == 2
    assert site.call("test", "--fail-under", "120").code == 2
    assert site.call("test", "--jobs", "0").code == 2


# ---------------------------------------------------------------------------------- mistakes in files

MISTAKES = {
    "E105 a key": ("- name: t\n  run_onn: 2026-03-01\n  nothing_else: true", "did you mean `run_on`?"),
    "E203 a field": (
        (
            "- name: t\n  run_on: 2026-03-01\n"
            "  records: {contract: {C1: {renewal_dat: 2026-03-01}}}\n  nothing_else: true"
        ),
        "did you mean `renewal_date`?",
    ),
    "E203 a derived field": (
        (
            "- name: t\n  run_on: 2026-03-01\n"
            "  records: {contract: {C1: {days_to_renewal: 3}}}\n  nothing_else: true"
        ),
        "give the fields that it is derived from",
    ),
    "E206 an enum": (
        (
            "- name: t\n  run_on: 2026-03-01\n"
            "  set: [{on: 2026-03-01, contract: {C1: {status: activ}}}]\n  nothing_else: true"
        ),
        "did you mean `active`?",
    ),
    "E502 an entity": (
        "- name: t\n  run_on: 2026-03-01\n  records: {contracts: {C1: {}}}\n  nothing_else: true",
        "did you mean `contract`?",
    ),
    "E502 a source": (
        "- name: t\n  run_on: 2026-03-01\n  down: [{on: 2026-03-01, source: crn}]\n  nothing_else: true",
        "did you mean `crm`?",
    ),
    "E504 a play": (
        "- name: t\n  run_on: 2026-03-01\n  expect: [{on: 2026-03-01, play: aks}]",
        "did you mean `ask`?",
    ),
    "E504 a param": (
        "- name: t\n  run_on: 2026-03-01\n  params: {leed: 3}\n  nothing_else: true",
        "did you mean `lead`?",
    ),
    "E504 a record": (
        "- name: t\n  run_on: 2026-03-01\n  expect: [{play: ask, record: C2}]",
        "there are: C1",
    ),
    "E505 nothing": ("- name: t\n  run_on: 2026-03-01", "say `nothing_else: true`"),
    "E505 a day": (
        "- name: t\n  run_on: 2026-03-01\n  expect: [{on: 2026-03-02, play: ask}]",
        "add the day to `run_on`",
    ),
    "E505 no day": ("- name: t\n  run_on: []\n  nothing_else: true", ""),
    "E505 a matrix of nothing": (
        "- name: t\n  run_on: 2026-03-01\n  matrix: {lead: []}\n  nothing_else: true",
        "",
    ),
    "E501 a value": (
        "- name: t\n  run_on: 2026-03-01\n  matrix: {lead: [3, 4, 3]}\n  nothing_else: true",
        "keep one of the two",
    ),
    "E505 a change after the last day": (
        (
            "- name: t\n  run_on: 2026-03-01\n"
            "  set: [{on: 2026-03-02, account: {A1: {nps: 3}}}]\n  nothing_else: true"
        ),
        "add a day to `run_on`",
    ),
    "E107 a day without a yesterday": (
        "- name: t\n  start: 0001-01-01\n  run_on: 2026-03-01\n  nothing_else: true",
        "",
    ),
    "E107 a day without a tomorrow": (
        "- name: t\n  run_on: 9999-12-30..9999-12-31\n  nothing_else: true",
        "",
    ),
    "E104 a surprise": (
        "- name: t\n  run_on: 2026-03-01\n  records: {account: {A1: {name: NO}}}\n  nothing_else: true",
        'quote it: "NO"',
    ),
    "E107 days that go back": (
        "- name: t\n  run_on: [2026-03-02, 2026-03-01]\n  nothing_else: true",
        "write the days in order",
    ),
    "E501 a name": (
        (
            "- name: t\n  run_on: 2026-03-01\n"
            "  nothing_else: true\n- name: t\n  run_on: 2026-03-01\n  nothing_else: true"
        ),
        "give it another name",
    ),
}


@pytest.mark.parametrize(("name", "tests", "help_text"), [(k, *v) for k, v in MISTAKES.items()], ids=MISTAKES)
def test_mistakes_are_findings_of_test_and_lint(site: Company, name: str, tests: str, help_text: str) -> None:
    code, report = outcome(site, tests)
    assert code == 1
    assert [(one["code"], one["help"]) for one in report["diagnostics"]] == [
        (name.split()[0], one_help(report, help_text))
    ]
    linted = site.call("lint", "--format", "json")
    assert linted.code == 1
    assert name.split()[0] in [one["code"] for one in linted.json()["diagnostics"]]


def one_help(report: Any, wanted: str) -> str:
    """The help of the only finding, which has to hold what is wanted."""
    text: str = report["diagnostics"][0]["help"]
    assert wanted in text
    return text


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("when: days_to_renewal == lead", "when: days_to_renwal == lead", "E203"),
        ("plays:", "plays: [", "E101"),
    ],
)
def test_mistakes_of_a_playbook_are_not_mistakes_of_its_tests(
    site: Company, before: str, after: str, code: str
) -> None:
    outcome(site, f"- name: t\n  run_on: 2026-03-02\n  expect: [{ASKED}]")
    (file,) = site.root.glob("playbooks/*.yaml")
    file.write_text(file.read_text().replace(before, after))
    found = site.call("lint", "--format", "json").json()["diagnostics"]
    errors = [(one["code"], one["file"]) for one in found if one["severity"] == "error"]
    assert errors == [(code, f"playbooks/{file.name}")]


def test_a_file_with_a_mistake_does_not_hide_the_others(site: Company) -> None:
    site.write({"tests/broken.yaml": "playbook: renewals\ntests: []\n"})
    code, report = outcome(site, TWO)
    assert (code, report["passed"]) == (1, 2)
    assert [(one["code"], one["file"]) for one in report["diagnostics"]] == [("E505", "tests/broken.yaml")]


# ---------------------------------------------------------------------------------- reports


def test_junit(site: Company, tmp_path: Path) -> None:
    code, _ = outcome(
        site,
        TWO + "\n- name: wrong\n  run_on: 2026-03-02\n  nothing_else: true",
        "--junit",
        str(tmp_path / "j.xml"),
    )
    assert code == 1
    root = ElementTree.parse(tmp_path / "j.xml").getroot()
    assert (root.get("tests"), root.get("failures")) == ("3", "1")
    [failure] = root.iter("failure")
    assert "happened, though" in str(failure.get("message"))
    assert "got: {on: 2026-03-02, play: ask" in str(failure.text)


def test_coverage_names_what_was_never_true_or_false(site: Company) -> None:
    code, report = outcome(site, TWO, "--coverage")
    missed = {(one["play"], one["key"], one["never"]) for one in report["coverage"]["missed"]}
    assert code == 0
    assert missed == {
        (None, "where", "false"),
        (None, "stop", "true"),
        ("save", "when", "true"),
        ("save", "when", "false"),  # nps is missing: unknown is neither
        ("save", "unless", "true"),
        ("save", "unless", "false"),
        ("escalate", "after", "true"),
        ("escalate", "if", "true"),
        ("escalate", "if", "false"),
    }
    assert report["coverage"]["tried"] == 5
    text = site.call("test", "--coverage").out
    assert "playbooks/renewals.yaml:5:8: never false: renewals where" in text
    assert "coverage 35.71 % (5 of 14 ways)" in text


def test_a_threshold_is_not_rounded(site: Company) -> None:
    assert outcome(site, TWO, "--fail-under", "35.71")[0] == 0
    code, report = outcome(site, TWO, "--fail-under", "35.72")
    assert code == 1
    assert report["problems"] == ["coverage is 35.71 %, which is less than 35.72 %"]
    _, report = outcome(site, TWO, "--fail-under", "99.9999999")
    assert report["problems"] == ["coverage is 35.71 %, which is less than 99.9999999 %"]


def test_mutants_that_survive_are_listed(site: Company) -> None:
    code, report = outcome(site, TWO, "--mutate")
    assert code == 1
    survivors = {(one["line"], one["before"], one["after"]) for one in report["mutants"]["survivors"]}
    assert (11, "7d", "8d") in survivors  # no test comes a week late
    assert (10, "==", "!=") not in survivors  # the moment is tested
    assert (6, "140", "141") not in survivors
    assert report["mutants"]["killed"] > 3


@pytest.mark.slow
def test_the_tests_of_the_starter_kill_every_mutant(tmp_path: Path) -> None:
    write_starter(tmp_path / "starter")
    answer = Company(tmp_path / "starter").call("test", "--mutate", "--format", "json")
    assert answer.json()["mutants"]["survivors"] == []


def test_mutants_are_not_tried_where_tests_fail(site: Company) -> None:
    code, report = outcome(site, "- name: t\n  run_on: 2026-03-02\n  nothing_else: true", "--mutate")
    assert code == 1
    assert report["problems"] == ["mutants were not tried: the tests must pass first"]


def test_many_processes_give_the_same(site: Company) -> None:
    tests = "".join(
        f"- name: day {n}\n  run_on: 2026-03-{n:02}\n  expect: [{{play: ask, late_days: {max(0, n - 2)}}}]\n"
        for n in range(1, 12)
    )
    code, report = outcome(site, tests, "--jobs", "1")
    assert outcome(site, tests, "--jobs", "2") == (code, report)
    assert [one["outcome"] for one in report["tests"]] == ["failed", *["passed"] * 8, "failed", "failed"]


def test_a_survey_is_expected_as_any_message(site: Company) -> None:
    links = 'links: {url: "https://cs.acme.test", keys: ["${LINK_KEY}"]}'
    site.playbook(PLAYS.replace("email: ask", "survey: intent"), HEAD)
    site.write(
        {
            "playcall.yaml": (site.root / "playcall.yaml").read_text("utf-8") + links + "\n",
            "templates/intent.md": "---\nsubject: Do you renew?\n---\nPlease answer\n",
            "surveys/intent.yaml": "survey: intent\nfor: contract\nopen: 140d\ntitle: Your renewal\n"
            'questions: {intent: {ask: "Do you?", choice: {"yes": "Yes", "no": "No"}}}\n',
        }
    )
    passes(site, f"- name: t\n  run_on: 2026-03-02\n  expect: [{ASKED.replace('email', 'survey')}]")


def test_both_ways_to_evaluate_give_the_same_report(site: Company) -> None:
    tests = f"""
- name: a day too late, and a task that is not done
  run_on: [2026-03-01, 2026-03-03, 2026-03-05]
  set: [{{on: 2026-03-03, account: {{A1: {{nps: 3}}}}}}]
  expect:
    - {ASKED.replace("2026-03-02", "2026-03-03")}
    - {{on: 2026-03-05, play: escalate, action: task, assignee: nobody}}
"""
    code, report = outcome(site, tests, "--coverage")
    assert code == 1
    assert outcome(site, tests, "--coverage", "--engine", "bulk") == (code, report)
