"""The tasks on a worklist, as runs look at them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, bindparam, case, exists, or_, select

from ..chunks import chunks
from ..decide.model import OpenTask
from ..evaluate.model import PlayId
from . import tables
from .columns import of_plays, one_of
from .write import OPEN_TASK

_OPEN_TASKS: Final = (
    select(*(tables.task.c[field.name] for field in fields(OpenTask)))
    .where(tables.task.c.closed_on.is_(None), one_of(tables.task.c.state, OPEN_TASK))
    .order_by(tables.task.c.id)
)


def open_tasks(connection: Connection) -> list[OpenTask]:
    """Tasks on a worklist, snoozed ones included."""
    return [OpenTask(*row) for row in connection.execute(_OPEN_TASKS)]


def closable_tasks(
    connection: Connection, asking: Iterable[PlayId], heads: Mapping[PlayId, str], closing: Collection[str]
) -> list[OpenTask]:
    """Of the tasks on a worklist those that a run may close; there may be many that it need not look at.
    ``asking``: plays whose tasks have an `until`; ``heads``: by follow-up the play at the head of its chain,
    whose episodes they belong to; ``closing``: the records of which an episode ends now."""
    statement = _closable(tuple(sorted(asking)), tuple(sorted(heads.items())))
    found: dict[str, OpenTask] = {}
    for records in list(chunks(sorted(closing))) or [[]]:
        for row in connection.execute(statement, {"closing": records}):
            found[row[0]] = OpenTask(*row)
    return [found[one] for one in sorted(found)]


@lru_cache(maxsize=64)
def _closable(asking: tuple[PlayId, ...], heads: tuple[tuple[PlayId, str], ...]) -> Select[Any]:
    task, episode = tables.task.c, tables.episode.c
    follows = [(and_(task.playbook == book, task.play == play), head) for (book, play), head in heads]
    first = case(*follows, else_=task.play) if follows else task.play
    ended = exists().where(
        episode.playbook == task.playbook,
        episode.play == first,
        episode.record == task.record,
        episode.number == task.episode,
        episode.closed_on.is_not(None),
    )
    ends_now = and_(task.episode.is_not(None), task.record.in_(bindparam("closing", expanding=True)))
    asked = [of_plays(task, asking)] if asking else []
    # In no order: SQLite would go through all that ever were.
    return _OPEN_TASKS.order_by(None).where(or_(*asked, ends_now, and_(task.episode.is_not(None), ended)))
