"""Projects for the crash tests: how many customers, which plays, which contact rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from clikit import CONTACT, Company, founded

CUSTOMERS = 12
MOMENT = "{{when: days_to_renewal == {days}, do: [{do}]}}"
MESSAGE = "---\nsubject: {play}\n---\nYour contract ends soon. Do you plan to renew?\n"


class Cap(NamedTuple):
    """No more than ``most`` messages in any ``days`` days, to a contact or to all people of an account."""

    kind: str
    most: int
    days: int

    def one(self, address: str) -> str:
        """Whom the cap protects: addresses of account A001 are ceo001 and admin001."""
        return address if self.kind == "per_contact" else address.partition("@")[0][-3:]


@dataclass(frozen=True)
class Firm:
    """A project before its first run: its plays and the lines of its contact rules. Every customer is due
    once for each play, which writes one message, and opens one task where ``tasks`` says so."""

    company: Company
    plays: Sequence[str] = ("ask",)
    tasks: int = CUSTOMERS
    caps: Sequence[Cap] = ()


def asking(root: Path, head: str = "") -> Firm:
    """One play, due 140 days before the end: a message and a task."""
    do = '{email: ask, to: decision_maker}, {task: "Call", assign: csm}'
    return Firm(_company(root, {"ask": MOMENT.format(days=140, do=do)}, head))


def limited(root: Path) -> Firm:
    """The same, and so few may be written to that everything is held."""
    return asking(root, "limits: {per_play: 2}\n")


def capped(root: Path) -> Firm:
    """Four messages to the two people of each account within two days; the caps spread them over four."""
    plays = {
        "ask": (140, "decision_maker"),
        "tell": (140, "decision_maker"),
        "show": (140, "admin"),
        "offer": (139, "admin"),
    }
    texts = {
        name: MOMENT.format(days=days, do=f"{{email: {name}, to: {to}}}")
        for name, (days, to) in plays.items()
    }
    caps = (Cap("per_contact", 1, 2), Cap("per_account", 2, 3))
    return Firm(_company(root, texts), tuple(plays), 0, caps)


def living(root: Path) -> Firm:
    """Plays of every kind that contend for one person, with a limit; data that stops them."""
    plays = {
        "ask": "{when: days_to_renewal == 140, grace: 7d, do: [{email: ask, to: decision_maker}]}",
        "remind": "{after: ask + 4d, do: [{email: remind, to: decision_maker}]}",
        "low": "{when: devices < 50, once: per cycle, do: [{email: low, to: decision_maker}]}",
    }
    head = 'stop: status == "renewed"\nlimits: {per_play: 2}\n'
    return Firm(_company(root, plays, head), tuple(plays), 0, (Cap("per_contact", 1, 3),))


def _company(root: Path, plays: dict[str, str], head: str = "") -> Company:
    """The customers, and a playbook with these plays, each of which has a template by its name."""
    company = founded(root)
    company.many(CUSTOMERS)
    people = [
        {**CONTACT, "email": f"{name}{number:03}@acme.test", "account_id": f"A{number:03}", "role": role}
        for number in range(1, CUSTOMERS + 1)
        for name, role in (("ceo", "decision_maker"), ("admin", "admin"))
    ]
    company.table("contacts", people)
    company.write({f"templates/{play}.md": MESSAGE.format(play=play) for play in plays})
    company.playbook("\n".join(f"{play}: {text}" for play, text in plays.items()), head)
    return company
