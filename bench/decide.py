"""Candidates a second through the decisions alone: nothing is loaded, nothing is written.

Run: python bench/decide.py [CANDIDATES] [ROUNDS]. Two plays write to every contract's contact, half of the
contacts stand in two accounts; once without contact rules, once with caps, topics, quiet hours, holdout,
consent and as many suppressions as candidates / 10. Says the median of the rounds and the best of them: a
machine that others share is slower for minutes at a time.
"""

from __future__ import annotations

import gc
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from decidekit import NOW, PLAYBOOK, candidates, site

from playcall.engine.decide.contacts import Contacts, Sent
from playcall.engine.decide.pipeline import decide

TARGET = 100_000
RULES = """\
topics: {news: {class: promotional}}
limits: {per_contact: 2 per 7d, per_account: 6 per 7d}
quiet_hours: {from: "19:00", to: "07:00", weekends: true}
timezone: Asia/Tokyo
"""


def measure(title: str, project: str, playbook: str, count: int, rounds: int) -> None:
    """Decide ``count`` candidates, and print how many that is in a second of processor."""
    records = count // 2
    people = {f"C{n:07}": (f"A{n:07}", f"user{n // 2}@customer.example") for n in range(records)}
    addresses = {address for _, address in people.values()}
    suppressed = {f"user{n}@customer.example": [("unsubscribe", "*")] for n in range(0, records, 10)}
    yesterday = NOW - timedelta(days=1)
    contacts = Contacts(
        suppressions=suppressed,
        consents={address: {"*": "opt_in"} for address in addresses},
        sent=[Sent(address, None, "renewals", "low", yesterday) for address in sorted(addresses)],
    )
    rates: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        made = site(Path(folder), project, playbook)
        gathered = made.facts(people)
        for _ in range(rounds):
            setting = made.setting(contacts if project else Contacts())
            due = candidates(people)
            gc.disable()
            since = time.process_time()
            decided = decide(due, gathered, setting)
            rates.append(count / (time.process_time() - since))
            gc.enable()
    counts = ", ".join(f"{number:,} {verdict}" for verdict, number in decided.counts().items())
    said = f"{statistics.median(rates):9,.0f} candidates/s of processor, at best {max(rates):9,.0f}"
    print(f"{title:24} {said}: {counts}")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    measure("without contact rules", "", PLAYBOOK, count, rounds)
    ruled = PLAYBOOK.replace("plays:", "topic: news\nholdout: 10%\nplays:", 1)
    measure("with all of them", RULES, ruled, count, rounds)
    print(f"target: {TARGET:,} a second")


if __name__ == "__main__":
    main()
