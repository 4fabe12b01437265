"""Graces and follow-ups against the moments of a play, which may come from tables of params."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from playcall.engine.lint.lint import lint

EXAMPLE = Path(__file__).parents[3] / "docs" / "errors" / "example"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
HEAD = "playbook: more\ndescribe: An example.\nowner: cs@vendor.example\nfor: contract\n"
CALL = "do: [{task: Call, assign: csm}]"
NEXT, PAST = (
    "E303: the grace of {} reaches the play's next moment, {}",
    "E303: the grace of {} ends after the date itself, {}",
)
LATE = "W301: `b` comes 40 days after `a`, which can be {} the date{}"

# (params, `when`, grace, what is said)
GRACES = {
    "a gap": ("", "days_to_renewal in [30, 20]", "15d", NEXT.format("15d", "10 days later")),
    "weeks": ("", "days_to_renewal in [30, 20]", "2w", NEXT.format("2w", "10 days later")),
    "a param": ("{lead: 5}", "days_to_renewal == lead", "6d", PAST.format("6d", "5 days later")),
    "a list in a param": (
        "{leads: [30, 20]}",
        "days_to_renewal in leads",
        "15d",
        NEXT.format("15d", "10 days later"),
    ),
    "a row of a table": (
        "{lead: {by: product, mdm: 40, connect: 5, else: 60}}",
        "days_to_renewal == lead",
        "6d",
        PAST.format("6d", "5 days later where product is connect"),
    ),
    "the other rows of a table": (
        "{lead: {by: product, mdm: 40, else: 5}}",
        "days_to_renewal == lead",
        "6d",
        PAST.format("6d", "5 days later where product is any other"),
    ),
    "a table beside a number": (
        "{lead: {by: product, mdm: 40, connect: 32, else: 60}}",
        "days_to_renewal in [lead, 30]",
        "3d",
        NEXT.format("3d", "2 days later where product is connect"),
    ),
    "one table twice": (
        "{lead: {by: product, mdm: 40, else: 60}}",
        "days_to_renewal in [lead, lead - 5]",
        "5d",
        NEXT.format("5d", "5 days later where product is mdm"),
    ),
    "two tables by one field": (
        "{far: {by: product, mdm: 40, else: 90}, near: {by: product, mdm: 30, else: 41}}",
        "days_to_renewal in [far, near]",
        "9d",
        "",
    ),
    "two tables by two fields": (
        "{far: {by: product, mdm: 40, else: 90}, near: {by: account.segment, mid: 39, else: 10}}",
        "days_to_renewal in [far, near]",
        "2d",
        NEXT.format("2d", "1 day later where product is mdm and account.segment is mid"),
    ),
    "far enough": ("{lead: {by: product, mdm: 40, else: 60}}", "days_to_renewal in [lead, 20]", "15d", ""),
    "since": ("{lead: {by: product, mdm: 1, else: 2}}", "days_since(term_start) == lead", "15d", ""),
}


def said(folder: Path, text: str) -> list[str]:
    shutil.copytree(EXAMPLE, folder)
    (folder / "playbooks" / "more.yaml").write_text(HEAD + text)
    found = lint(folder, NOW).diagnostics
    return [f"{one.code}: {one.message}" for one in found]


@pytest.mark.parametrize("name", GRACES)
def test_a_grace_fits_between_the_moments(name: str, tmp_path: Path) -> None:
    params, when, grace, expected = GRACES[name]
    head = f"params: {params}\n" if params else ""
    play = f'plays:\n  call: {{when: "{when}", grace: {grace}, {CALL}}}\n'
    assert said(tmp_path / "p", head + play) == [expected] * bool(expected)


@pytest.mark.parametrize(
    ("lead", "expected"),
    [
        ("30", LATE.format("30 days before", "")),
        ("50", ""),
        (
            "{by: product, mdm: 60, connect: 20, else: 90}",
            LATE.format("20 days before", " where product is connect"),
        ),
    ],
)
def test_a_follow_up_comes_before_the_date(lead: str, expected: str, tmp_path: Path) -> None:
    plays = f"plays:\n  a: {{when: days_to_renewal == lead, {CALL}}}\n  b: {{after: a + 40d, {CALL}}}\n"
    assert said(tmp_path / "p", f"params: {{lead: {lead}}}\n{plays}") == [expected] * bool(expected)
