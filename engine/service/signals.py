"""Stopping when asked to: the first SIGTERM or SIGINT becomes a flag, so that nothing is cut off."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import Protocol


class Stop(Protocol):
    """Whether to stop, and a wait that ends when that is asked for."""

    def is_set(self) -> bool: ...

    def wait(self, timeout: float) -> object:
        """Wait so many seconds, or until asked to stop."""
        ...


@contextmanager
def until_stopped() -> Iterator[Event]:
    """A flag that SIGTERM and SIGINT set while the block runs. Only of use in the main thread."""
    flag = Event()

    def remember(number: int, frame: FrameType | None) -> None:
        flag.set()

    before = {number: signal.signal(number, remember) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield flag
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
