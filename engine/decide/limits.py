"""How many of a play may fire at once: the bound that a wrong rule or wrong data runs into."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from .cases import Case, Judgement, Setting

SMALLEST_DEFAULT = 50


def paused(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """The play, its playbook or everything is paused."""
    return [
        Judgement(case, "held", "paused")
        for case in cases
        if case.candidate.id not in setting.approved
        and setting.is_paused(case.candidate.playbook, case.candidate.play)
    ]


def limit(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """More left to fire than the play's limit: all of the play's are held. What only comes along with
    others (`ahead`) is not counted."""
    left: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        if case.candidate.id not in setting.approved and case.candidate.due <= setting.today:
            left.setdefault((case.candidate.playbook, case.candidate.play), []).append(case)
    return [
        Judgement(case, "held", "limit", f"{len(group)} due, limit {setting.limits[play]}")
        for play, group in left.items()
        if len(group) > setting.limits[play]
        for case in group
    ]


def default_limit(fired_per_day: Sequence[int], foreseen: int, days: int) -> int:
    """The larger of 50, 3 × the 28-day median and 1.5 × what the last snapshot foresaw, over the days
    that are caught up. ``fired_per_day``: one count for each of the last 28 days; ``foreseen``: the sum
    over the days caught up."""
    median = statistics.median(fired_per_day) if fired_per_day else 0
    return max(SMALLEST_DEFAULT * days, math.ceil(3 * median) * days, math.ceil(1.5 * foreseen))
