"""A project that is looked at in portions, by several processes, gives the report of the whole."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest

from playcall.engine.forks import may_fork, side_by_side
from playcall.engine.lint import portions
from playcall.engine.lint.lint import lint

NOW = datetime(2026, 11, 22, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[3] / "docs" / "errors" / "example"
HEAD = "playbook: {name}\ndescribe: An example.\nowner: cs@vendor.example\nfor: contract\n"
MAIL = "do: [{email: notice, to: admin, from: csm}]"
CALL = "do: [{task: Call, assign: csm}]"
LONG = 'count(account.contracts where status == "active") > 3'
TEST = """\
playbook: {name}
records: {{contract: {{C1: {{account_id: A1}}}}, account: {{A1: {{}}}}}}
tests: [{{name: nothing, run_on: [2026-03-01], expect: [{{play: {play}, record: C1}}]}}]
"""


def book(name: str, plays: str, top: str = "") -> tuple[str, str]:
    return f"playbooks/{name}.yaml", f"{HEAD.format(name=name)}{top}plays:\n{plays}"


# What one playbook has to do with another: files that are laid over the example.
TOGETHER: dict[str, dict[str, str]] = {
    "the same contact on the same day": dict(
        book(name, f"  ask: {{when: days_to_renewal == 60, {MAIL}}}\n")
        for name in ("first", "second", "third")
    ),
    "one does what another does": dict(
        (
            book("narrow", f"  call: {{when: days_to_renewal == 60, {CALL}}}\n", "where: quantity > 9\n"),
            book("wide", f"  call: {{when: days_to_renewal == 60, {CALL}}}\n", "where: quantity > 3\n"),
        )
    ),
    "a sub-expression of several": dict(
        book(f"p{n}", f"  call: {{when: '{LONG} and quantity > {n}', for: 2d, {CALL}}}\n") for n in range(4)
    ),
    "a play of another playbook": dict(
        (
            book("asks", f"  ask: {{when: days_to_renewal == 60, {CALL}}}\n"),
            book("knows", f"  a: {{when: days_to_renewal == 50, if: 'fired(\"asks.ask\")', {CALL}}}\n"),
            book("errs", f"  a: {{when: days_to_renewal == 40, if: 'fired(\"asks.akk\")', {CALL}}}\n"),
        )
    ),
    "a base and what extends it": dict(
        (
            book(
                "base",
                f"  ask: {{when: days_to_renewal == lead, {CALL}}}\n",
                "abstract: true\nparams: {lead: 60}\n",
            ),
            ("playbooks/a.yaml", "playbook: a\nextends: base\nparams: {lead: 50}\n"),
            ("playbooks/z.yaml", "playbook: z\nextends: base\nparams: {led: 50}\n"),
            book("unused", f"  ask: {{when: days_to_renewal == 20, {CALL}}}\n", "abstract: true\n"),
        )
    ),
    "one name twice": {
        "playbooks/a.yaml": book("twin", f"  ask: {{when: days_to_renewal == 60, {CALL}}}\n")[1],
        "playbooks/b.yaml": book("twin", f"  ask: {{when: days_to_renwal == 50, {CALL}}}\n")[1],
        **dict([book("other", f"  ask: {{when: days_to_renewal == 40, {CALL}}}\n")]),
    },
    "an old name twice": dict(
        book(name, f"  ask: {{when: days_to_renewal == {days}, {CALL}}}\n", "was: before\n")
        for name, days in (("first", 60), ("second", 50))
    ),
    "a base that is not there": {"playbooks/a.yaml": "playbook: a\nextends: nobody\n"},
    "tests of some": {
        **dict(
            book(n, f"  a: {{when: days_to_renewal == {len(n)}, {CALL}}}\n")
            for n in ("one", "three", "seven")
        ),
        "tests/first.yaml": TEST.format(name="one", play="a"),
        "tests/second.yaml": TEST.format(name="three", play="a").replace(
            "tests:", "# playcall: allow W501\ntests:"
        ),
    },
    "a test of what is not there": {"tests/first.yaml": TEST.format(name="exmple", play="ask")},
    "an error elsewhere": dict(
        (
            book("bad", f"  ask: {{when: days_to_renwal == 60, {CALL}}}\n"),
            book("late", f"  a: {{when: days_to_renewal == 9, {CALL}}}\n  b: {{after: a + 30d, {CALL}}}\n"),
        )
    ),
    "comments": dict(
        (
            book("used", f"  ask: {{when: days_to_renewal == 90, {MAIL}}} # playcall: allow W504\n"),
            book("useless", f"  ask: {{when: days_to_renewal == 80, {CALL}}} # playcall: allow W504\n"),
        )
    ),
}


@pytest.mark.parametrize("jobs", [2, 3])
@pytest.mark.parametrize("name", TOGETHER)
def test_the_report_is_that_of_the_whole(name: str, jobs: int, tmp_path: Path) -> None:
    root = tmp_path / "project"
    copytree(EXAMPLE, root)
    for file, text in TOGETHER[name].items():
        (root / file).parent.mkdir(exist_ok=True)
        (root / file).write_text(text)
    whole = lint(root, NOW, jobs=1)
    assert whole.diagnostics
    assert lint(root, NOW, jobs=jobs) == whole


def test_several_processes_took_part(monkeypatch: pytest.MonkeyPatch) -> None:
    if not may_fork():
        pytest.skip("this process has several threads")
    assert len(set(side_by_side([os.getpid, os.getpid, os.getpid]))) == 3


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_fails_elsewhere_fails_here(error: type[BaseException]) -> None:
    def fail() -> int:
        raise error("no")

    works: list[Callable[[], int]] = [lambda: 1, fail]
    with pytest.raises(error, match="no"):
        side_by_side(works)


def test_few_playbooks_are_one_process() -> None:
    assert portions.look_side_by_side(EXAMPLE, None, None) is None
