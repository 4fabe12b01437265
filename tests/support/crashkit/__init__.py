"""A company whose commands are killed, and a mail server whose log judges what came of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clikit import PROJECT, Company, founded

HERE = Path(__file__).parent
DAY = "2024-03-02"
CUSTOMERS = 12
PLAYS = """
ask:
  when: days_to_renewal == 140
  do:
    - {email: ask, to: decision_maker, from: csm}
    - {task: "Call", assign: csm}
"""


class Nursery:
    """The process that runs commands which may be killed."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(HERE / "nursery.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, order: dict[str, Any]) -> int:
        """Begin a command; gives its process."""
        return int(self._say(json.dumps(order)))

    def wait(self, process: int) -> int:
        """How it ended; -9 if it was killed."""
        return int(self._say(f"wait {process}"))

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def _say(self, line: str) -> str:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()


@contextmanager
def judged(log: Path, script: dict[str, Any]) -> Iterator[int]:
    """A mail server that follows a script; gives its port."""
    server = subprocess.Popen(
        [sys.executable, str(HERE / "judge.py"), str(log), json.dumps(script)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout
    try:
        yield int(server.stdout.readline())
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


@dataclass
class Office:
    """Twelve customers to write to on one day. ``crashes`` counts processes that were killed or stopped."""

    company: Company
    nursery: Nursery
    ledger: str = ""
    crashes: int = 0
    started: int = 0
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        return self.company.root / "accepted.log"

    @property
    def pid(self) -> Path:
        return self.company.root / "pid"

    def use(self, port: int) -> None:
        """From now on mail goes to this port."""
        channel = f"{{adapter: smtp, url: 'smtp://127.0.0.1:{port}', timeout: 1s}}"
        ledger = f"ledger: {self.ledger}\n" if self.ledger else ""
        self.company.write({"playcall.yaml": f"{PROJECT}{ledger}channels:\n  email: {channel}\n"})

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
        return self.call("run", "--as-of", DAY, *arguments, **options)

    def wait_until_stopped(self, process: int) -> None:
        """Until a signal has stopped it (proc(5): state T)."""
        for _ in range(1000):
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

    def accepted(self) -> Counter[str]:
        """How often the server took a message for each address."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return Counter(one for line in lines for one in json.loads(line)["recipients"])

    def faults(self) -> list[str]:
        """What of the promise was not kept (SPEC 7), by the server's log."""
        accepted = self.accepted()
        touches = self.company.touches()
        mails = {one["to"]: one["state"] for one in touches if one["type"] == "email"}
        found = [f"{to} got it {count} times" for to, count in accepted.items() if count > 1]
        for to in accepted.keys() | mails.keys():
            state, got = mails.get(to, "not there"), to in accepted
            if state not in ("sent", "unknown") or (state == "sent" and not got):
                found.append(f"{to} {'got it' if got else 'got nothing'} and is {state}")
        unknown = list(mails.values()).count("unknown")
        if unknown > self.crashes:
            found.append(f"{unknown} are unknown after {self.crashes} crash(es)")
        due = sum(self.company.json("status")["verdicts"].values())
        if (due, len(mails), len(touches)) != (CUSTOMERS, CUSTOMERS, 2 * CUSTOMERS):
            found.append(f"{due} verdicts and {len(touches)} touches for {CUSTOMERS} customers")
        return found


def customers(root: Path) -> Company:
    """The company before its first run."""
    company = founded(root)
    company.many(CUSTOMERS)
    company.playbook(PLAYS)
    return company


def copied(company: Company, root: Path) -> Company:
    """A company of its own to spoil."""
    with suppress(FileNotFoundError):
        shutil.rmtree(root)
    return Company(Path(shutil.copytree(company.root, root)))
