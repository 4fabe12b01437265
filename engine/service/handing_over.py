"""Tasks handed to other systems: what has happened to them, each change once, through the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from ..catalog.model import Project
from ..facts.model import stamp
from ..ledger import handover
from ..ledger.database import Ledger
from ..ledger.handover import Told
from ..ledger.tasks import Act
from .exporting import hidden_of
from .staff import Member, staff
from .workspace import Workspace

ACTOR: Final = "handover"
STAFF: Final = "/staff"  # where the pages of the staff begin


def hand_over(workspace: Workspace, ledger: Ledger, now: datetime) -> int:
    """Queue what systems have not been told yet. Gives how many messages that are."""
    names = [one.name for one in workspace.project.exports.values() if one.handed_over]
    with ledger.reading() as connection:
        behind = [name for name in names if handover.is_behind(connection, name)]
    if not behind:
        return 0
    people = staff(workspace)
    hidden = hidden_of(workspace.catalog, workspace.playbooks)
    act = Act(ACTOR, now, now.astimezone(ZoneInfo(workspace.project.settings.timezone)).date())
    count = 0
    for name in behind:
        with ledger.writing(patient=True) as connection:
            told = handover.catch_up(connection, name, act, hidden)
            says = [(one, payload(one, people, workspace.project)) for one in told]
            handover.queue(connection, name, says, act)
        count += len(told)
    return count


def payload(told: Told, people: Mapping[str, Member], project: Project) -> dict[str, object]:
    """A change as plain JSON, with the task as it stands and who has it."""
    change, assignee = told.change, people.get(told.task["assignee"])
    return {
        "event": change.kind,
        "number": change.number,
        "at": stamp(change.at),
        "actor": change.actor,
        "data": dict(change.data),
        "task": {name: _plain(value) for name, value in told.task.items()},
        "assignee": {"name": assignee.name, "email": assignee.email} if assignee else None,
        "url": task_url(project, change.task),
    }


def task_url(project: Project, task_id: str) -> str | None:
    """The task's page; None where the pages have no address."""
    return f"{project.links.url}{STAFF}/tasks/{task_id}" if project.links else None


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return stamp(value)
    return value.isoformat() if isinstance(value, date) else value
