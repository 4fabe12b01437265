"""Caps are kept through crashes and by several engines at once, counted again from the mail server's log."""

from __future__ import annotations

import os
import random
from collections.abc import Callable

import pytest

from crashkit import Firm, Office, capped, judged

Opened = Callable[..., Office]

SEED = int(os.environ.get("PLAYCALL_SEED", "20240302"))
DAYS = 5  # until the caps have let everything through
STEPS = 150  # of a run that has something to send, and more


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Firm:
    return capped(tmp_path_factory.mktemp("busy") / "acme")


@pytest.mark.slow
def test_killed_every_day(opened: Opened, busy: Firm) -> None:
    office = opened(busy)
    chance = random.Random(SEED)
    for _ in range(DAYS):
        with judged(office.log, {}) as port:
            office.use(port)
            office.run(kill_at=chance.randint(1, STEPS))
            assert office.run() == 0, office.output()
        office.later()
    assert office.faults() == []


@pytest.mark.slow
def test_three_engines_every_day(opened: Opened, busy: Firm) -> None:
    office = opened(busy)
    with judged(office.log, {}) as port:
        office.use(port)
        for _ in range(DAYS):
            runs = [office.start("run", "--as-of", office.day) for _ in range(3)]
            assert [office.nursery.wait(one) for one in runs] == [0, 0, 0]
            office.later()
    assert office.faults() == []
