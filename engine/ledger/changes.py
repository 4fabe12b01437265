"""What has changed in a ledger since it was asked last: triggers note the keys of rows, whoever writes them.

For a ledger in memory that one process works through day by day, so that what it has read need not be read
again.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Column, Connection, MetaData, Select, Table, Text, delete, select, union_all

from . import tables

# What is asked for, by which keys, and the tables whose changes concern it: an episode has fired when its
# occurrence acted.
_KEYS: Final = {
    tables.occurrence.name: ("playbook", "play", "record"),
    tables.episode.name: ("playbook", "play", "record"),
    tables.touch.name: ("id",),
    tables.task.name: ("id",),
}
_NOTED_BY: Final = {name: (name,) for name in _KEYS} | {
    tables.episode.name: (tables.episode.name, tables.occurrence.name)
}
_METADATA: Final = MetaData()
_CHANGED: Final = {
    name: Table(f"changed_{name}", _METADATA, *(Column(key, Text, primary_key=True) for key in keys))
    for name, keys in _KEYS.items()
}
# What a row says may change with the day alone: a snoozed task wakes up.
_RESTLESS: Final = {tables.task.name: select(tables.task.c.id).where(tables.task.c.state == "snoozed")}

# The built-in entities that have a row for each row of a watched table, under the same key.
FACTS: Final = {"touch": tables.touch, "task": tables.task}


def watch(connection: Connection) -> None:
    """Begin to note what changes. Only on SQLite."""
    _METADATA.create_all(connection)
    for name, keys in _KEYS.items():
        for source in _NOTED_BY[name]:
            for event, rows in (("insert", ("new",)), ("update", ("old", "new")), ("delete", ("old",))):
                noted = " ".join(_note(name, keys, row) for row in rows)
                trigger = f"changed_{name}_{source}_{event}"
                connection.exec_driver_sql(
                    f"create trigger {trigger} after {event} on {source} begin {noted} end"
                )


def _note(name: str, keys: tuple[str, ...], row: str) -> str:
    values = ", ".join(f"{row}.{key}" for key in keys)
    same = " and ".join(f"{key} = {row}.{key}" for key in keys)
    return (
        f"insert into changed_{name} select {values} "
        f"where not exists (select 1 from changed_{name} where {same});"
    )


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
