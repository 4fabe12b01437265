"""Keys that were merged away: a table of old keys and the ones that replaced them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..catalog.model import Entity
from ..ports import SourceError
from .cast import as_text
from .merge import typed_table
from .sql import column_type, name
from .tables import Tables
from .typed import match_column, value_column

if TYPE_CHECKING:
    import duckdb


def alias_table(entity: str) -> str:
    """The name of the table (old, new) with the aliases of an entity's keys."""
    return f"aliases {entity}"


def load_aliases(connection: duckdb.DuckDBPyConnection, tables: Tables, entity: Entity) -> int:
    """Read an entity's aliases, the first column old keys, the second new ones; chains lead to their end.
    Gives the number of rows. Raises ``SourceError``."""
    ref = entity.aliases
    assert ref is not None
    if len(entity.key) != 1:
        raise SourceError(
            f"{ref.name}: aliases need a key of one field; {entity.name} has {', '.join(entity.key)}"
        )
    raw = f"raw {alias_table(entity.name)}"
    tables.create(ref, raw, lambda opened: f"SELECT * FROM {opened.relation}")
    opened = tables.open(ref)
    columns = [column for column in opened.types if column not in (opened.row_column, opened.fault_column)]
    if len(columns) < 2:
        raise SourceError(f"{opened.origin}: aliases need two columns, the old key and the new one")
    old, new = (as_text(name(column), opened.types[column]) for column in columns[:2])
    rows = connection.execute(
        f"SELECT {old}, {new} FROM {name(raw)} WHERE {old} IS NOT NULL AND {new} IS NOT NULL ORDER BY rowid"
    ).fetchall()
    pairs: dict[str, str] = {}
    for before, after in rows:
        pairs.setdefault(before, after)
    ends = {before: _end(before, pairs, opened.origin) for before in pairs if pairs[before] != before}
    connection.execute(
        f"CREATE TEMP TABLE {name(alias_table(entity.name))} AS"
        " SELECT unnest(?::VARCHAR[]) AS old, unnest(?::VARCHAR[]) AS new",
        [list(ends), list(ends.values())],
    )
    return len(rows)


def _end(key: str, pairs: dict[str, str], origin: str) -> str:
    seen = [key]
    while (after := pairs.get(seen[-1], seen[-1])) != seen[-1]:
        if after in seen:
            raise SourceError(f"{origin}: aliases go in a circle: {' → '.join([*seen, after])}")
        seen.append(after)
    return seen[-1]


def apply_aliases(connection: duckdb.DuckDBPyConnection, entity: Entity, loaded: set[str]) -> bool:
    """Replace old keys in an entity's typed tables: its own key, what tables are matched by, and the fields
    that lead to other entities. ``loaded``: the entities with aliases. Gives whether the spine has
    ``_renamed``, which marks the records whose own key was replaced."""
    for step in entity.type.to_one.values():
        if step.entity in loaded and len(step.by) == 1 and step.by[0] in entity.fields:
            for rank, (index, _) in enumerate(entity.fields[step.by[0]].columns):
                field = entity.fields[step.by[0]]
                place = typed_table(entity, index), value_column(field.name, rank), column_type(field.type)
                _replace(connection, step.entity, *place)
    if entity.name not in loaded:
        return False
    spine = typed_table(entity, 0)
    connection.execute(f"ALTER TABLE {name(spine)} ADD COLUMN _renamed BOOLEAN DEFAULT false")
    key = entity.fields[entity.key[0]]
    for rank, (index, column) in enumerate(key.columns):
        marked = ", _renamed = true" if index == 0 else ""
        place = typed_table(entity, index), value_column(key.name, rank), column_type(key.type)
        _replace(connection, entity.name, *place, marked)
        _replace_matches(connection, entity, index, column)
    return True


def _replace_matches(connection: duckdb.DuckDBPyConnection, entity: Entity, index: int, column: str) -> None:
    if index:
        return
    for further, table in enumerate(entity.tables[1:], start=1):
        for own, spine in table.match:
            if spine == column:
                _replace(connection, entity.name, typed_table(entity, further), match_column(own), "VARCHAR")
    if any(spine == column for table in entity.tables[1:] for _, spine in table.match):
        _replace(connection, entity.name, typed_table(entity, 0), match_column(column), "VARCHAR")


def _replace(
    connection: duckdb.DuckDBPyConnection, entity: str, table: str, column: str, kind: str, also: str = ""
) -> None:
    """Replace old keys in a column of DuckDB type ``kind``; a new key that is not of that type is missing."""
    value = name(column)
    connection.execute(
        f"UPDATE {name(table)} AS t SET {value} = TRY_CAST(a.new AS {kind}){also}"
        f" FROM {name(alias_table(entity))} AS a WHERE t.{value}::VARCHAR = a.old"
    )
