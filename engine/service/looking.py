"""What was and will be done: touches, tasks, status. Reads the ledger and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from ...dsl.diagnostics import PlaycallError
from ..ledger import tasks as worklist
from ..ledger import views
from ..shape import nearest
from .schemas import read_schema
from .workspace import Workspace


@contextmanager
def reading(workspace: Workspace) -> Iterator[tuple[Connection, date]]:
    """The ledger, to look at today."""
    zone = ZoneInfo(workspace.project.settings.timezone)
    with workspace.ledger_to_read() as ledger, ledger.reading() as connection:
        yield connection, workspace.clock.now().astimezone(zone).date()


def touches(workspace: Workspace, state: str | None, to: str | None, record: str | None) -> dict[str, object]:
    """The JSON of `touches`. Raises ``PlaycallError`` for a state that there is not."""
    _require_state("touch", "touches", state)
    with reading(workspace) as (connection, _):
        return {"touches": views.touches(connection, state=state, to=to, record=record)}


def tasks(workspace: Workspace, assignee: str | None, state: str | None) -> dict[str, object]:
    """The JSON of `tasks`; without a state, the open ones. Raises ``PlaycallError`` for a state that there is
    not."""
    _require_state("task", "tasks", state)
    with reading(workspace) as (connection, today):
        return {"tasks": worklist.tasks(connection, today, assignee=assignee, state=state)}


def _require_state(kind: str, output: str, state: str | None) -> None:
    """The states are those of the output's schema; a slip would look as if there were none."""
    known = json.loads(read_schema(output))["$defs"][kind]["properties"]["state"]["enum"]
    if state is not None and state not in known:
        near = nearest(state, known)
        hint = f"did you mean {near}?" if near else f"there are: {', '.join(known)}"
        raise PlaycallError(f"there is no state `{state}` of a {kind}; {hint}")


def task(workspace: Workspace, task_id: str) -> dict[str, object]:
    """One task with its checklist and what happened to it."""
    with reading(workspace) as (connection, today):
        return worklist.show(connection, task_id, today)


def status(workspace: Workspace) -> dict[str, object]:
    """The JSON of `status`."""
    with reading(workspace) as (connection, today):
        return views.status(connection, today)
