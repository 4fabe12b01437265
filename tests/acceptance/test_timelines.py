"""Random timelines against a model that a person can check: days without a run, corrected dates, missing
values, contracts that end, come and go. Each contract lives a life of its own; one run decides on all."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from clikit import CONTRACT, Company, verdicts

PLAYS = """
ask:
  when: days_to_renewal == 140
  do: [{email: ask, to: decision_maker}]
count:
  when: days_to_renewal in [140, 138]
  do: [{task: "Count", assign: csm}]
remind:
  after: ask + 2d
  unless: devices > 80
  do: [{email: ask, to: decision_maker}]
low:
  when: devices < 50
  do: [{task: "Call", assign: csm}]
"""
HEAD = 'where: status != "lapsed"\nstop: status == "cancelled"\nlimits: {per_play: 1000}\n'
RECORDS, DAYS, GRACE = 120, 14, timedelta(days=3)
FIRST = date(2024, 3, 1)

Decided = tuple[str, str, str]  # play, record, verdict


@dataclass
class Contract:
    """What the facts say of one contract today, and what the ledger must hold of it."""

    name: str
    renewal: date
    status: str = "active"
    devices: int | None = 60
    present: bool = True
    settled: set[str] = field(default_factory=set)  # moments that are done for this cycle
    lapsed: set[tuple[str, date]] = field(default_factory=set)
    reminder: date | None = None  # the day the follow-up is due
    pending: bool = False
    low: bool = False

    def change(self, chance: random.Random) -> None:
        """One day passes."""
        if chance.random() < 0.15:
            self.renewal += timedelta(days=chance.randint(-4, 6))
        if chance.random() < 0.3:
            self.devices = chance.choice([None, 10, 60, 90])
        if chance.random() < 0.08:
            self.status = chance.choice(["active", "cancelled", "lapsed"])

    def decide(self, today: date) -> Iterator[Decided]:
        """What a run of that day decides, and only that."""
        if self.present:
            asked = list(self._moment(today, "ask", {"": 140}))
            yield from (*asked, *self._moment(today, "count", {"140": 140, "138": 138}))
            yield from self._state()
            yield from self._reminder(today)
            if ("ask", self.name, "fired") in asked:
                self.reminder = today + timedelta(days=2)
        elif self.pending:
            yield "remind", self.name, "pending"

    def _moment(self, today: date, play: str, targets: dict[str, int]) -> Iterator[Decided]:
        if self.status == "lapsed":
            return
        dues = [(self.renewal - timedelta(days=days), f"{play}/{label}") for label, days in targets.items()]
        new = [
            (due, key)
            for due, key in sorted(dues)
            if FIRST - GRACE <= due <= today and key not in self.settled and (key, due) not in self.lapsed
        ]
        for due, key in new[:-1]:
            self.lapsed.add((key, due))
            yield play, self.name, "expired"
        for due, key in new[-1:]:
            verdict = self._in_time(today, due) or "fired"
            if verdict == "expired":
                self.lapsed.add((key, due))
            else:
                self.settled.add(key)
            yield play, self.name, verdict

    def _in_time(self, today: date, due: date) -> str | None:
        if today > due + GRACE:
            return "expired"
        return "stopped" if self.status == "cancelled" else None

    def _state(self) -> Iterator[Decided]:
        ended = self.status != "active" or (self.devices is not None and self.devices >= 50)
        holds = not ended and self.devices is not None
        if holds and not self.low:
            yield "low", self.name, "fired"
        self.low = (self.low and not ended) or holds

    def _reminder(self, today: date) -> Iterator[Decided]:
        if self.reminder is None or self.reminder > today:
            return
        verdict = "stopped" if self.status == "lapsed" else self._in_time(today, self.reminder)
        if verdict is None:
            unknown = "pending" if self.devices is None else "fired"
            verdict = "declined" if self.devices == 90 else unknown
        self.pending = verdict == "pending"
        if not self.pending:
            self.reminder = None
        yield "remind", self.name, verdict


def _load(company: Company, contracts: list[Contract]) -> None:
    company.contracts(
        *(
            {
                **CONTRACT,
                "contract_id": one.name,
                "account_id": f"A{one.name[1:]}",
                "renewal_date": one.renewal,
                "status": one.status,
                "devices": one.devices,
            }
            for one in contracts
            if one.present
        )
    )


def test_every_due_occurrence_has_one_verdict(company: Company) -> None:
    chance = random.Random(1)
    company.many(RECORDS)
    company.playbook(PLAYS, HEAD)
    contracts = [
        Contract(f"C{number:03}", FIRST + timedelta(days=140 + chance.randint(-6, DAYS)))
        for number in range(1, RECORDS + 1)
    ]
    fired: Counter[tuple[str, str]] = Counter()
    for day in range(DAYS):
        today = FIRST + timedelta(days=day)
        absent = set(chance.sample(range(RECORDS), 2))  # few, so that the source counts as whole
        for number, one in enumerate(contracts):
            one.present = number not in absent
            one.change(chance)
        if day and chance.random() < 0.35:
            continue  # nobody ran it
        _load(company, contracts)
        expected = sorted(decided for one in contracts for decided in one.decide(today))
        planned = company.plan(str(today))
        assert sorted((one["play"], one["record"], one["verdict"]) for one in planned) == expected
        report = company.run(str(today))
        counts = Counter(verdict for _, _, verdict in expected)
        assert verdicts(report) == counts
        assert sum(report["touches"].values()) == counts["fired"]
        fired += Counter((play, record) for play, record, verdict in expected if verdict == "fired")
        if day % 4 == 0:
            again = company.run(str(today))
            assert verdicts(again) == {name: n for name, n in counts.items() if name == "pending"}
    sent = Counter((touch["play"], touch["record"]) for touch in company.touches())
    assert sent == fired
    assert fired and all(count == 1 for (play, _), count in fired.items() if play in ("ask", "remind"))
