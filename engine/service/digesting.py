"""The daily digest: one mail a working day to everybody for whom something waits, through the outbox."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from ...dsl.calendar import Calendar
from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ..catalog.model import Project
from ..decide.contacts import normal
from ..decide.model import TouchRow
from ..deliver.context import encode
from ..ledger import digests
from ..ledger.database import Ledger
from ..ledger.digests import News, Task
from ..ledger.read import last_run
from ..ledger.tasks import Act
from ..shape import nearest
from ..template.files import OWN_DIGEST
from .handing_over import STAFF, task_url
from .staff import Member, staff
from .workspace import Workspace

ACTOR: Final = "digest"
MOST: Final = 30  # tasks of one kind that are listed; how many more there are is said
_LISTS: Final = ("overdue", "due", "new", "cleared")

# What became of somebody's digest: it is ``queued``, or why there is none.
State = Literal["queued", "told", "nothing", "early", "day_off", "no_address", "unwanted"]


@frozen
class Digest:
    """Somebody's digest of a day (by their own calendar)."""

    user: str
    to: str
    day: date
    state: State
    news: News = field(default_factory=News)

    def to_json(self) -> dict[str, object]:
        counts = {name: len(getattr(self.news, name)) for name in _LISTS}
        return {"user": self.user, "to": self.to, "day": self.day, "state": self.state, **counts}


def digest(workspace: Workspace, user: str | None = None, *, dry_run: bool = False) -> list[Digest]:
    """Queue the digests of today, whatever the time; of one person, if one is named. ``dry_run``: only say
    what they would be. Raises ``PlaycallError``."""
    require_digest(workspace.project)
    people = staff(workspace)
    if user is not None and user not in people:
        close = nearest(user, people)
        hint = f"did you mean {close}?" if close else f"there are: {', '.join(people) or 'none'}"
        raise PlaycallError(f"there is no user `{user}`; {hint}")
    wanted = [people[user]] if user is not None else list(people.values())
    with workspace.ledger() as ledger:
        return write_digests(workspace, ledger, wanted, workspace.clock.now(), early=True, dry_run=dry_run)


def require_digest(project: Project) -> None:
    """Raise ``PlaycallError`` where the project has no digests."""
    if project.digest is None:
        raise PlaycallError('playcall.yaml has no `digest`; add for example digest: {at: "08:00"}')


def write_digests(
    workspace: Workspace,
    ledger: Ledger,
    people: Sequence[Member],
    now: datetime,
    *,
    early: bool = False,
    dry_run: bool = False,
    done: Mapping[str, date] = MappingProxyType({}),
) -> list[Digest]:
    """Queue the digests of these people for their today. ``early``: also before the time of day for them;
    ``done``: the day whose digest somebody need not be asked about again."""
    found = {one.key: _judged(workspace, one, now, early) for one in people}
    found = {key: one for key, one in found.items() if done.get(key) != one.day}
    by_day: dict[date, list[Member]] = defaultdict(list)
    for one in people:
        if one.key in found and found[one.key].state == "queued":
            by_day[found[one.key].day].append(one)
    for day, group in by_day.items():
        found |= _of_day(workspace, ledger, group, day, now, dry_run)
    return list(found.values())


def _judged(workspace: Workspace, person: Member, now: datetime, early: bool) -> Digest:
    """Whether somebody gets one at all, as far as the clock and they themselves say."""
    config = workspace.project.digest
    assert config is not None  # asked by the callers
    local = now.astimezone(ZoneInfo(person.timezone))
    state: State = "queued"
    if not person.digest:
        state = "unwanted"
    elif not person.email:
        state = "no_address"
    elif not _is_working_day(workspace, person, local.date()):
        state = "day_off"
    elif not early and local.time() < config.at:
        state = "early"
    return Digest(person.key, person.email, local.date(), state)


def _calendar(workspace: Workspace, country: str, day: date) -> Calendar:
    return Calendar.around(replace(workspace.project.settings, holidays=country), day)


def _is_working_day(workspace: Workspace, person: Member, day: date) -> bool:
    return _calendar(workspace, person.country, day).add(day - timedelta(days=1), 1) == day


def _of_day(
    workspace: Workspace, ledger: Ledger, people: Sequence[Member], day: date, now: datetime, dry_run: bool
) -> dict[str, Digest]:
    zone = ZoneInfo(workspace.project.settings.timezone)
    act = Act(ACTOR, now, now.astimezone(zone).date())
    before = _calendar(workspace, workspace.project.settings.holidays, day).add(day, -1) or day
    found: dict[str, Digest] = {}
    with ledger.trying() if dry_run else ledger.writing(patient=True) as connection:
        digests.hold(connection)
        run = last_run(connection)
        told = digests.told(connection, [one.key for one in people], day)
        waiting = [one for one in people if one.key not in told]
        said = digests.news(connection, [one.key for one in waiting], day, before)
        for person in people:
            news = said.get(person.key, News())
            state: State = "told" if person.key in told else "queued" if news else "nothing"
            found[person.key] = Digest(person.key, person.email, day, state, news)
            if state == "queued" and run is not None:
                row = digests.digest_row(person.key, day, run, act)
                digests.write(connection, _message(row, person, day, news, workspace.project), day, run, act)
    return found


def _message(row: TouchRow, person: Member, day: date, news: News, project: Project) -> TouchRow:
    context = {f"digest.{name}": value for name, value in _said(day, news, project).items()}
    return row._replace(
        template=OWN_DIGEST,
        recipient=person.email,
        recipient_name=person.name or None,
        address=normal(person.email),
        locale=person.locale,
        timezone=person.timezone,
        country=person.country or None,
        context=encode(context),
    )


def _said(day: date, news: News, project: Project) -> dict[str, Any]:
    """What the template reads: of each kind of task the ``count``, those that are listed, and how many
    ``more`` there are."""
    url = f"{project.links.url}{STAFF}/tasks" if project.links else None
    lists: Mapping[str, Sequence[Task]] = {name: getattr(news, name) for name in _LISTS}
    return {"day": day, "url": url} | {name: _listed(tasks, project) for name, tasks in lists.items()}


def _listed(tasks: Sequence[Task], project: Project) -> dict[str, Any]:
    shown = [
        {
            **{name: one[name] for name in ("title", "record", "due", "priority")},
            "url": task_url(project, one["id"]),
        }
        for one in tasks[:MOST]
    ]
    return {"count": len(tasks), "tasks": shown, "more": len(tasks) - len(shown)}
