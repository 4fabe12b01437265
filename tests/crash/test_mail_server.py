"""A mail server that refuses, drops, stalls or talks nonsense at each step; several engines at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crashkit import Office, judged

Opened = Callable[..., Office]

ANSWERS = ("drop", "stall", "garbage", "451 later", "550 no")


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["greeting", "mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_server_that_fails_at_each_step(opened: Opened, stage: str, answer: str) -> None:
    office = opened()
    at = 1 if stage == "greeting" else 3
    with judged(office.log, {"stage": stage, "at": at, "answer": answer}) as port:
        office.use(port)
        office.run()
    accepted, states = office.accepted(), office.states()
    assert max(accepted.values(), default=1) == 1
    assert {states[letter] for letter in accepted} <= {"sent", "unknown"}
    assert {letter for letter, state in states.items() if state == "sent"} <= accepted.keys()
    unclear = stage == "dot" and not answer.startswith(("4", "5"))
    assert list(states.values()).count("unknown") == unclear


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 3])
def test_engines_side_by_side(opened: Opened, count: int) -> None:
    office = opened()
    with judged(office.log, {}) as port:
        office.use(port)
        runs = [office.start("run", "--as-of", office.day) for _ in range(count)]
        assert [office.nursery.wait(one) for one in runs] == [0] * count
    assert office.faults() == []


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 3])
def test_workers_side_by_side(opened: Opened, count: int) -> None:
    office = opened()
    with judged(office.log, {}) as port:
        office.use(port)
        assert office.run("--no-deliver") == 0
        workers = [office.start("deliver") for _ in range(count)]
        assert [office.nursery.wait(one) for one in workers] == [0] * count
    assert office.faults() == []
