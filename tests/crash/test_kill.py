"""kill -9 at every kind of moment: at most once, nothing skipped, by the log of the mail server."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from crashkit import SCENES, Estate, Moment, Nursery, Office, Stage, judged, prepared

Opened = Callable[..., Office]

# How many moments are drawn a database; `PLAYCALL_CRASHES=500` is the nightly size. So many make one test.
CRASHES = int(os.environ.get("PLAYCALL_CRASHES", "12"))
SEED = int(os.environ.get("PLAYCALL_SEED", "20240302"))
SHARE = 25
SHARES = -(-CRASHES // SHARE)


@pytest.fixture(scope="module")
def stages(
    databases: Any, nursery: Nursery, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Stage]]:
    """The scenes, each with a ledger that is prepared once."""
    estate = Estate(nursery, databases, tmp_path_factory.mktemp("estate") / "acme")
    stock = {name: Estate(nursery, databases, tmp_path_factory.mktemp("stock") / "acme") for name in SCENES}
    yield {name: prepared(name, estate, stock[name], tmp_path_factory.mktemp("firm")) for name in SCENES}
    for one in (estate, *stock.values()):
        one.close()


@pytest.fixture(scope="module")
def moments(stages: dict[str, Stage]) -> list[Moment]:
    """All moments of all scenes, in an order that is drawn."""
    found = [moment for stage in stages.values() for moment in stage.moments()]
    random.Random(SEED).shuffle(found)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_killed_at_random_moments(
    stages: dict[str, Stage],
    moments: list[Moment],
    share: int,
    databases: Any,
    record_property: Callable[[str, object], None],
) -> None:
    wanted = min(SHARE, CRASHES - share * SHARE)
    killed = 0
    for moment in moments[share::SHARES]:
        died, faults = stages[moment.scene].killed(moment)
        assert faults == [], f"killed at {moment}"
        killed += died
        if killed == wanted:
            break
    assert killed == wanted, "there are not so many moments"
    name = "PostgreSQL" if databases else "SQLite"
    record_property(f"counted: random kill points survived on {name}", killed)


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
