"""Each guard of the outbox, and a day that goes wrong without it: no other guard stands in for it then."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from crashkit import Firm, Office, capped, judged

Opened = Callable[..., Office]
LEASE = 0.5  # seconds


def decided_at_once(office: Office, *without: str) -> None:
    """Two engines decide on two days at the same time, and the lock that keeps them apart is gone."""
    office.options = {"remove": ["run lock", *without]}
    with judged(office.log, {}) as port:
        office.use(port)
        first = office.start("run", "--as-of", office.day, stop_after=["sql SELECT coalesce(max(run.number)"])
        office.wait_until_stopped(first)
        office.later()
        assert office.run() == 0, office.output()
        assert office.resumed(first) == (0 if without else 3)


def claimed_at_once(office: Office, *without: str) -> None:
    """A worker stands still while it holds a claim, and another comes."""
    with judged(office.log, {}) as port:
        office.use(port)
        assert office.run("--no-deliver") == 0
        office.options = {"remove": without}
        first = office.start("deliver", stop_after=["sql INSERT INTO claim", "after commit"])
        office.wait_until_stopped(first)
        assert office.call("deliver") == 0, office.output()
        assert office.resumed(first) == 0


def killed_after_the_dot(office: Office, *without: str) -> None:
    """A worker dies while the server has its message."""
    script = {"stage": "dot", "at": 4, "signal": "KILL", "pid": str(office.pid)}
    with judged(office.log, script) as port:
        office.use(port)
        assert office.run(pid=str(office.pid)) == -9
    office.options = {"remove": without}
    office.recovered()


def stood_still(office: Office, *without: str) -> None:
    """A worker is stopped while it sends, another takes its messages when its lease is over, and it comes
    back."""
    script = {"stage": "body", "at": 4, "signal": "STOP", "pid": str(office.pid), "pause": 0.2}
    office.options = {"lease": LEASE}
    with judged(office.log, script) as port:
        office.use(port)
        assert office.run("--no-deliver") == 0
        first = office.start("deliver", pid=str(office.pid), remove=without)
        office.wait_until_stopped(first)
        time.sleep(LEASE)
        office.crashes += 1
        assert office.call("deliver") == 0, office.output()
        assert office.resumed(first) == 0


def suppressed_meanwhile(office: Office, *without: str) -> None:
    """A customer asks not to be written to after it was decided to."""
    with judged(office.log, {}) as port:
        office.use(port)
        assert office.run("--no-deliver") == 0
        office.suppress("ceo003@acme.test")
        assert office.call("deliver", remove=without) == 0


def much_at_once(office: Office, *without: str) -> None:
    """More is due to one person than the caps let through in a day."""
    office.options = {"remove": without}
    with judged(office.log, {}) as port:
        office.use(port)
        for _ in range(1 if without else 4):
            assert office.run() == 0, office.output()
            office.later()


@dataclass(frozen=True)
class Guard:
    """A day, and the words of the fault that it ends with where the guard is missing."""

    day: Callable[..., None]
    fault: str = "2 times"
    firm: Callable[[Path], Firm] | None = None


GUARDS = {
    "unique key": Guard(decided_at_once),
    "compare-and-set": Guard(claimed_at_once),
    "phase": Guard(killed_after_the_dot),
    "fence": Guard(stood_still),
    "last look": Guard(suppressed_meanwhile, "is suppressed"),
    "caps": Guard(much_at_once, "over per_contact", capped),
}


@pytest.mark.slow
@pytest.mark.parametrize("guard", GUARDS)
def test_each_guard_is_needed(opened: Opened, tmp_path: Path, guard: str) -> None:
    given = GUARDS[guard]
    firm = [given.firm(tmp_path / "firm")] if given.firm else []
    office = opened(*firm)
    given.day(office)
    assert office.faults() == []
    office = opened(*firm)
    given.day(office, guard)
    assert any(given.fault in fault for fault in office.faults())
