"""The two processes beside a crash test: one whose children may be killed, and the mail server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


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
