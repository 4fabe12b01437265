"""The two processes beside a crash test: one whose children may be killed, and the mail server."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


class Helper:
    """A script beside this file that answers each line with a line."""

    def __init__(self, script: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(HERE / script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def say(self, line: str) -> str:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


class Nursery:
    """The process that runs commands which may be killed."""

    def __init__(self) -> None:
        self._helper = Helper("nursery.py")
        self.close = self._helper.close

    def warm(self, *arguments: str) -> None:
        """Do a command in the process itself: its children need not compile again what it has compiled."""
        assert self._helper.say(json.dumps({"warm": arguments})), "the warming command failed"

    def start(self, order: dict[str, Any]) -> int:
        """Begin a command; gives its process."""
        return int(self._helper.say(json.dumps(order)))

    def wait(self, process: int) -> int:
        """How it ended; -9 if it was killed."""
        return int(self._helper.say(f"wait {process}"))


@cache
def _judges() -> Helper:
    """The process that mail servers are forked from."""
    made = Helper("judge.py")
    atexit.register(made.close)
    return made


@contextmanager
def judged(log: Path, script: dict[str, Any]) -> Iterator[int]:
    """A mail server that follows a script; gives its port."""
    port, process = _judges().say(json.dumps({"log": str(log), "script": script})).split()
    try:
        yield int(port)
    finally:
        _judges().say(f"end {process}")
