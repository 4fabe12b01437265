"""The specification's playbook, survey and tests of sections 5, 8 and 11, as written there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from clikit import Company

# As far as the specification writes them out.
HERE = Path(__file__).with_name("spec_answers")
HEAD, _, _ = (HERE / "tests/renewal-intent.yaml").read_text("utf-8").partition("tests:\n")


@pytest.fixture
def spec(tmp_path: Path) -> Company:
    return Company(shutil.copytree(HERE, tmp_path / "spec"))


def outcome(company: Company, tests: str) -> Any:
    """The JSON of `playcall test` of one more test file."""
    company.write({"tests/more.yaml": f"{HEAD}tests:\n{tests}"})
    return json.loads(company.call("test", "tests/more.yaml", "--format", "json").out)


def test_it_lints_without_errors(spec: Company) -> None:
    found = spec.call("lint", "--format", "json")
    assert (found.code, json.loads(found.out)["errors"]) == (0, 0), found.out


def test_its_tests_pass(spec: Company) -> None:
    found = spec.call("test")
    assert found.code == 0, found.out


ASKED = """\
  - name: t
    run_on: 2026-03-02..2026-03-13
    answers: ANSWERS
    EXPECT
"""


def failures(company: Company, answers: str, expect: str) -> list[str]:
    report = outcome(company, ASKED.replace("ANSWERS", answers).replace("EXPECT", expect))
    assert report["diagnostics"] == []
    return [one["message"] for test in report["tests"] for one in test["failures"]]


def answer(day: int, value: str, more: str = "") -> str:
    """One answer about C1 in March."""
    return f"{{on: 2026-03-{day:02}, survey: renewal-intent, record: C1, answer: {value}{more}}}"


ASK = "{on: 2026-03-02, play: ask}"
SUBJECT = "ご契約更新のご予定"
PASSING = {
    "a yes: nobody is reminded": (
        [answer(12, '"yes"')],
        f"[{ASK}, {{on: 2026-03-12, play: remind, verdict: declined}}]",
    ),
    "answers by question": ([answer(3, "{intent: not_me, who: cfo@acme.test}")], f"[{ASK}]"),
    "a no that is taken back": (
        [answer(3, '"no"'), answer(5, '"yes"')],
        f"[{ASK}, {{on: 2026-03-03, play: save}}, {{on: 2026-03-05, play: save, state: cleared}}]",
    ),
    "a no of somebody else": (
        [answer(3, '"no"', ", by: cfo@acme.test")],
        f"[{ASK}, {{on: 2026-03-03, play: save}}, {{on: 2026-03-10, play: escalate}}]",
    ),
    "none: the reminder": (
        [],
        f"[{ASK}, {{on: 2026-03-12, play: remind, subject: {SUBJECT}, body_contains: /s/}}]",
    ),
}


@pytest.mark.parametrize("case", PASSING)
def test_answers_are_facts_of_their_day(spec: Company, case: str) -> None:
    answers, expect = PASSING[case]
    assert failures(spec, f"[{', '.join(answers)}]", f"expect: {expect}\n    nothing_else: true") == []


REFUSED = {
    "an answer that belongs to another": (
        '{intent: "no", who: cfo@acme.test}',
        "`who`: This is not asked with your other answers.",
    ),
    "no address": ("{intent: not_me, who: cfo}", "`who`: Please enter an e-mail address."),
    "not the first": ("{who: cfo@acme.test}", "`intent`: Please answer this question."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_page_would_refuse_fails_the_test(spec: Company, case: str) -> None:
    value, words = REFUSED[case]
    [message] = failures(spec, f"[{answer(3, value)}]", "nothing_else: true")
    assert words in message
    assert message.startswith("tests/more.yaml:11:")


def test_a_survey_that_has_closed_takes_no_answer(spec: Company) -> None:
    text = (spec.root / "surveys/renewal-intent.yaml").read_text("utf-8").replace("open: 140d", "open: 5d")
    spec.write({"surveys/renewal-intent.yaml": text})
    assert failures(spec, f"[{answer(6, 'not_me')}]", f"expect: [{ASK}]") == []
    [message] = failures(spec, f"[{answer(7, 'not_me')}]", f"expect: [{ASK}]")
    assert "the survey that was sent last closed on 2026-03-07" in message


def test_an_answer_of_somebody_who_was_not_asked(spec: Company) -> None:
    """As staff would note it down: a test of the play that reads it need not ask first."""
    tests = """\
  - name: t
    run_on: 2026-05-01
    answers: [{on: 2026-05-01, survey: renewal-intent, record: C1, answer: "no"}]
    expect: [{on: 2026-05-01, play: save, title: Save Acme, task_due: 2026-05-08}]
    nothing_else: true
"""
    assert outcome(spec, tests)["failed"] == 0


MISTAKES = {
    "survey": (("renewal-intent,", "renewal-intend,"), "E413", "did you mean `renewal-intent`?"),
    "record": (("C1", "C10"), "E504", "did you mean `C1`?"),
    "choice": (("ANSWER", "not-me"), "E413", "did you mean `not_me`?"),
    "a boolean": (("ANSWER", "no"), "E104", 'quote it: "no"'),
    "question": (("ANSWER", '{intend: "no"}'), "E413", "did you mean `intent`?"),
    "no question": (("ANSWER", "{}"), "E106", "write `QUESTION: VALUE`"),
    "day": (("03-03", "04-03"), "E505", "add the day to `run_on`, or correct it"),
    "key": (("answer:", "anwser:"), "E105", "did you mean `answer`?"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_in_answers_have_their_place(spec: Company, case: str) -> None:
    (old, new), code, help_text = MISTAKES[case]
    item = answer(3, "ANSWER").replace(old, new, 1).replace("ANSWER", '"no"')
    report = outcome(spec, ASKED.replace("ANSWERS", f"[{item}]").replace("EXPECT", "nothing_else: true"))
    found = [one for one in report["diagnostics"] if one["code"] == code]
    assert [(one["line"], one["help"]) for one in found] == [(11, help_text)], report["diagnostics"]
