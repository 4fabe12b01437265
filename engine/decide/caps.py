"""Nobody gets too much: caps on what a contact, an account and an assignee get in rolling windows.

Who competes goes in the order of ``ranking.ranked``. The loser is deferred: its occurrence is `capped` and
decided again by every run, or, where something else of the occurrence goes, its message waits in the outbox.
Transactional messages count and are never put off. Records that go `together` are one message.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from .approval import wanting
from .cases import Case, Change, Docket, Judgement, Setting
from .contacts import normal
from .drafts import GOING, Draft
from .policy import Cap
from .ranking import ranked
from .suppressed import without_copies
from .together import GroupKey, group_of
from .traffic import Counts, Traffic

CAPPED: Final = "capped: "  # of a touch's reason
Slot = tuple[GroupKey, int, str | None]
Result = tuple[Draft, Cap | None]  # a message, and the cap that leaves no room for it


def caps(dockets: Sequence[Docket], setting: Setting) -> list[Judgement | Change]:
    """Judges what nothing goes of for now, and puts off the messages that others go beside."""
    if not setting.policy.has("contact", "account", "assignee"):
        return []
    counter = _Counter(dockets, setting)
    found = [counter.found(docket, case) for docket, case in ranked(dockets, setting.today)]
    return [one for one in found if one is not None]


class _Counter:
    """Goes through the cases and keeps what was given away."""

    def __init__(self, dockets: Sequence[Docket], setting: Setting) -> None:
        self._setting = setting
        traffic = Traffic(setting.policy, setting.contacts.sent, setting.contacts.opened)
        self._counts = {docket: traffic.of(*docket.place) for docket in dockets}
        self._slots: dict[Slot, Result] = {}
        self._due_groups = {
            group_of(case, docket.play.together)
            for docket in dockets
            if docket.play.together is not None
            for case in docket.cases
            if case.candidate.due <= setting.today
        }
        self._waiting = set(wanting(dockets, setting))
        self._tomorrow = _midnight(setting.today + timedelta(days=1), setting.timezone)

    def found(self, docket: Docket, case: Case) -> Judgement | Change | None:
        """A judgement where nothing of the case goes; a change where messages must be put off."""
        together = docket.play.together
        group = group_of(case, together) if together else None
        if case.candidate.due > self._setting.today and group not in self._due_groups:
            return None  # nothing that it could come along with is due
        counts = self._counts[docket]
        overloaded = self._overloaded(case, counts) if counts.assignee else None
        if overloaded is not None:
            return _capped(case, overloaded)
        results = [self._result(draft, counts, group) for draft in case.drafts]
        met = _in_the_way(results)
        if met is not None:
            return _capped(case, met)
        if case not in self._waiting:
            self._spend(results, counts, group)
        drafts = tuple(
            [draft if cap is None else self._put_off(draft, cap, counts) for draft, cap in results]
        )
        return Change(case, drafts) if drafts != case.drafts else None

    def _overloaded(self, case: Case, counts: Counts) -> Cap | None:
        """Where an assignee has enough, the whole occurrence waits: a mail and its task go together."""
        for draft in case.drafts:
            if draft.doing.type == "task":
                cap = counts.overloaded(draft.recipient, self._setting.today)
                if cap is not None:
                    return cap
        return None

    def _result(self, draft: Draft, counts: Counts, group: GroupKey | None) -> Result:
        """A message, without the copies that there is no room for, and the cap that it meets."""
        if not draft.customer or draft.state != "queued":
            return draft, None
        if group is not None and (slot := (group, draft.doing.number, draft.address)) in self._slots:
            first, cap = self._slots[slot]
            return _at(draft, first.time.at)._replace(cc=first.cc, copies=first.copies), cap
        if draft.doing.topic_kind == "transactional":
            return draft, None
        if draft.copies:
            crowded = {one for one in draft.copies if counts.room(one, None, draft.time.at)[1]}
            draft = without_copies(draft, (one for one in draft.cc if normal(one) in crowded))
        free, cap = counts.room(draft.address, draft.account, draft.time.at, self._tomorrow)
        if cap is None or free >= self._tomorrow:
            return draft, cap
        return self._later_today(draft, cap, free, counts)

    def _later_today(self, draft: Draft, cap: Cap, free: datetime, counts: Counts) -> Result:
        """Where there is room later on the same day it goes then: a week is not eight days because the run
        began some seconds earlier than last time."""
        free = self._setting.good_hour(free, draft.time.timezone, draft.time.country)
        if free >= self._tomorrow or counts.room(draft.address, draft.account, free)[1]:
            return draft, cap
        return _at(draft, free), None

    def _spend(self, results: Sequence[Result], counts: Counts, group: GroupKey | None) -> None:
        for draft, cap in results:
            if draft.doing.type == "task":
                counts.open(draft.recipient, self._setting.today)
            elif draft.customer and draft.state == "queued":
                slot = (group, draft.doing.number, draft.address) if group is not None else None
                if cap is None and (slot is None or slot not in self._slots):
                    counts.add(draft.address, draft.account, draft.copies, draft.time.at)
                if slot is not None:
                    self._slots.setdefault(slot, (draft, cap))

    def _put_off(self, draft: Draft, cap: Cap, counts: Counts) -> Draft:
        free, _ = counts.room(draft.address, draft.account, draft.time.at)
        free = self._setting.good_hour(free, draft.time.timezone, draft.time.country)
        return _at(draft, free)._replace(state="deferred", reason=f"{CAPPED}{cap.kind}")


def _in_the_way(results: Sequence[Result]) -> Cap | None:
    """The first cap that is met, where nothing goes beside it."""
    met: Cap | None = None
    for draft, cap in results:
        if cap is not None:
            met = met or cap
        elif draft.state in GOING:
            return None
    return met


def _capped(case: Case, cap: Cap) -> Judgement:
    deadline = longer(case.candidate.deadline, case.candidate.due, cap.days)
    return Judgement(case, "capped", cap.kind, cap.said, deadline)


def _at(draft: Draft, at: datetime) -> Draft:
    return draft._replace(time=draft.time._replace(at=at))


def _midnight(day: date, timezone: str) -> datetime:
    """The moment at which a day begins."""
    return datetime.combine(day, time.min, ZoneInfo(timezone)).astimezone(UTC)


@lru_cache(maxsize=1_000)
def longer(deadline: date | None, since: date, days: int) -> date | None:
    """The last day on which a cap may put something off: of its grace, or of the cap's own window if that is
    longer (None: a state, as long as it lasts)."""
    return None if deadline is None else max(deadline, date.fromordinal(since.toordinal() + days))
