"""What a simulation came to: loads, touches a contact and an account, caps met, collisions, verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from itertools import combinations
from typing import Final

from ...dsl.frozen import frozen
from ..decide.model import WORK
from .tally import ANSWERED, Place, Tally, Went

_MOST_LISTED: Final = 10
_WEEK: Final = 7  # days

Json = dict[str, object]


@frozen
class Statistics:
    """The figures of `playcall simulate`, as its JSON shows them."""

    days: list[Json]
    verdicts: list[Json]
    contacts: Json
    accounts: Json
    caps: list[Json]
    collisions: Json
    assignees: list[Json]
    answers: Json

    def to_json(self) -> Json:
        return {one.name: getattr(self, one.name) for one in fields(self)}


def statistics(tally: Tally) -> Statistics:
    """Count everything that was noted."""
    return Statistics(
        _days(tally),
        _verdicts(tally),
        _touches((one.address, one.day) for one in tally.went if one.address),
        _touches((one.account, one.day) for one in tally.went if one.address and one.account),
        _caps(tally),
        _collisions(tally.went),
        _assignees(tally),
        {what: tally.answers[what] for what in ANSWERED},
    )


def _days(tally: Tally) -> list[Json]:
    kinds: dict[date, Counter[str]] = {day: Counter() for day in tally.days}
    for one in tally.went:
        kinds.setdefault(one.day, Counter())[one.type] += 1
    return [
        {
            "day": day.isoformat(),
            "messages": sum(number for kind, number in kinds[day].items() if kind not in WORK),
            "tasks": kinds[day]["task"],
            "verdicts": dict(sorted(tally.verdicts.get(day, Counter()).items())),
        }
        for day in sorted(kinds)
    ]


def _verdicts(tally: Tally) -> list[Json]:
    found: dict[Place, Counter[str]] = {}
    for fate in tally.fates.values():
        found.setdefault((fate.playbook, fate.play), Counter())[fate.verdict] += 1
    return [
        {"playbook": book, "play": play, "verdicts": dict(sorted(counts.items()))}
        for (book, play), counts in sorted(found.items())
    ]


def _touches(touches: Iterable[tuple[str | None, date]]) -> Json:
    """How many messages those got who got any. ``spread``: how many of them got one, two, …; ``week``: the
    most that anybody got on seven days running."""
    days: dict[str, list[date]] = {}
    for who, day in touches:
        days.setdefault(who or "", []).append(day)
    counts = {who: len(theirs) for who, theirs in days.items()}
    spread = Counter(counts.values())
    busiest = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:_MOST_LISTED]
    total = sum(counts.values())
    return {
        "count": len(counts),
        "messages": total,
        "mean": round(total / len(counts), 2) if counts else 0.0,
        "most": max(counts.values(), default=0),
        "week": max(map(_most_in_a_week, days.values()), default=0),
        "spread": [{"messages": number, "count": spread[number]} for number in sorted(spread)],
        "busiest": [{"who": who, "messages": count} for who, count in busiest],
    }


def _most_in_a_week(days: list[date]) -> int:
    ordered = sorted(day.toordinal() for day in days)
    most = first = 0
    for last, day in enumerate(ordered):
        while day - ordered[first] >= _WEEK:
            first += 1
        most = max(most, last - first + 1)
    return most


def _caps(tally: Tally) -> list[Json]:
    """Occurrences that met a cap, by play and kind of cap, and what became of them."""
    found: dict[tuple[str, str, str], Counter[str]] = {}
    for occurrence, cap in tally.caps.items():
        fate = tally.fates[occurrence]
        found.setdefault((fate.playbook, fate.play, cap), Counter())[fate.verdict] += 1
    return [
        {
            "playbook": book,
            "play": play,
            "cap": cap,
            "occurrences": counts.total(),
            "fired": counts["fired"],
            "expired": counts["expired"],
            "waiting": counts["capped"],
        }
        for (book, play, cap), counts in sorted(found.items())
    ]


def _collisions(went: Iterable[Went]) -> Json:
    """Contacts who got messages of two plays or more on one day."""
    plays: dict[tuple[date, str], set[str]] = {}
    for one in went:
        if one.address:
            plays.setdefault((one.day, one.address), set()).add(f"{one.playbook}.{one.play}")
    clashes = {place: sorted(found) for place, found in plays.items() if len(found) > 1}
    pairs = Counter(pair for found in clashes.values() for pair in combinations(found, 2))
    ordered = sorted(pairs.items(), key=lambda one: (-one[1], one[0]))
    return {
        "count": len(clashes),
        "pairs": [{"plays": list(pair), "count": count} for pair, count in ordered],
        "examples": [
            {"day": day.isoformat(), "contact": who, "plays": clashes[day, who]}
            for day, who in sorted(clashes)[:_MOST_LISTED]
        ],
    }


def _assignees(tally: Tally) -> list[Json]:
    opened = Counter(one.to for one in tally.went if one.type == "task")
    weeks: dict[str, Counter[tuple[int, int]]] = {}
    for one in tally.went:
        if one.type == "task":
            weeks.setdefault(one.to, Counter())[one.day.isocalendar()[:2]] += 1
    return [
        {
            "assignee": who,
            "opened": opened[who],
            "closed": tally.closed[who],
            "most_open": tally.most_open[who],
            "busiest_week": max(weeks[who].values()),
        }
        for who in sorted(opened)
    ]


def held(tally: Tally) -> list[Mapping[str, object]]:
    """What is held when the period ends, by play and reason."""
    counts = Counter(
        (one.playbook, one.play, one.reason) for one in tally.fates.values() if one.verdict == "held"
    )
    return [
        {"playbook": book, "play": play, "reason": reason, "count": count}
        for (book, play, reason), count in sorted(counts.items())
    ]
