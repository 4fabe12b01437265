"""A company whose commands are killed, and what the mail server's log says of its promise."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from clikit import CONTACT, PROJECT, Company, founded

from .processes import Nursery, judged

DAY = "2024-03-02"
CUSTOMERS = 12
MOMENT = "{{when: days_to_renewal == {days}, do: [{do}]}}"
MESSAGE = "---\nsubject: {play}\n---\nYour contract ends soon. Do you plan to renew?\n"


class Letter(NamedTuple):
    """What a customer must have once at most: the message of a play."""

    to: str
    play: str


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


@dataclass
class Office:
    """Twelve customers to write to. ``crashes`` counts processes that were killed or stopped."""

    firm: Firm
    company: Company
    nursery: Nursery
    ledger: str = ""
    crashes: int = 0
    started: int = 0
    day: str = DAY
    options: dict[str, Any] = field(default_factory=dict)
    suppressed: set[str] = field(default_factory=set)
    _logged: list[tuple[str, int]] = field(default_factory=list)  # days, and what the log had by their end

    @property
    def log(self) -> Path:
        return self.company.root / "accepted.log"

    @property
    def pid(self) -> Path:
        return self.company.root / "pid"

    def use(self, port: int) -> None:
        """From now on mail goes to this port."""
        channel = f"{{adapter: smtp, url: 'smtp://127.0.0.1:{port}', timeout: 1s}}"
        lines = [f"channels:\n  email: {channel}"]
        if self.ledger:
            lines.append(f"ledger: {self.ledger}")
        if self.firm.caps:
            caps = (f"{cap.kind}: {cap.most} per {cap.days}d" for cap in self.firm.caps)
            lines.append(f"limits: {{{', '.join(caps)}}}")
        self.company.write({"playcall.yaml": "\n".join([PROJECT, *lines, ""])})

    def start(self, *arguments: str, **options: Any) -> int:
        """Begin a command; its output is kept in a file of its own."""
        self.started += 1
        output = self.company.root / f"output-{self.started}"
        given = ["--project", str(self.company.root), *arguments]
        return self.nursery.start({"arguments": given, "output": str(output), **self.options, **options})

    def call(self, *arguments: str, **options: Any) -> int:
        """A command to its end. A killed one is counted; nothing else may be loud."""
        code = self.nursery.wait(self.start(*arguments, **options))
        self.crashes += code == -9
        assert "Traceback" not in self.output(), self.output()
        return code

    def output(self) -> str:
        """What the last command printed."""
        return (self.company.root / f"output-{self.started}").read_text()

    def run(self, *arguments: str, **options: Any) -> int:
        """A run on the office's day."""
        return self.call("run", "--as-of", self.day, *arguments, **options)

    def tomorrow(self) -> None:
        """The next day begins."""
        self._logged.append((self.day, len(self._lines())))
        self.day = str(date.fromordinal(date.fromisoformat(self.day).toordinal() + 1))

    def suppress(self, address: str) -> None:
        """From now on nobody writes to this address."""
        assert self.call("suppress", "add", address) == 0, self.output()
        self.suppressed.add(address)

    def wait_until_stopped(self, process: int) -> None:
        """Until a signal has stopped it (proc(5): state T)."""
        for _ in range(6000):
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "T":
                return
            time.sleep(0.01)
        raise AssertionError("nobody stopped the process")

    def resumed(self, process: int) -> int:
        """A stopped process goes on, to its end."""
        os.kill(process, signal.SIGCONT)
        return self.nursery.wait(process)

    def steps(self) -> list[str]:
        """What a run that is left alone does to the world, step by step."""
        trace = self.company.root / "trace"
        assert self.run(trace=str(trace)) == 0, self.output()
        return trace.read_text().splitlines()

    def recovered(self) -> None:
        """A sound server, one run and one delivery: what a scheduler would do next."""
        with judged(self.log, {}) as port:
            self.use(port)
            assert self.run() == 0, self.output()
            assert self.call("deliver") == 0, self.output()

    def accepted(self) -> Counter[Letter]:
        """How often the server took each message for each address."""
        return Counter(letter for _, letter in self._taken())

    def states(self) -> dict[Letter, str]:
        """What the ledger says of each message."""
        mails = (one for one in self.company.touches() if one["type"] == "email")
        return {Letter(one["to"], one["play"]): one["state"] for one in mails}

    def faults(self) -> list[str]:
        """What of the promise was not kept (SPEC 7), by the server's log."""
        return [*self._sent_wrongly(), *self._not_decided(), *self._over_caps()]

    def _sent_wrongly(self) -> list[str]:
        accepted, states = self.accepted(), self.states()
        found = [f"{one.to} got {one.play} {count} times" for one, count in accepted.items() if count > 1]
        for letter in accepted.keys() | states.keys():
            state, got = states.get(letter, "not there"), letter in accepted
            if letter.to in self.suppressed:
                found += [f"{letter.to} is suppressed, and got {letter.play}"] if got else []
            elif state not in ("sent", "unknown") or (state == "sent" and not got):
                had = "got it" if got else "got nothing"
                found.append(f"{letter.play} to {letter.to} is {state}, and they {had}")
        unknown = list(states.values()).count("unknown")
        if unknown > self.crashes:
            found.append(f"{unknown} are unknown after {self.crashes} crash(es)")
        return found

    def _not_decided(self) -> list[str]:
        """Every customer is due once for every play, and each time has one verdict and one message."""
        due = CUSTOMERS * len(self.firm.plays)
        decided = sum(self.company.json("status")["verdicts"].values())
        touches = self.company.touches()
        if (decided, len(touches)) != (due, due + self.firm.tasks):
            return [f"{decided} verdicts and {len(touches)} touches for {due} occurrences"]
        return []

    def _over_caps(self) -> list[str]:
        """The caps, counted again from the log alone."""
        found: list[str] = []
        for cap in self.firm.caps:
            days: dict[str, list[int]] = {}
            for day, letter in self._taken():
                days.setdefault(cap.one(letter.to), []).append(date.fromisoformat(day).toordinal())
            for one, sent in days.items():
                most = max(sum(first <= day < first + cap.days for day in sent) for first in sent)
                if most > cap.most:
                    found.append(f"{one} had {most} messages in {cap.days} days, over {cap.kind}")
        return found

    def _taken(self) -> list[tuple[str, Letter]]:
        """What the server took, with the day on which it did."""
        days = [*self._logged, (self.day, len(self._lines()))]
        lines = [json.loads(line) for line in self._lines()]
        return [
            (next(day for day, count in days if number < count), Letter(to, line["subject"]))
            for number, line in enumerate(lines)
            for to in line["recipients"]
        ]

    def _lines(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


def asking(root: Path) -> Firm:
    """One play, due 140 days before the end: a message and a task."""
    do = '{email: ask, to: decision_maker}, {task: "Call", assign: csm}'
    return Firm(_company(root, {"ask": MOMENT.format(days=140, do=do)}))


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


def _company(root: Path, plays: dict[str, str]) -> Company:
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
    company.playbook("\n".join(f"{play}: {text}" for play, text in plays.items()))
    return company


def moved_in(firm: Firm, root: Path, nursery: Nursery) -> Office:
    """An office of its own to spoil."""
    with suppress(FileNotFoundError):
        shutil.rmtree(root)
    return Office(firm, Company(Path(shutil.copytree(firm.company.root, root))), nursery)
