"""How often somebody may come: counted in memory, for so many at a time and no more."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

WINDOW: Final = 60.0  # seconds
PER_TOKEN: Final = 60
PER_ADDRESS: Final = 300  # a company's people come from one address, and so does its mail scanner
MOST: Final = 20_000  # callers that are remembered; the longest unseen goes first


class Limiter:
    """At most ``count`` times in a window of ``WINDOW`` seconds that begins with a caller's first time."""

    def __init__(self, count: int, clock: Callable[[], float] = time.monotonic, most: int = MOST) -> None:
        self._count = count
        self._clock = clock
        self._most = most
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def allows(self, caller: str) -> bool:
        """Count one more; whether it is within the limit."""
        now = self._clock()
        began, times = self._seen.pop(caller, (now, 0))
        if now - began >= WINDOW:
            began, times = now, 0
        self._seen[caller] = (began, times + 1)
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return times < self._count


def network_of(address: str) -> str:
    """What counts as one caller: an IPv4 address, a /64 of IPv6 (which one subscriber has whole)."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return address
    return str(ipaddress.IPv6Network((int(found), 64), strict=False))
