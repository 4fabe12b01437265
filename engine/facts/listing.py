"""`facts list ENTITY --where E`: the records for which an expression is true."""

from __future__ import annotations

from collections.abc import Mapping

from ...dsl.checker import CONDITION, check
from ...dsl.compiler import CompileWorld, compile_select
from ...dsl.diagnostics import Diagnostic
from ...dsl.frozen import frozen
from ...dsl.scope import Scope
from ...dsl.source import SourceText
from ...dsl.typed import Checked
from ..catalog.model import Catalog, Project
from .model import FactsError
from .show import find_entity, json_record, refuse_broken
from .store import FactStore

_TESTED = "_tested"
_TRUTH = "_truth"


@frozen
class FactsList:
    """The JSON of `facts list`. ``count``: all that match; ``unknown``: records for which the expression is
    missing, which are not among them."""

    entity: str
    snapshot: str
    count: int
    unknown: int
    records: Mapping[str, Mapping[str, object]]

    def to_json(self) -> dict[str, object]:
        return {
            "entity": self.entity,
            "snapshot": self.snapshot,
            "count": self.count,
            "unknown": self.unknown,
            "records": [{"record": key, "fields": dict(fields)} for key, fields in self.records.items()],
        }


def list_records(
    store: FactStore,
    catalog: Catalog,
    project: Project,
    world: CompileWorld,
    entity: str,
    where: str | None = None,
    limit: int = 1000,
) -> FactsList:
    """The records of an entity by key, stored fields only; at most ``limit`` are listed. Raises
    ``FactsError`` for an expression that does not check, and where none could be loaded."""
    declared = find_entity(catalog, entity)
    refuse_broken(store.snapshot, declared)
    checked = _condition(catalog, project, entity, where or "true")
    store.create(_TESTED, compile_select(entity, {_TRUTH: checked.tree}, world))
    counted = store.execute(
        f"SELECT count(*) FILTER ({_TRUTH})::INTEGER, count(*) FILTER ({_TRUTH} IS NULL)::INTEGER"
        f" FROM {_TESTED}"
    )
    keys = f"SELECT _key FROM {_TESTED} WHERE {_TRUTH} ORDER BY _key LIMIT {int(limit)}"
    records = store.select(entity, f"WHERE _key IN ({keys}) ORDER BY _key")
    listed = {str(record["_key"]): dict(json_record(declared.type.fields, record)) for record in records}
    count, unknown = counted[0]
    assert isinstance(count, int)
    assert isinstance(unknown, int)
    return FactsList(entity, store.snapshot.id, count, unknown, listed)


def _condition(catalog: Catalog, project: Project, entity: str, where: str) -> Checked:
    declared = catalog.entities[entity]
    cycle = declared.cycle
    scope = Scope(
        catalog.schema,
        entity,
        project.settings,
        cycle=cycle.checked if cycle else None,
        tolerance_days=cycle.tolerance_days if cycle else 14,
    )
    findings: list[Diagnostic] = []
    checked = check(SourceText.of(where, "--where"), scope, findings, CONDITION)
    if checked is None:
        raise FactsError("; ".join(_said(one) for one in findings) or f"--where: {where!r} cannot be checked")
    return checked


def _said(finding: Diagnostic) -> str:
    place = f"{finding.location.file}:{finding.location.column}"
    return f"{place}: {finding.message}" + (f" ({finding.help})" if finding.help else "")
