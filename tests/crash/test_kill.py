"""kill -9 at every kind of moment: at most once, nothing skipped, by the log of the mail server."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from crashkit import Office, judged

Opened = Callable[[], Office]

# How many moments are drawn a database; `PLAYCALL_CRASHES=500` is the nightly size.
CRASHES = int(os.environ.get("PLAYCALL_CRASHES", "12"))
SEED = int(os.environ.get("PLAYCALL_SEED", "20240302"))


@pytest.mark.slow
def test_killed_at_random_steps(opened: Opened, capsys: pytest.CaptureFixture[str]) -> None:
    office = opened()
    with judged(office.log, {}) as port:
        office.use(port)
        last = len(office.steps())
    assert office.faults() == []
    chance = random.Random(SEED)
    for at in (chance.randint(1, last) for _ in range(CRASHES)):
        office = opened()
        with judged(office.log, {}) as port:
            office.use(port)
            office.run(kill_at=at)
        office.recovered()
        assert office.faults() == [], f"killed at step {at} of {last}"
    with capsys.disabled():
        sys.stdout.write(f" {CRASHES} random moments of {last} survived ")


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["greeting", "mail", "rcpt", "data", "body", "dot", "taken"])
def test_killed_while_the_server_waits(opened: Opened, stage: str) -> None:
    office = opened()
    at = 1 if stage == "greeting" else 5
    script = {"stage": stage, "at": at, "signal": "KILL", "pid": str(office.pid)}
    with judged(office.log, script) as port:
        office.use(port)
        assert office.run(pid=str(office.pid)) == -9
    office.recovered()
    assert office.faults() == []


# The first step with the first label, then the next one with the second.
MOMENTS: dict[str, tuple[str, str]] = {
    "snapshot written": ("os.rename", "os.rename"),
    "deciding": ("sql INSERT INTO run", "sql"),
    "decisions about to be committed": ("sql INSERT INTO run", "before commit"),
    "decisions committed": ("sql INSERT INTO run", "after commit"),
    "claim about to be committed": ("sql INSERT INTO claim", "before commit"),
    "claim committed": ("sql INSERT INTO claim", "after commit"),
    "the last settled": ("sql INSERT INTO claim", "last"),
}


def step_of(moment: str, steps: Sequence[str]) -> int:
    """The number of the step, from 1."""
    first, then = MOMENTS[moment]
    start = next(number for number, step in enumerate(steps) if step.startswith(first))
    if then == "last":
        return len(steps)
    return next(number for number, step in enumerate(steps) if number > start and step.startswith(then)) + 1


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_a_named_moment(opened: Opened, moment: str) -> None:
    office = opened()
    with judged(office.log, {}) as port:
        office.use(port)
        at = step_of(moment, office.steps())
    office = opened()
    with judged(office.log, {}) as port:
        office.use(port)
        assert office.run(kill_at=at) == -9
    office.recovered()
    assert office.faults() == []


ANSWERS = ("drop", "stall", "garbage", "451 later", "550 no")


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_server_that_fails_at_each_step(opened: Opened, stage: str, answer: str) -> None:
    office = opened()
    with judged(office.log, {"stage": stage, "at": 3, "answer": answer}) as port:
        office.use(port)
        office.run()
    accepted = office.accepted()
    assert max(accepted.values()) == 1
    mails = [one for one in office.company.touches() if one["type"] == "email"]
    states: dict[str, str] = {one["to"]: one["state"] for one in mails}
    assert {states[to] for to in accepted} <= {"sent", "unknown"}
    assert {to for to, state in states.items() if state == "sent"} <= accepted.keys()
    assert sum(state == "unknown" for state in states.values()) <= 1


@pytest.mark.slow
def test_engines_and_workers_side_by_side(opened: Opened) -> None:
    office = opened()
    with judged(office.log, {}) as port:
        office.use(port)
        runs = [office.start("run", "--as-of", "2024-03-02") for _ in range(3)]
        assert [office.nursery.wait(one) for one in runs] == [0, 0, 0]
    assert office.faults() == []


@pytest.mark.slow
def test_a_worker_that_stands_still_past_its_lease(opened: Opened) -> None:
    assert stood_still(opened()) == []


def stood_still(office: Office, **stopped: Any) -> list[str]:
    """What goes wrong where a worker is stopped, another takes its messages, and it comes back."""
    script = {"stage": "body", "at": 4, "signal": "STOP", "pid": str(office.pid), "pause": 0.2}
    office.options = {"lease": 0.5}
    with judged(office.log, script) as port:
        office.use(port)
        assert office.run("--no-deliver") == 0
        first = office.start("deliver", pid=str(office.pid), **stopped)
        office.wait_until_stopped(first)
        time.sleep(office.options["lease"])
        office.crashes += 1
        assert office.call("deliver") == 0, office.output()
        assert office.resumed(first) == 0
    return office.faults()


def killed_after_the_dot(office: Office, **options: Any) -> list[str]:
    """What goes wrong where a worker dies while the server has its message."""
    script = {"stage": "dot", "at": 4, "signal": "KILL", "pid": str(office.pid)}
    with judged(office.log, script) as port:
        office.use(port)
        assert office.run(pid=str(office.pid)) == -9
    office.options = options
    office.recovered()
    return office.faults()


# Each guard, with a day that goes wrong without it.
GUARDS: dict[str, Callable[..., list[str]]] = {
    "phase": killed_after_the_dot,
    "fence": stood_still,
}


@pytest.mark.slow
@pytest.mark.parametrize("guard", GUARDS)
def test_each_guard_is_needed(opened: Opened, guard: str) -> None:
    assert GUARDS[guard](opened()) == []
    assert any("2 times" in fault for fault in GUARDS[guard](opened(), remove=guard))
