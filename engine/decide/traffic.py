"""What contacts, accounts and assignees got and will get, and whether there is room for one more."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from .contacts import Opened, Sent
from .model import TouchRow
from .policy import Cap, Policy

Place = tuple[Cap, str]  # whose cap, and the address, account or assignee

_NOTHING: Final[list[datetime]] = []


class Traffic:
    """The times of messages and the days of tasks by cap and by whom it protects. Starts with what the ledger
    has; ``add`` puts in what is decided now."""

    def __init__(self, policy: Policy, sent: Iterable[Sent], opened: Iterable[Opened]) -> None:
        self._policy = policy
        self._times: dict[Place, list[datetime]] = {}
        self._tasks: dict[Place, dict[date, int]] = {}
        for one in sent:
            self._put(one.playbook, one.play, one.address, one.account, one.at)
        for day in opened:
            self._open(day.playbook, day.play, day.assignee, day.day, day.count)

    def full(self, touch: TouchRow, at: datetime) -> Cap | None:
        """The cap that leaves no room for a message at a time."""
        return self._full(touch, touch.address, touch.account, at)

    def full_for_copy(self, touch: TouchRow, address: str, at: datetime) -> Cap | None:
        """The cap that leaves no room for a copy of a message to an address."""
        return self._full(touch, address, None, at)

    def _full(self, touch: TouchRow, address: str | None, account: str | None, at: datetime) -> Cap | None:
        for cap, who in self._places(touch.playbook, touch.play, address, account):
            if not fits(self._times.get((cap, who), _NOTHING), at, cap.count, cap.window):
                return cap
        return None

    def earliest(self, touch: TouchRow, at: datetime) -> datetime:
        """The first time from ``at`` on at which every cap leaves room."""
        places = list(self._places(touch.playbook, touch.play, touch.address, touch.account))
        while True:
            later = at
            for cap, who in places:
                later = first_room(self._times.get((cap, who), _NOTHING), later, cap.count, cap.window)
            if later == at:
                return at
            at = later

    def add(self, touch: TouchRow, at: datetime) -> None:
        """The message goes at a time, its copies with it."""
        self._put(touch.playbook, touch.play, touch.address or "", touch.account, at)
        for copy in touch.copies:
            self._put(touch.playbook, touch.play, copy, None, at)

    def no_room(self, touch: TouchRow, day: date) -> Cap | None:
        """The cap that leaves no room for a task on a day."""
        for cap in self._policy.caps(touch.playbook, touch.play):
            if cap.kind == "assignee":
                counts = self._tasks.get((cap, touch.recipient), {})
                since = day - cap.window
                if sum(count for on, count in counts.items() if on > since) >= cap.count:
                    return cap
        return None

    def add_task(self, touch: TouchRow, day: date) -> None:
        """The task opens on a day."""
        self._open(touch.playbook, touch.play, touch.recipient, day, 1)

    def _places(self, playbook: str, play: str, address: str | None, account: str | None) -> Iterable[Place]:
        for cap in self._policy.caps(playbook, play):
            if cap.kind == "contact" and address:
                yield cap, address
            elif cap.kind == "account" and account:
                yield cap, account

    def _put(self, playbook: str, play: str, address: str, account: str | None, at: datetime) -> None:
        for place in self._places(playbook, play, address, account):
            insort(self._times.setdefault(place, []), at)

    def _open(self, playbook: str, play: str, assignee: str, day: date, count: int) -> None:
        for cap in self._policy.caps(playbook, play):
            if cap.kind == "assignee":
                counts = self._tasks.setdefault((cap, assignee), {})
                counts[day] = counts.get(day, 0) + count


def fits(times: Sequence[datetime], at: datetime, count: int, window: timedelta) -> bool:
    """Whether one more at ``at`` leaves at most ``count`` in every window (of which the later end does not
    belong to it). ``times`` are sorted."""
    place = bisect_right(times, at)
    for first in range(max(0, place - count), place + 1):
        last = first + count  # of the times with the new one among them
        if last > len(times):
            break
        start = times[first] if first < place else at
        end = at if last == place else times[last - 1]
        if end - start < window:
            return False
    return True


def first_room(times: Sequence[datetime], at: datetime, count: int, window: timedelta) -> datetime:
    """The first moment from ``at`` on that fits."""
    if fits(times, at, count, window):
        return at
    ends = (one + window for one in times)
    return next(end for end in ends if end > at and fits(times, end, count, window))
