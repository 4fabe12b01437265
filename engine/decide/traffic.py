"""What contacts, accounts and assignees got and will get, and whether there is room for one more."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from ...dsl.frozen import frozen
from ..evaluate.model import PlayId
from .contacts import Opened, Sent
from .policy import Cap, Policy

Times = defaultdict[str | None, list[datetime]]  # sorted, by address or account
Days = dict[str, dict[date, int]]  # how many a day, by assignee

_NO_DAYS: Final[dict[date, int]] = {}


@frozen(eq=False)
class Counts:
    """The caps on what a play does, each with what it has counted so far; a cap of several plays counts for
    all of them in one place."""

    contact: Sequence[tuple[Cap, Times]]
    account: Sequence[tuple[Cap, Times]]
    assignee: Sequence[tuple[Cap, Days]]

    def room(
        self, address: str | None, account: str | None, at: datetime, until: datetime | None = None
    ) -> tuple[datetime, Cap | None]:
        """The first time from ``at`` on at which every cap leaves room for a message, and the first cap that
        leaves none at ``at`` itself. Where there is no room before ``until``: some time after that. A copy
        counts for no account."""
        met: Cap | None = None
        while True:
            free = at
            for caps, whom in ((self.contact, address), (self.account, account)):
                for cap, times in caps:
                    theirs = times.get(whom)
                    if theirs is None or len(theirs) < cap.count:
                        continue
                    later = first_room(theirs, free, cap.count, cap.window)
                    if later == free:
                        continue
                    met, free = met or cap, later
                    if until is not None and free >= until:
                        return free, met
            if free == at:
                return free, met
            at = free

    def add(self, address: str | None, account: str | None, copies: Iterable[str], at: datetime) -> None:
        """The message goes at a time, its copies with it."""
        for one in (address, *copies) if address else copies:
            for _, times in self.contact:
                insort(times[one], at)
        for _, times in self.account if account else ():
            insort(times[account], at)

    def overloaded(self, assignee: str, day: date) -> Cap | None:
        """The cap that leaves no room for a task on a day."""
        for cap, days in self.assignee:
            since = day - cap.window
            counts = days.get(assignee, _NO_DAYS)
            if sum(count for on, count in counts.items() if on > since) >= cap.count:
                return cap
        return None

    def open(self, assignee: str, day: date, count: int = 1) -> None:
        """So many tasks open on a day."""
        for _, days in self.assignee:
            of_assignee = days.setdefault(assignee, {})
            of_assignee[day] = of_assignee.get(day, 0) + count


class Traffic:
    """The times of messages and the days of tasks by cap and by whom it protects. Starts with what the ledger
    has; what is decided now is added to the ``Counts`` of its play."""

    def __init__(self, policy: Policy, sent: Iterable[Sent], opened: Iterable[Opened]) -> None:
        self._policy = policy
        self._times: dict[Cap, Times] = defaultdict(lambda: defaultdict(list))
        self._tasks: dict[Cap, Days] = {}
        self._plays: dict[PlayId, Counts] = {}
        for one in sent:
            self.of(one.playbook, one.play).add(one.address, one.account, (), one.at)
        for day in opened:
            self.of(day.playbook, day.play).open(day.assignee, day.day, day.count)

    def of(self, playbook: str, play: str) -> Counts:
        """What counts for a play."""
        found = self._plays.get((playbook, play))
        if found is None:
            caps = self._policy.caps(playbook, play)
            times: dict[str, list[tuple[Cap, Times]]] = {"contact": [], "account": []}
            for cap in caps:
                if cap.kind in times:
                    times[cap.kind].append((cap, self._times[cap]))
            tasks = [(cap, self._tasks.setdefault(cap, {})) for cap in caps if cap.kind == "assignee"]
            found = self._plays[playbook, play] = Counts(times["contact"], times["account"], tasks)
        return found


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
    if len(times) < count:
        return at
    if times[-1] <= at:  # it would be the last
        return max(at, times[-count] + window)
    if fits(times, at, count, window):
        return at
    ends = (one + window for one in times)
    return next(end for end in ends if end > at and fits(times, end, count, window))
