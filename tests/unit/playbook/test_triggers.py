"""What makes a play due, and the defaults that go with it."""

from collections.abc import Callable

import pytest

from playcall.dsl.types import Duration
from playcall.engine.playbook.cron import cron_problem
from playcall.engine.playbook.model import (
    FollowUpTrigger,
    MomentTrigger,
    Play,
    Playbook,
    ScheduleTrigger,
    StateTrigger,
)

DO = "    do: [{task: Call, assign: csm}]\n"


def test_a_countdown_is_a_moment_with_three_days_of_grace(play: Callable[..., Play]) -> None:
    read = play("    when: days_to_renewal in [90, 45]\n" + DO)
    assert isinstance(read.trigger, MomentTrigger)
    assert [text for text, _ in read.trigger.moment.targets] == ["90", "45"]
    assert read.grace == Duration(3, "d")
    assert read.priority == 50


def test_any_other_condition_is_a_state(play: Callable[..., Play]) -> None:
    keys = "    for: 7d\n    clear: devices >= quantity\n    again: 30d\n    once: per cycle\n"
    read = play("    when: devices < quantity\n    keep: true\n" + keys + DO)
    assert isinstance(read.trigger, StateTrigger)
    assert (read.trigger.hold, read.trigger.again) == (Duration(7, "d"), Duration(30, "d"))
    assert (read.trigger.once, read.trigger.keep) == ("cycle", True)
    assert read.trigger.clear is not None
    assert read.grace is None


def test_a_schedule_is_a_cron_expression(play: Callable[..., Play]) -> None:
    read = play('    every: "0  9 1 */3 *"\n' + DO)
    assert read.trigger == ScheduleTrigger("0 9 1 */3 *")
    assert read.grace == Duration(3, "d")


def test_a_follow_up_has_the_grace_of_what_it_follows(example: Callable[[str], Playbook]) -> None:
    plays = "plays:\n  a:\n    when: days_to_renewal == 60\n    grace: 9d\n" + DO
    plays += "  b:\n    after: a + 5bd\n" + DO + "  c:\n    after: b+3d\n    grace: 1d\n" + DO
    read = example(plays).plays
    assert read["b"].trigger == FollowUpTrigger("a", Duration(5, "bd"))
    assert read["b"].grace == Duration(9, "d")
    assert read["c"].grace == Duration(1, "d")


CRON = {
    "0 8 * * *": True, "*/15 8-18 * * mon-fri": True, "0 9 1 jan,jul *": True, "0 0 * * 7": True,
    "5/10 * * * *": True,
    "0 8 * *": False, "0 8 * * * *": False, "60 8 * * *": False, "0 24 * * *": False, "0 8 0 * *": False,
    "0 8 * 13 *": False, "0 8 * * 8": False, "0 18-8 * * *": False, "*/0 * * * *": False, "@daily": False,
    "": False,
    "0 8 * * mon-": False, "0 8 * * *-3": False,
}  # fmt: skip


@pytest.mark.parametrize(("text", "right"), CRON.items())
def test_cron_expressions(text: str, right: bool) -> None:
    assert (cron_problem(text) == "") is right
