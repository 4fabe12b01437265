"""Trying again what failed, after ever longer waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from ...dsl.diagnostics import PlaycallError
from ..ports import Clock
from ..telemetry.log import Log

WATCH_SECONDS: Final = 5.0  # between two looks at what is due
LONGEST: Final = 300.0  # seconds between two attempts, however often it failed


class Backoff:
    """When to try one thing again: 5, 10, 20, … seconds after it failed, at most 5 minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._since: datetime | None = None
        self._wait = timedelta()
        self.trouble = ""  # why it failed last; empty while all is well

    def ready(self) -> bool:
        """Whether it may be tried now. A clock that was put back does not prolong the wait."""
        return self._since is None or not self._since <= self._clock.now() < self._since + self._wait

    def failed(self, why: str = "") -> float:
        """It failed; gives the seconds until the next attempt."""
        seconds = min(WATCH_SECONDS * 2.0 ** min(self._failures, 16), LONGEST)
        self._failures += 1
        self._since, self._wait, self.trouble = self._clock.now(), timedelta(seconds=seconds), why
        return seconds

    def succeeded(self) -> None:
        """It went well: the next failure starts anew."""
        self._failures, self._since, self.trouble = 0, None, ""

    @contextmanager
    def trying(self, log: Log, what: str) -> Iterator[None]:
        """One attempt. What a user or an operator can mend is told in the log, and tried again later."""
        try:
            yield
        except PlaycallError as error:
            log.error(f"{what}.failed", why=str(error), seconds=self.failed(str(error)))
        else:
            self.succeeded()
