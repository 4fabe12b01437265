"""How many of each play, playbook and of all may still fire: what is written, or what is usual and was
foreseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import Connection

from ..catalog.contact_rules import Limit
from ..decide.cases import Room
from ..decide.limits import default_limit
from ..decide.policy import Policy, Scope
from ..evaluate.context import Occasion
from ..evaluate.model import PlayId
from ..ledger import read
from ..playbook.model import Play

MEDIAN_DAYS = 28

Fired = Mapping[PlayId, Mapping[date, int]]


def rooms(context: Occasion, connection: Connection, policy: Policy) -> dict[Scope, Sequence[Room]]:
    """The limits on what fires in this run, by scope."""
    today = context.moment.today
    fired: dict[PlayId, dict[date, int]] = {}
    for book, play, day, count in read.fired_per_day(connection, today - timedelta(days=_reach(policy))):
        fired.setdefault((book, play), {})[day] = count
    since = min([today, *(known.last_run for known in context.history.plays.values())])
    foreseen = read.foreseen(connection, since, today)
    found: dict[Scope, Sequence[Room]] = {}
    for playbook in policy.playbooks.values():
        for one in playbook.plays.values():
            place = (playbook.name, one.name)
            limits = (one.limits, playbook.limits, policy.rules.limits)
            written = next((limit.per_play for limit in limits if limit.per_play), None)
            if written is None:
                usual = _usual(context, one, fired.get(place, {}), foreseen.get(place, {}))
                own = [Room(usual, usual)]
            else:
                own = [_room(written, place, fired, today)]
            found[place] = [*own, *_total(one.limits.total, place, fired, today)]
        found[playbook.name,] = _total(playbook.limits.total, (playbook.name,), fired, today)
    found[()] = _total(policy.rules.limits.total, (), fired, today)
    return {scope: some for scope, some in found.items() if some}


def _reach(policy: Policy) -> int:
    """How many days of firings the limits look back upon."""
    every = [policy.rules.limits]
    for book in policy.playbooks.values():
        every += [book.limits, *(play.limits for play in book.plays.values())]
    windows = [limit.days for limits in every for limit in (limits.per_play, limits.total) if limit]
    return max([MEDIAN_DAYS, *windows])


def _total(limit: Limit | None, scope: Scope, fired: Fired, today: date) -> list[Room]:
    return [_room(limit, scope, fired, today)] if limit else []


def _room(limit: Limit, scope: Scope, fired: Fired, today: date) -> Room:
    """What a written limit leaves. Its window counts days with today as the last of them."""
    if limit.window is None:
        return Room(limit.count, limit.count, 0, limit.then == "defer")
    since = today - timedelta(days=limit.days)
    mine = (days for place, days in fired.items() if place[: len(scope)] == scope)
    used = sum(count for days in mine for day, count in days.items() if since < day <= today)
    return Room(limit.count, max(0, limit.count - used), limit.days, limit.then == "defer")


def _usual(context: Occasion, play: Play, fired: Mapping[date, int], foreseen: Mapping[date, int]) -> int:
    today = context.moment.today
    known = context.history.plays.get((play.playbook, play.name))
    last = known.last_run if known else today - timedelta(days=1)
    days = max(1, (today - last).days)
    first = max(known.first_run if known else today, today - timedelta(days=MEDIAN_DAYS))
    per_day = [fired.get(first + timedelta(days=n), 0) for n in range((today - first).days)]
    expected = sum(count for day, count in foreseen.items() if last < day <= today)
    return default_limit(per_day, expected, days)
