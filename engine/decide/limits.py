"""How many of a play may fire at once: the bound that a wrong rule or wrong data runs into."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

from .caps import longer
from .cases import Case, Judgement, Room, Setting
from .policy import Scope
from .ranking import rank

SMALLEST_DEFAULT = 50


def paused(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """The play, its playbook or everything is paused."""
    places = {(case.candidate.playbook, case.candidate.play) for case in cases}
    stopped = {place for place in places if setting.is_paused(*place)}
    return [
        Judgement(case, "held", "paused")
        for case in (cases if stopped else ())
        if case.candidate.id not in setting.approved
        and (case.candidate.playbook, case.candidate.play) in stopped
    ]


def limit(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """More left to fire than a limit (`per_play`, `total`) of the play, its playbook or the project: all of
    them are held, or, where the limit defers, all but the best-ranked. What only comes along with others
    (`ahead`) is not counted."""
    left: dict[Scope, list[Case]] = {}
    for case in cases:
        candidate = case.candidate
        if candidate.id not in setting.approved and candidate.due <= setting.today:
            left.setdefault((candidate.playbook, candidate.play), []).append(case)
    judged: list[Judgement] = []
    for scope in _scopes(left, setting):
        for room in setting.limits[scope]:
            inside = [place for place in left if place[: len(scope)] == scope]
            over = _over([case for place in inside for case in left[place]], room, setting)
            done = {id(one.case) for one in over}
            for place in inside if done else ():
                left[place] = [case for case in left[place] if id(case) not in done]
            judged += over
    return judged


def _scopes(plays: Iterable[Scope], setting: Setting) -> list[Scope]:
    """The scopes of these plays that have limits, the narrow ones first."""
    scopes = {place[:size] for place in plays for size in range(3)} & setting.limits.keys()
    return sorted(scopes, key=lambda scope: (-len(scope), scope))


def _over(group: Sequence[Case], room: Room, setting: Setting) -> list[Judgement]:
    if len(group) <= room.left:
        return []
    used = f"{room.limit - room.left} in the last {room.days}d, " if room.days else ""
    detail = f"{len(group)} due, {used}limit {room.limit}"
    if not room.defer:
        return [Judgement(case, "held", "limit", detail) for case in group]
    waiting = sorted(group, key=rank)[max(0, room.left) :]
    days = max(1, room.days)
    return [
        Judgement(case, "capped", "limit", detail, longer(case.candidate.deadline, case.candidate.due, days))
        for case in waiting
    ]


def default_limit(fired_per_day: Sequence[int], foreseen: int, days: int) -> int:
    """The larger of 50, 3 × the 28-day median and 1.5 × what the last snapshot foresaw, over the days
    that are caught up. ``fired_per_day``: one count for each of the last 28 days; ``foreseen``: the sum
    over the days caught up."""
    median = statistics.median(fired_per_day) if fired_per_day else 0
    return max(SMALLEST_DEFAULT * days, math.ceil(3 * median) * days, math.ceil(1.5 * foreseen))
