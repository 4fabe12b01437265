"""Nobody gets too much: caps on what a contact, an account and an assignee get in rolling windows.

Who competes goes in the order of ``ranking.rank``. The loser is deferred: its occurrence is `capped` and
decided again by every run, or, where something else of the occurrence goes, its message waits in the outbox.
Transactional messages count and are never put off. Records that go `together` are one message.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from .approval import is_wanted
from .cases import GOING, Case, Judgement, Setting
from .contacts import normal
from .model import TouchRow
from .policy import Cap
from .ranking import rank
from .suppressed import without_copies
from .together import GroupKey, group_of
from .traffic import Traffic

CAPPED: Final = "capped: "  # of a touch's reason
Slot = tuple[GroupKey, int, str]


def caps(cases: Sequence[Case], setting: Setting) -> tuple[list[Judgement], list[Case]]:
    """Judges what nothing goes of for now, and puts off the messages that others go beside."""
    if not setting.policy.has("contact", "account", "assignee"):
        return [], list(cases)
    counter = _Counter(cases, setting)
    judged: list[Judgement] = []
    kept: dict[int, Case] = {}
    for case in sorted(cases, key=lambda one: (one.candidate.due > setting.today, rank(one))):
        found = counter.judged(case)
        if isinstance(found, Judgement):
            judged.append(found)
        else:
            kept[id(case)] = found
    return judged, [kept[id(case)] for case in cases if id(case) in kept]


class _Counter:
    """Goes through the cases and keeps what was given away."""

    def __init__(self, cases: Sequence[Case], setting: Setting) -> None:
        self._setting = setting
        self._traffic = Traffic(setting.policy, setting.contacts.sent, setting.contacts.opened)
        self._slots: dict[Slot, tuple[TouchRow, Cap | None]] = {}
        due = (case for case in cases if case.candidate.due <= setting.today)
        self._due_groups = {group for case in due if (group := group_of(case)) is not None}
        self._tomorrow = _midnight(setting.today + timedelta(days=1), setting.timezone)

    def judged(self, case: Case) -> Case | Judgement:
        """The case with its messages put off where they must be; a judgement where nothing of it goes."""
        group = group_of(case)
        if case.candidate.due > self._setting.today and group not in self._due_groups:
            return case  # nothing that it could come along with is due
        overloaded = self._overloaded(case)
        if overloaded is not None:
            return self._capped(case, overloaded)
        results = [self._message(touch, group) for touch in case.touches]
        if not any(cap is None and touch.state in GOING for touch, cap in results):
            first = next(cap for _, cap in results if cap is not None)
            return self._capped(case, first)
        if not is_wanted(case, self._setting):
            self._spend(case, results, group)
        return case.with_touches(
            tuple([touch if cap is None else self._put_off(touch, cap) for touch, cap in results])
        )

    def _overloaded(self, case: Case) -> Cap | None:
        """Where an assignee has enough, the whole occurrence waits: a mail and its task go together."""
        for touch in case.touches:
            if touch.type == "task":
                cap = self._traffic.no_room(touch, self._setting.today)
                if cap is not None:
                    return cap
        return None

    def _message(self, touch: TouchRow, group: GroupKey | None) -> tuple[TouchRow, Cap | None]:
        """A message, without the copies that there is no room for, and the cap that it meets."""
        if not touch.customer or touch.state != "queued":
            return touch, None
        if group is not None and (slot := (group, touch.action, touch.address or "")) in self._slots:
            first, cap = self._slots[slot]
            return touch._replace(cc=first.cc, copies=first.copies, send_at=first.send_at), cap
        if touch.topic_kind == "transactional":
            return touch, None
        if touch.copies:
            crowded = {one for one in touch.copies if self._traffic.full_for_copy(touch, one, touch.send_at)}
            touch = without_copies(touch, (one for one in touch.cc if normal(one) in crowded))
        cap = self._traffic.full(touch, touch.send_at)
        return (touch, None) if cap is None else self._later_today(touch, cap)

    def _later_today(self, touch: TouchRow, cap: Cap) -> tuple[TouchRow, Cap | None]:
        """Where there is room later on the same day it goes then: a week is not eight days because the run
        began some seconds earlier than last time."""
        at = self._traffic.earliest(touch, touch.send_at, self._tomorrow)
        if at < self._tomorrow:
            at = self._setting.good_hour(at, touch.timezone, touch.country)
        if at >= self._tomorrow or self._traffic.full(touch, at):
            return touch, cap
        return touch._replace(send_at=at), None

    def _free_at(self, touch: TouchRow) -> datetime:
        free = self._traffic.earliest(touch, touch.send_at)
        return self._setting.good_hour(free, touch.timezone, touch.country)

    def _spend(
        self, case: Case, results: Sequence[tuple[TouchRow, Cap | None]], group: GroupKey | None
    ) -> None:
        for touch, cap in results:
            if touch.type == "task":
                self._traffic.add_task(touch, self._setting.today)
            elif touch.customer and touch.state == "queued":
                slot = (group, touch.action, touch.address or "") if group is not None else None
                if cap is None and (slot is None or slot not in self._slots):
                    self._traffic.add(touch, touch.send_at)
                if slot is not None:
                    self._slots.setdefault(slot, (touch, cap))

    def _put_off(self, touch: TouchRow, cap: Cap) -> TouchRow:
        return touch._replace(state="deferred", reason=f"{CAPPED}{cap.kind}", send_at=self._free_at(touch))

    def _capped(self, case: Case, cap: Cap) -> Judgement:
        deadline = longer(case.candidate.deadline, case.candidate.due, cap.days)
        return Judgement(case, "capped", cap.kind, cap.said, deadline)


def _midnight(day: date, timezone: str) -> datetime:
    """The moment at which a day begins."""
    return datetime.combine(day, time.min, ZoneInfo(timezone)).astimezone(UTC)


def longer(deadline: date | None, since: date, days: int) -> date | None:
    """The last day on which a cap may put something off: of its grace, or of the cap's own window if that is
    longer (None: a state, as long as it lasts)."""
    return None if deadline is None else max(deadline, date.fromordinal(since.toordinal() + days))
