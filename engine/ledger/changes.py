"""What has changed in a ledger since it was asked last: triggers note the keys of rows, whoever writes them.

For a ledger in memory that one process works through day by day, so that what it has read need not be read
again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Column, Connection, MetaData, Select, Table, Text, delete, select, union_all

from . import tables

# The rows of a table that a parent of follow-ups depends on, as the occurrences whose record they concern.
_MEMBERS: Final = "occurrence o join touch_member m on m.occurrence = o.id where m.touch = {row}.id"
_SERVED: Final = "occurrence o where o.id = {row}.occurrence"
_OWN: Final = ""

Source = tuple[str, tuple[str, ...], str]  # a table, the events that are noted, and where the keys are

_ALL: Final = ("insert", "update", "delete")

# What is asked for, by which keys, and whose changes concern it: an episode has fired when its occurrence
# acted, and an occurrence has acted when its touch went.
PARENTS: Final = "parent"
_KEYS: Final = {
    tables.occurrence.name: ("playbook", "play", "record"),
    tables.episode.name: ("playbook", "play", "record"),
    tables.touch.name: ("id",),
    tables.task.name: ("id",),
    PARENTS: ("playbook", "record"),
}
_NOTED_BY: Final[Mapping[str, tuple[Source, ...]]] = {
    tables.occurrence.name: ((tables.occurrence.name, _ALL, _OWN),),
    tables.episode.name: ((tables.episode.name, _ALL, _OWN), (tables.occurrence.name, _ALL, _OWN)),
    tables.touch.name: ((tables.touch.name, _ALL, _OWN),),
    tables.task.name: ((tables.task.name, _ALL, _OWN),),
    PARENTS: (
        (tables.occurrence.name, _ALL, _OWN),
        (tables.episode.name, _ALL, _OWN),
        (tables.touch_member.name, ("insert", "delete"), _SERVED),
        (tables.touch.name, ("update of state, sent_on",), _MEMBERS),
    ),
}
_METADATA: Final = MetaData()
_CHANGED: Final = {
    name: Table(
        f"changed_{name}",
        _METADATA,
        *(Column(key, Text, primary_key=True) for key in keys),
        sqlite_with_rowid=False,
    )
    for name, keys in _KEYS.items()
}
# What a row says may change with the day alone: a snoozed task wakes up.
_RESTLESS: Final = {tables.task.name: select(tables.task.c.id).where(tables.task.c.state == "snoozed")}

# The built-in entities that have a row for each row of a watched table, under the same key.
FACTS: Final = {"touch": tables.touch, "task": tables.task}


def watch(connection: Connection) -> None:
    """Begin to note what changes. Only on SQLite."""
    _METADATA.create_all(connection)
    # The ledger finds the touches of an occurrence by the table's key; here each touch is asked for its own.
    connection.exec_driver_sql(f"create index changed_by_touch on {tables.touch_member.name} (touch)")
    for name, sources in _NOTED_BY.items():
        for source, events, origin in sources:
            for event in events:
                kind = event.partition(" ")[0]
                rows = {"insert": ("new",), "update": ("old", "new"), "delete": ("old",)}[kind]
                noted = " ".join(_note(name, row, origin) for row in rows)
                trigger = f"changed_{name}_{source}_{kind}"
                connection.exec_driver_sql(
                    f"create trigger {trigger} after {event} on {source} begin {noted} end"
                )


def _note(name: str, row: str, origin: str) -> str:
    """Note the keys in a row, or in the rows of its ``origin``."""
    values = ", ".join(f"{'o' if origin else row}.{key}" for key in _KEYS[name])
    found = f"select {values} from {origin.format(row=row)}" if origin else f"values ({values})"
    return f"insert into changed_{name} {found} on conflict do nothing;"


def changed(name: str) -> Select[Any]:
    """The keys of what has changed of a table, or may say something else today."""
    noted = select(*_CHANGED[name].c)
    if name not in _RESTLESS:
        return noted
    both = union_all(noted, _RESTLESS[name]).subquery()
    return select(*both.c).distinct()


def forget(connection: Connection, name: str) -> None:
    """What has changed in a table so far is known."""
    connection.execute(delete(_CHANGED[name]))
