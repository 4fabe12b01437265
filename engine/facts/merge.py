"""The second step of a load: the typed tables of one entity as one relation, a row a record of the spine.

Its columns: ``_n`` (place in the spine), ``_row`` (number for people), ``_key``, the fields, ``_faults``,
``_bad``, ``_blank``; for fields of several columns also each candidate (``name@0``, …) and ``_src_NAME``, the
rank of the one that won; for money ``name!``, whether the amount was dropped for want of a currency.
"""

from __future__ import annotations

from ...dsl.types import Kind
from ..catalog.model import Entity, StoredField
from ..keys import key_sql
from .sql import comma, name, text
from .typed import BAD_ROW, BLANK, FAULTS, FRESH, ROW, match_column, value_column

OWN_FAULTS = "_own_faults"  # of the spine alone; ``_faults`` are those of all tables

_LONG_AGO = "TIMESTAMP '0001-01-01'"
_CURRENCY = "'[A-Z]{3}'"


def typed_table(entity: Entity, index: int) -> str:
    """The name of the typed table of the entity's table with this index."""
    return f"typed {entity.name} {index}"


def merged_table(entity: Entity) -> str:
    """The name of the merged relation."""
    return f"merged {entity.name}"


def source_column(field: str) -> str:
    """The column of an entity table that holds the rank of the column a value came from."""
    return f"_src_{field}"


def flag_column(field: str) -> str:
    """The column that says an amount was dropped for want of a currency."""
    return f"{field}!"


def several(entity: Entity) -> list[StoredField]:
    """The fields whose values may come from more than one column."""
    return [field for field in entity.fields.values() if len(field.columns) > 1]


def merged(entity: Entity, first_row: int, renamed: bool) -> str:
    """The statement that makes the merged relation: a view over one table, a table of a join of several.
    ``renamed``: the spine has a column ``_renamed`` for records whose key was an alias."""
    kind = "TABLE" if len(entity.tables) > 1 else "VIEW"
    inner = [
        "t0.rowid AS _n",
        f"coalesce(t0.{ROW}, t0.rowid + {first_row}) AS {ROW}",
        f"t0.{BAD_ROW} AS {BAD_ROW}",
        f"t0.{BLANK} AS {BLANK}",
        f"t0.{FAULTS} AS {OWN_FAULTS}",
        f"{_all_faults(entity)} AS {FAULTS}",
        f"{'t0._renamed' if renamed else 'false'} AS _renamed",
    ]
    for field in entity.fields.values():
        inner += _field_columns(field)
    joined = f"SELECT {comma(inner)} FROM {_joins(entity)}"
    outer = ["*", f"{_key(entity)} AS _key"]
    for field in entity.fields.values():
        outer += _money_columns(field)
    return f"CREATE TEMP {kind} {name(merged_table(entity))} AS SELECT {comma(outer)} FROM ({joined})"


def _all_faults(entity: Entity) -> str:
    lists = [f"t{index}.{FAULTS}" for index in range(len(entity.tables))]
    return lists[0] if len(lists) == 1 else f"list_concat({comma(lists)})"


def _field_columns(field: StoredField) -> list[str]:
    candidates = [
        f"t{table}.{name(value_column(field.name, rank))}" for rank, (table, _) in enumerate(field.columns)
    ]
    target = name(f"{field.name}!amount" if field.currency_by else field.name)
    if len(candidates) == 1:
        return [f"{candidates[0]} AS {target}"]
    tests = [f"{candidate} IS NOT NULL" for candidate in candidates]
    if field.newest:
        ages = [
            f"CASE WHEN {test} THEN coalesce(t{table}.{FRESH}, {_LONG_AGO}) END"
            for test, (table, _) in zip(tests, field.columns, strict=True)
        ]
        tests = [f"({age}) = greatest({comma(ages)})" for age in ages]
    values = " ".join(f"WHEN {test} THEN {c}" for test, c in zip(tests, candidates, strict=True))
    ranks = " ".join(f"WHEN {test} THEN {rank}" for rank, test in enumerate(tests))
    return [
        f"CASE {values} END AS {target}",
        f"(CASE {ranks} END)::UTINYINT AS {name(source_column(field.name))}",
        *(f"{c} AS {name(value_column(field.name, rank))}" for rank, c in enumerate(candidates)),
    ]


def _money_columns(field: StoredField) -> list[str]:
    """An amount counts only with its currency, which another field of the record holds."""
    if field.type.kind is not Kind.MONEY or not field.currency_by:
        return []
    amount, currency = name(f"{field.name}!amount"), name(field.currency_by)
    known = f"coalesce(regexp_full_match({currency}, {_CURRENCY}), false)"
    return [
        f"CASE WHEN {known} THEN {amount} END AS {name(field.name)}",
        f"({amount} IS NOT NULL AND NOT {known}) AS {name(flag_column(field.name))}",
    ]


def _key(entity: Entity) -> str:
    """The key as text; NULL where one of its fields is missing."""
    return key_sql([f"{name(field)}::VARCHAR" for field in entity.key])


def _joins(entity: Entity) -> str:
    joins = [f"{name(typed_table(entity, 0))} AS t0"]
    for index, table in enumerate(entity.tables[1:], start=1):
        pairs = " AND ".join(
            f"t{index}.{name(match_column(own))} = t0.{name(match_column(spine))}"
            for own, spine in table.match
        )
        joins.append(f"LEFT JOIN {_one_a_match(entity, index)} AS t{index} ON {pairs}")
    return " ".join(joins)


def _one_a_match(entity: Entity, index: int) -> str:
    """The typed table with the first row of each match alone."""
    keys = comma(name(match_column(own)) for own, _ in entity.tables[index].match)
    return (
        f"(SELECT * FROM {name(typed_table(entity, index))} WHERE NOT {BLANK}"
        f" QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY rowid) = 1)"
    )


def kept(entity: Entity, duplicates: bool) -> str:
    """A FROM item of the merged rows that become records: those with a key, the first of each key, and of
    those the ones that always had it before the ones that were merged into it."""
    rows = f"SELECT * FROM {name(merged_table(entity))} WHERE _key IS NOT NULL"
    if duplicates:
        rows += " QUALIFY row_number() OVER (PARTITION BY _key ORDER BY _renamed, _n) = 1"
    return f"({rows})"


def record_columns(entity: Entity) -> list[str]:
    """The columns of the entity's own table."""
    return [
        "_key",
        *map(name, entity.fields),
        *(name(source_column(field.name)) for field in several(entity)),
    ]


def rivals_select(entity: Entity, duplicates: bool) -> str | None:
    """The values that lost against another: one row each, NULL-free; None where no field has rivals."""
    parts = []
    for field in several(entity):
        sources = [f"{entity.tables[table].name}.{column}" for table, column in field.columns]
        winner = name(f"{field.name}!amount" if field.currency_by else field.name)
        names = f"[{comma(text(source) for source in sources)}]"
        for rank, source in enumerate(sources):
            value = name(value_column(field.name, rank))
            parts.append(
                f"SELECT _key, {text(field.name)} AS field, {rank} AS rank, {text(source)} AS source,"
                f" {value}::VARCHAR AS value, {winner}::VARCHAR AS winner,"
                f" {names}[{name(source_column(field.name))} + 1] AS winner_source"
                f" FROM {kept(entity, duplicates)} WHERE {value} IS NOT NULL AND {value} <> {winner}"
            )
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY _key, field, rank" if parts else None
