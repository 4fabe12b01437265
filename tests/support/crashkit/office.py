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
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from clikit import PROJECT, Company

from .firms import CUSTOMERS, Firm
from .processes import Nursery, judged

DAY = "2024-03-02"
NOTHING = 3  # the exit status of an act for which there is nothing to do


class Letter(NamedTuple):
    """What a customer must have once at most: the message of a play."""

    to: str
    play: str


class Hush(NamedTuple):
    """From an entry of the log on, these messages must not come; ``*`` stands for all of them."""

    to: str
    play: str
    since: int
    why: str

    def forbids(self, number: int, letter: Letter) -> bool:
        return number >= self.since and self.to in ("*", letter.to) and self.play in ("*", letter.play)


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
    hushed: list[Hush] = field(default_factory=list)
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

    def on_day(self, command: str, **options: Any) -> int:
        """A command that something may happen to, on the office's day."""
        return self.call(*self.dated(command), **options)

    def dated(self, command: str) -> list[str]:
        """The arguments of a command, with the office's day where it asks for one."""
        return [*command.split(), *([] if command in ("deliver", "db upgrade") else ["--as-of", self.day])]

    def act(self, *arguments: str, may: Sequence[int] = (0,)) -> None:
        """A command to which nothing happens: in this process, which is warm, unless it is to be another one
        than was written."""
        if self.options:
            code, said = self.call(*arguments), self.output()
        else:
            answer = self.company.call(*arguments)
            code, said = answer.code, answer.err
        assert code in may, said

    def later(self, days: int = 1) -> None:
        """Another day begins."""
        self._logged.append((self.day, len(self._lines())))
        self.day = str(date.fromisoformat(self.day) + timedelta(days))

    def suppress(self, address: str) -> None:
        """From now on nobody writes to this address."""
        self.act("suppress", "add", address)
        self.hush(address, "*", "is suppressed")

    def hush(self, to: str, play: str, why: str) -> None:
        """From now on these messages must not come."""
        self.hushed.append(Hush(to, play, len(self._lines()), why))

    def wait_until_stopped(self, process: int) -> None:
        """Until a signal has stopped it (proc(5): state T)."""
        for _ in range(6000):
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "T":
                return
            time.sleep(0.01)
        raise AssertionError("nobody stopped the process")

    def resume(self, process: int) -> None:
        """A stopped process goes on."""
        os.kill(process, signal.SIGCONT)

    def resumed(self, process: int) -> int:
        """A stopped process goes on, to its end."""
        self.resume(process)
        return self.nursery.wait(process)

    def steps(self, command: str = "run") -> list[str]:
        """What a command that is left alone does to the world, step by step."""
        trace = self.company.root / "trace"
        assert self.on_day(command, trace=str(trace)) == 0, self.output()
        return trace.read_text().splitlines()

    def recovered(self, command: str = "run") -> None:
        """A sound server, the command again, one run and one delivery: what people and a scheduler would do
        next."""
        with judged(self.log, {}) as port:
            self.use(port)
            if command not in ("run", "deliver"):
                self.act(*self.dated(command), may=(0, NOTHING))
            self.act("run", "--as-of", self.day)
            self.act("deliver")

    def accepted(self) -> Counter[Letter]:
        """How often the server took each message for each address."""
        return Counter(letter for _, letter in self.taken())

    def states(self) -> dict[Letter, str]:
        """What the ledger says of each message."""
        mails = (one for one in self.company.touches() if one["type"] == "email")
        return {Letter(one["to"], one["play"]): one["state"] for one in mails}

    def faults(self) -> list[str]:
        """What of the promise was not kept (SPEC 7), by the server's log, when everything is over."""
        return [*self.faults_so_far(), *self._left()]

    def faults_so_far(self) -> list[str]:
        """What of the promise was not kept after a committed run; caps may keep some for other days."""
        return [*self.sent_wrongly(), *self._not_decided(), *self.over_caps(), *self._trail()]

    def sent_wrongly(self) -> list[str]:
        """What came twice, to whom it must not, or otherwise than the ledger has it."""
        accepted, states = self.accepted(), self.states()
        found = [f"{one.to} got {one.play} {count} times" for one, count in accepted.items() if count > 1]
        for letter in accepted.keys() | states.keys():
            state, got = states.get(letter, "not there"), letter in accepted
            if got and state not in ("sent", "unknown"):
                found.append(f"{letter.to} got {letter.play}, which is {state}")
            if state == "sent" and not got:
                found.append(f"{letter.to} never got {letter.play}, which is sent")
        unknown = list(states.values()).count("unknown")
        if unknown > self.crashes:
            found.append(f"{unknown} are unknown after {self.crashes} crash(es)")
        taken = enumerate(letter for _, letter in self.taken())
        for number, letter in taken:
            reasons = [hush.why for hush in self.hushed if hush.forbids(number, letter)]
            found += [f"{letter.to} {why}, and got {letter.play}" for why in reasons]
        return found

    def _left(self) -> list[str]:
        """What neither went nor may have gone, though nothing forbids it."""
        quiet = {hush.to for hush in self.hushed}
        found = [
            f"{letter.play} to {letter.to} is still {state}"
            for letter, state in self.states().items()
            if state not in ("sent", "unknown") and letter.to not in quiet
        ]
        wanted = self.due() + self.firm.tasks
        touches = len(self.company.touches())
        return found if touches == wanted else [*found, f"{touches} touches where {wanted} are due"]

    def _not_decided(self) -> list[str]:
        """Whether every occurrence has one verdict."""
        decided = sum(self.company.json("status")["verdicts"].values())
        return [] if decided == self.due() else [f"{decided} verdicts where {self.due()} are due"]

    def _trail(self) -> list[str]:
        """Whether what the ledger says is what its audit trail tells."""
        found = self.company.call("audit", "verify")
        return [] if found.code == 0 else [found.out]

    def due(self) -> int:
        """Every customer is due once for every play, and each time has one message."""
        return CUSTOMERS * len(self.firm.plays)

    def over_caps(self) -> list[str]:
        """Who had more than the caps allow, counted again from the log alone."""
        found: list[str] = []
        for cap in self.firm.caps:
            days: dict[str, list[int]] = {}
            for day, letter in self.taken():
                days.setdefault(cap.one(letter.to), []).append(date.fromisoformat(day).toordinal())
            for one, sent in days.items():
                most = max(sum(first <= day < first + cap.days for day in sent) for first in sent)
                if most > cap.most:
                    found.append(f"{one} had {most} messages in {cap.days} days, over {cap.kind}")
        return found

    def taken(self) -> list[tuple[str, Letter]]:
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

    def copied(self, root: Path, ledger: str) -> Office:
        """Another one that has come as far; ``ledger`` has what this one's has."""
        with suppress(FileNotFoundError):
            shutil.rmtree(root)
        company = Company(Path(shutil.copytree(self.company.root, root)))
        return replace(self, company=company, ledger=ledger, hushed=[*self.hushed], _logged=[*self._logged])


def moved_in(firm: Firm, root: Path, nursery: Nursery) -> Office:
    """An office of its own to spoil."""
    with suppress(FileNotFoundError):
        shutil.rmtree(root)
    return Office(firm, Company(Path(shutil.copytree(firm.company.root, root))), nursery)
