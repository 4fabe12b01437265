"""How many of a play may fire at once: the bound that a wrong rule or wrong data runs into."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

from .caps import longer
from .cases import Docket, Judgement, Room, Setting
from .policy import Scope
from .ranking import ranked

SMALLEST_DEFAULT = 50


def paused(dockets: Sequence[Docket], setting: Setting) -> list[Judgement]:
    """The play, its playbook or everything is paused: also what a person releases, until `resume`."""
    return [
        Judgement(case, "held", "paused")
        for docket in dockets
        if setting.is_paused(*docket.place)
        for case in docket.cases
    ]


def limit(dockets: Sequence[Docket], setting: Setting) -> list[Judgement]:
    """More left to fire than a limit (`per_play`, `total`) of the play, its playbook or the project: all of
    them are held, or, where the limit defers, all but the best-ranked. What only comes along with others
    (`ahead`) is not counted."""
    left = [_counted(docket, setting) for docket in dockets]
    judged: list[Judgement] = []
    for scope in _scopes((docket.place for docket in left if docket.cases), setting):
        for room in setting.limits[scope]:
            inside = [docket for docket in left if docket.place[: len(scope)] == scope]
            over = _over(inside, room, setting)
            done = {id(one.case) for one in over}
            for docket in inside if done else ():
                docket.cases = [case for case in docket.cases if id(case) not in done]
            judged += over
    return judged


def _counted(docket: Docket, setting: Setting) -> Docket:
    """The cases of a docket that count against limits: due, and not released by a person."""
    approved, today = setting.approved, setting.today
    cases = [
        case for case in docket.cases if case.candidate.due <= today and case.candidate.id not in approved
    ]
    return Docket(docket.playbook, docket.play, cases)


def _scopes(plays: Iterable[Scope], setting: Setting) -> list[Scope]:
    """The scopes of these plays that have limits, the narrow ones first."""
    scopes = {place[:size] for place in plays for size in range(3)} & setting.limits.keys()
    return sorted(scopes, key=lambda scope: (-len(scope), scope))


def _over(dockets: Sequence[Docket], room: Room, setting: Setting) -> list[Judgement]:
    count = sum(len(docket.cases) for docket in dockets)
    if count <= room.left:
        return []
    used = f"{room.limit - room.left} in the last {room.days}d, " if room.days else ""
    detail = f"{count} due, {used}limit {room.limit}"
    if not room.defer:
        return [Judgement(case, "held", "limit", detail) for docket in dockets for case in docket.cases]
    cases = [case for _, case in ranked(dockets, setting.today)]
    days = max(1, room.days)
    return [
        Judgement(case, "capped", "limit", detail, longer(case.candidate.deadline, case.candidate.due, days))
        for case in cases[max(0, room.left) :]
    ]


def default_limit(fired_per_day: Sequence[int], foreseen: int, days: int) -> int:
    """The larger of 50, 3 × the 28-day median and 1.5 × what the last snapshot foresaw, over the days
    that are caught up. ``fired_per_day``: one count for each of the last 28 days; ``foreseen``: the sum
    over the days caught up."""
    median = statistics.median(fired_per_day) if fired_per_day else 0
    return max(SMALLEST_DEFAULT * days, math.ceil(3 * median) * days, math.ceil(1.5 * foreseen))
