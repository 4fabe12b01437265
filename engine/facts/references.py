"""Fields that lead to a record of another entity which is not there: counted, and the step gives nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ...dsl.types import ToOne
from ..catalog.model import Entity
from ..keys import key_sql
from .merge import merged_table
from .model import Example, Problem
from .problems import EXAMPLES, masked
from .sql import name, text
from .typed import ROW

if TYPE_CHECKING:
    import duckdb


def broken(
    connection: duckdb.DuckDBPyConnection, entity: Entity, objects: Mapping[str, Path]
) -> Iterator[tuple[int, Problem]]:
    """The broken references of an entity, each with the index of the table that its field trusts most.
    ``objects``: the Parquet files of the entities that could be loaded."""
    for step in entity.type.to_one.values():
        if step.entity not in objects or not all(field in entity.fields for field in step.by):
            continue
        problem = _broken(connection, entity, step, objects)
        if problem is not None:
            yield entity.fields[step.by[0]].columns[0][0], problem


def _broken(
    connection: duckdb.DuckDBPyConnection, entity: Entity, step: ToOne, objects: Mapping[str, Path]
) -> Problem | None:
    own = key_sql([f"{name(field)}::VARCHAR" for field in step.by])
    keys = f"read_parquet({text(str(objects[step.entity]))})"
    records = f"read_parquet({text(str(objects[entity.name]))})"
    dangling = f"{own} IS NOT NULL AND {own} NOT IN (SELECT _key FROM {keys})"
    counted = connection.execute(f"SELECT count(*) FROM {records} WHERE {dangling}").fetchall()
    if not counted[0][0]:
        return None
    some = f"SELECT _key, {own} AS cell FROM {records} WHERE {dangling} ORDER BY _key LIMIT {EXAMPLES}"
    rows = connection.execute(
        f"SELECT min(m.{ROW}), x._key, x.cell FROM ({some}) x"
        f" JOIN {name(merged_table(entity))} m USING (_key) GROUP BY x._key, x.cell ORDER BY 1"
    ).fetchall()
    field = "/".join(step.by)
    examples = tuple(Example(row, key, masked(entity, field, cell)) for row, key, cell in rows)
    return Problem(entity.name, field, "broken_reference", counted[0][0], examples)
