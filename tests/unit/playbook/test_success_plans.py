"""Success plans: their steps become tasks and follow-ups, their mistakes are told where they stand."""

from __future__ import annotations

import pytest

from playcall.dsl.types import Duration
from playcall.engine.playbook.model import FollowUpTrigger, TaskAction

from .conftest import HEAD, Lay

PLAN = """\
plan: upgrade
for: contract
goal: auto_renew
steps:
  kickoff: {task: "Kick-off with {{ account.name }}", due: 10bd}
  pilot: {task: Pilot, after: kickoff + 5bd, assign: kato, due: 30d, until: days_to_renewal < 10}
  review: {task: Review, after: pilot + 2w}
"""
BOOK = (
    HEAD
    + """\
params: {which: upgrade}
plays:
  start:
    was: begin
    when: days_to_renewal == 60
    do: [{plan: which, assign: csm}]
"""
)


def test_steps_are_a_task_and_follow_ups(lay: Lay) -> None:
    loaded = lay({"plans/upgrade.yaml": PLAN, "playbooks/example.yaml": BOOK})
    assert loaded.diagnostics == ()
    plays = loaded.playbooks["example"].plays
    assert [*plays] == ["start", "start-pilot", "start-review"]
    start, pilot, review = plays.values()
    assert [type(one) for play in plays.values() for one in play.actions] == [TaskAction] * 3
    assert pilot.trigger == FollowUpTrigger("start", Duration(5, "bd"))
    assert review.trigger == FollowUpTrigger("start-pilot", Duration(2, "w"))
    assert (pilot.was, pilot.grace) == (("begin-pilot",), start.grace)
    assert start.unless is None and pilot.unless is not None and pilot.unless.source.text == "auto_renew"


def test_the_goal_and_the_step_close_its_task(lay: Lay) -> None:
    plays = lay({"plans/upgrade.yaml": PLAN, "playbooks/example.yaml": BOOK}).playbooks["example"].plays
    tasks = [one for play in plays.values() for one in play.actions if isinstance(one, TaskAction)]
    closes = [one.until.source.text for one in tasks if one.until is not None]
    assert closes == ["auto_renew", "(days_to_renewal < 10) or (auto_renew)", "auto_renew"]
    assert [person.name for one in tasks for person in one.assign] == ["csm", "kato", "csm"]


@pytest.mark.parametrize(
    ("plan", "book", "told"),
    [
        (PLAN, BOOK.replace("which: upgrade", "which: upgrad"), "E413 there is no plan `upgrad`"),
        (
            PLAN.replace("for: contract", "for: account").replace("auto_renew", "name is missing"),
            BOOK,
            "E413",
        ),
        (PLAN.replace("auto_renew", "auto_renw"), BOOK, "E203 contract has no field `auto_renw`"),
        (PLAN.replace("kickoff + 5bd", "kickof + 5bd"), BOOK, "E407 this plan has no step `kickof`"),
        (PLAN.replace("kickoff + 5bd", "soon"), BOOK, "E301 `after` is written STEP + DURATION"),
        (PLAN.replace("kickoff + 5bd", "review + 5bd"), BOOK, "E407 the step `pilot` waits for `review`"),
        (PLAN.replace("due: 10bd", "due_in: 10bd"), BOOK, "E105 a step has no key `due_in`"),
        (PLAN, BOOK.replace(", assign: csm", ""), "E406 nobody is to do the step `kickoff`"),
        (PLAN, BOOK.replace("    do:", "    together: account\n    do:"), "E406 a plan is of one record"),
        (
            PLAN,
            BOOK + "  start-pilot: {after: start + 1d, do: [{task: A, assign: csm}]}\n",
            "E501 the step `pilot`",
        ),
        (PLAN.partition("steps:")[0] + "steps: {}\n", BOOK, "E106 the plan has no steps"),
        ("plan: upgrade\nfor: contract\n", BOOK, "E106"),
    ],
)
def test_mistakes(lay: Lay, plan: str, book: str, told: str) -> None:
    found = lay({"plans/upgrade.yaml": plan, "playbooks/example.yaml": book}).errors
    assert any(f"{one.code} {one.message}".startswith(told) for one in found), found


def test_a_step_that_is_wrong_is_told_once(lay: Lay) -> None:
    found = lay(
        {"plans/upgrade.yaml": PLAN.replace("kickoff + 5bd", "kickof + 5bd"), "playbooks/example.yaml": BOOK}
    )
    assert [(one.code, one.location.file) for one in found.errors] == [("E407", "plans/upgrade.yaml")]
