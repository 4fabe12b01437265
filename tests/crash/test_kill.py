"""kill -9 at every kind of moment: at most once, nothing skipped, by the log of the mail server."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Sequence

import pytest

from crashkit import Office, judged

Opened = Callable[..., Office]

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


# What the mail server has come to when the process dies, and for which time.
STAGES: dict[str, tuple[str, int]] = {
    "before the greeting": ("greeting", 1),
    "after MAIL": ("mail", 5),
    "after RCPT": ("rcpt", 5),
    "after DATA": ("data", 5),
    "before the dot": ("body", 5),
    "after the dot": ("dot", 5),
    "after 250": ("taken", 5),
}


@pytest.mark.slow
@pytest.mark.parametrize("moment", STAGES)
def test_killed_while_it_sends(opened: Opened, moment: str) -> None:
    office = opened()
    stage, at = STAGES[moment]
    script = {"stage": stage, "at": at, "signal": "KILL", "pid": str(office.pid)}
    with judged(office.log, script) as port:
        office.use(port)
        assert office.run(pid=str(office.pid)) == -9
    office.recovered()
    assert office.faults() == []


# The first step with the first label, then the next one with the second.
MOMENTS: dict[str, tuple[str, str]] = {
    "snapshot loaded": ("os.rename", "os.rename"),
    "mid-decision": ("sql INSERT INTO run", "sql"),
    "decisions about to be committed": ("sql INSERT INTO run", "before commit"),
    "decisions committed": ("sql INSERT INTO run", "after commit"),
    "claim about to be committed": ("sql INSERT INTO claim", "before commit"),
    "claim committed": ("sql INSERT INTO claim", "after commit"),
    "all sent, before the run closes": ("sql UPDATE run", "before commit"),
    "the run closed": ("sql UPDATE run", "after commit"),
}


def step_of(moment: str, steps: Sequence[str]) -> int:
    """The number of the step, from 1."""
    first, then = MOMENTS[moment]
    start = next(number for number, step in enumerate(steps) if step.startswith(first))
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
