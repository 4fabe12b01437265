"""A report's figures, all groups at once: the groups become records of an entity of their own, so that what
is shown of one compiles as any expression over related records does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...dsl.compiler import CompileWorld, compile_select
from ...dsl.frozen import frozen
from ...dsl.types import Value
from ..evaluate.gather import decoded
from ..evaluate.projection import TRUE
from ..facts.sql import comma, name
from ..facts.store import FactStore
from ..forms.report import GROUP, NUMBER, Report

_WHERE = "_where"
_GOAL = "_goal"
_RECORDS, _MEMBERS, _FIGURES = "_report_records", "_report_members", "_report_figures"


@frozen
class Group:
    """One group: what its records have in common, the figures by name, and whether the goal is reached (None:
    there is none, or it is unknown)."""

    by: Mapping[str, Value]
    shown: Mapping[str, Value]
    reached: bool | None


@frozen
class Figures:
    """What a report comes to. ``total`` is of all its records; ``unknown``: records of which nobody can say
    whether they belong in it, and which do not count."""

    groups: Sequence[Group]
    total: Group
    unknown: int


def compute(report: Report, store: FactStore, world: CompileWorld) -> Figures:
    """The figures over the facts in the store. Groups are in order of what they have in common, missing
    last."""
    unknown = _keep_records(report, store, world)
    total = _groups(replace(report, by={}), store, world)
    return Figures(_groups(report, store, world) if report.by else [], total[0], unknown)


def _keep_records(report: Report, store: FactStore, world: CompileWorld) -> int:
    """A table of the report's records, with a column for each part of ``by``; gives how many are unknown."""
    where = report.where.tree if report.where else TRUE
    by = {f"b{number}": checked.tree for number, checked in enumerate(report.by.values())}
    store.create(_RECORDS, compile_select(report.entity, {_WHERE: where, **by}, world))
    rows = store.execute(f"SELECT count(*) FILTER ({name(_WHERE)} IS NULL) FROM {_RECORDS}")
    return int(str(rows[0][0]))


def _groups(report: Report, store: FactStore, world: CompileWorld) -> list[Group]:
    by = [f"b{number}" for number in range(len(report.by))]
    _number_groups(report.entity, by, store)
    outputs = {label: checked.tree for label, checked in report.show.items()}
    goal = {_GOAL: report.goal.tree} if report.goal else {}
    derived = {**world.derived, **{(GROUP, label): tree for label, tree in outputs.items()}}
    inside = replace(world, schema=report.schema, derived=derived)
    store.create(_FIGURES, compile_select(GROUP, {**outputs, **goal}, inside))
    columns = comma([*(f"g.{one}" for one in by), "f.* EXCLUDE (_key)"])
    order = f" ORDER BY {comma(f'g.{one} NULLS LAST' for one in by)}" if by else ""
    rows = store.execute(f"SELECT {columns} FROM {name(GROUP)} AS g JOIN {_FIGURES} AS f USING (_key){order}")
    trees = [*(checked.tree for checked in report.by.values()), *outputs.values(), *goal.values()]
    return [_group(report, values) for values in decoded(trees, rows)]


def _number_groups(entity: str, by: Sequence[str], store: FactStore) -> None:
    """A table of the groups, and one of the entity's records that says to which of them each belongs, which
    stands before the entity's own."""
    common = f"SELECT DISTINCT {comma(by)} FROM {_RECORDS} WHERE {_WHERE}" if by else "SELECT 1"
    numbered = f"SELECT *, row_number() OVER () AS {NUMBER} FROM ({common})"
    store.create(GROUP, f"SELECT *, {NUMBER}::VARCHAR AS _key FROM ({numbered})")
    same = " AND ".join((f"r.{_WHERE}", *(f"r.{one} IS NOT DISTINCT FROM g.{one}" for one in by)))
    own = f"SELECT r._key, g.{NUMBER} FROM {_RECORDS} AS r JOIN {name(GROUP)} AS g ON {same}"
    store.create(_MEMBERS, own)
    store.extend(entity, _MEMBERS)


def _group(report: Report, values: Sequence[Value]) -> Group:
    by = dict(zip(report.by, values, strict=False))
    shown = dict(zip(report.show, values[len(by) :], strict=False))
    reached = values[-1] if report.goal else None
    return Group(by, shown, reached if isinstance(reached, bool) else None)
