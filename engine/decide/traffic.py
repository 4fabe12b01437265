"""What contacts, accounts and assignees got and will get, and whether there is room for one more."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from ...dsl.frozen import frozen
from ..evaluate.model import PlayId
from .contacts import Opened, Sent
from .model import TouchRow
from .policy import Cap, Policy

Times = dict[str, list[datetime]]  # sorted, by address or account
Days = dict[str, dict[date, int]]  # how many a day, by assignee

_NOTHING: Final[list[datetime]] = []
_NO_DAYS: Final[dict[date, int]] = {}


@frozen
class _Counts:
    """The caps on what a play does, each with what it has counted so far; a cap of several plays counts for
    all of them in one place."""

    contact: Sequence[tuple[Cap, Times]]
    account: Sequence[tuple[Cap, Times]]
    assignee: Sequence[tuple[Cap, Days]]


class Traffic:
    """The times of messages and the days of tasks by cap and by whom it protects. Starts with what the ledger
    has; ``add`` puts in what is decided now."""

    def __init__(self, policy: Policy, sent: Iterable[Sent], opened: Iterable[Opened]) -> None:
        self._policy = policy
        self._times: dict[Cap, Times] = {}
        self._tasks: dict[Cap, Days] = {}
        self._plays: dict[PlayId, _Counts] = {}
        for one in sent:
            self._put(self._of(one.playbook, one.play), one.address, one.account, one.at)
        for day in opened:
            _open(self._of(day.playbook, day.play), day.assignee, day.day, day.count)

    def _of(self, playbook: str, play: str) -> _Counts:
        found = self._plays.get((playbook, play))
        if found is None:
            caps = self._policy.caps(playbook, play)
            times: dict[str, list[tuple[Cap, Times]]] = {"contact": [], "account": []}
            for cap in caps:
                if cap.kind in times:
                    times[cap.kind].append((cap, self._times.setdefault(cap, {})))
            tasks = [(cap, self._tasks.setdefault(cap, {})) for cap in caps if cap.kind == "assignee"]
            found = self._plays[playbook, play] = _Counts(times["contact"], times["account"], tasks)
        return found

    def full(self, touch: TouchRow, at: datetime) -> Cap | None:
        """The cap that leaves no room for a message at a time."""
        return self._full(touch, touch.address, touch.account, at)

    def full_for_copy(self, touch: TouchRow, address: str, at: datetime) -> Cap | None:
        """The cap that leaves no room for a copy of a message to an address."""
        return self._full(touch, address, None, at)

    def _full(self, touch: TouchRow, address: str | None, account: str | None, at: datetime) -> Cap | None:
        for cap, times in self._places(touch, address, account):
            if not fits(times, at, cap.count, cap.window):
                return cap
        return None

    def earliest(self, touch: TouchRow, at: datetime, until: datetime | None = None) -> datetime:
        """The first time from ``at`` on at which every cap leaves room. Where there is none before ``until``:
        some time after that."""
        places = self._places(touch, touch.address, touch.account)
        while True:
            later = at
            for cap, times in places:
                later = first_room(times, later, cap.count, cap.window)
                if until is not None and later >= until:
                    return later
            if later == at:
                return at
            at = later

    def add(self, touch: TouchRow, at: datetime) -> None:
        """The message goes at a time, its copies with it."""
        counts = self._of(touch.playbook, touch.play)
        self._put(counts, touch.address or "", touch.account, at)
        for copy in touch.copies:
            self._put(counts, copy, None, at)

    def no_room(self, touch: TouchRow, day: date) -> Cap | None:
        """The cap that leaves no room for a task on a day."""
        for cap, days in self._of(touch.playbook, touch.play).assignee:
            since = day - cap.window
            counts = days.get(touch.recipient, _NO_DAYS)
            if sum(count for on, count in counts.items() if on > since) >= cap.count:
                return cap
        return None

    def add_task(self, touch: TouchRow, day: date) -> None:
        """The task opens on a day."""
        _open(self._of(touch.playbook, touch.play), touch.recipient, day, 1)

    def _places(
        self, touch: TouchRow, address: str | None, account: str | None
    ) -> list[tuple[Cap, Sequence[datetime]]]:
        """The caps that concern a message, in the order in which they are named, with the times of those that
        it would join."""
        counts = self._of(touch.playbook, touch.play)
        found: list[tuple[Cap, Sequence[datetime]]] = []
        if address:
            found += [(cap, times.get(address, _NOTHING)) for cap, times in counts.contact]
        if account:
            found += [(cap, times.get(account, _NOTHING)) for cap, times in counts.account]
        return found

    def _put(self, counts: _Counts, address: str, account: str | None, at: datetime) -> None:
        if address:
            for _, times in counts.contact:
                insort(times.setdefault(address, []), at)
        if account:
            for _, times in counts.account:
                insort(times.setdefault(account, []), at)


def _open(counts: _Counts, assignee: str, day: date, count: int) -> None:
    for _, days in counts.assignee:
        of_assignee = days.setdefault(assignee, {})
        of_assignee[day] = of_assignee.get(day, 0) + count


def fits(times: Sequence[datetime], at: datetime, count: int, window: timedelta) -> bool:
    """Whether one more at ``at`` leaves at most ``count`` in every window (of which the later end does not
    belong to it). ``times`` are sorted."""
    if len(times) < count:
        return True
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
