"""reports/*.yaml → checked reports (SPEC 8)."""

from __future__ import annotations

from dataclasses import replace

from ...dsl.checker import CONDITION, VALUE
from ...dsl.checking import ERROR
from ...dsl.scope import Scope
from ...dsl.typed import Checked
from ...dsl.types import TEXTUAL, Kind, Type
from ..catalog.expressions import check_expression
from ..catalog.model import Catalog, Project
from ..document import Node, Scalar
from ..files import Files
from ..shape import Fields, Findings, as_list, read_each, read_expression, shape
from .reading import Reading, check_own_name, read_entity, read_folder, scope_of
from .report import GROUP, RECORDS, Report, schema_of_groups

REPORT = shape("a report", "report for describe owner where by show goal", "report for show")
# What records are put together by. Amounts and moments would be a group each.
GROUPED = TEXTUAL | {Kind.BOOL, Kind.INT, Kind.DATE}


def load_reports(project: Project, catalog: Catalog, findings: Findings, files: Files) -> dict[str, Report]:
    """The reports of a project, as far as they are right; mistakes go to ``findings``."""
    return read_folder(
        "reports", REPORT, findings, files, lambda name, fields: _report(name, fields, project, catalog)
    )


def _report(name: str, fields: Fields, project: Project, catalog: Catalog) -> Report | None:
    describe, entity = fields.text("describe") or "", read_entity(fields, catalog, own=True)
    fields.text("owner")
    if entity is None:
        return None
    reading = Reading(project, catalog, scope_of(entity, project, catalog), fields.findings)
    where, by = reading.condition(fields, "where"), _by(fields, reading)
    shown = _Shown(fields, reading)
    scope = shown.scope()
    goal = fields.expression("goal")
    return Report(
        name=name,
        entity=entity,
        describe=describe,
        where=where,
        by=by,
        show=shown.found,
        goal=None if goal is None else check_expression(goal, scope, fields.findings, CONDITION),
        schema=scope.schema,
        location=fields.location("report"),
    )


def _by(fields: Fields, reading: Reading) -> dict[str, Checked]:
    """What the records are put together by: expressions, each under its own text."""
    found: dict[str, Checked] = {}
    for node in as_list(fields.get("by")):
        source = read_expression(node, reading.findings, "`by`")
        checked = check_expression(source, reading.scope, reading.findings, GROUPED) if source else None
        if checked is not None:
            found[checked.source.text.strip()] = checked
    return found


class _Shown:
    """The figures of a group by name. Each may use those before it; one that is wrong is not another mistake
    where it is used."""

    def __init__(self, fields: Fields, reading: Reading) -> None:
        self.found: dict[str, Checked] = {}
        self._types: dict[str, Type] = {}
        self._reading = reading
        declared = fields.entries("show")
        if declared is not None:
            read_each(declared, self._read, reading.findings, "the figure")
            if not declared.values:
                reading.findings.add("E106", fields.location("show"), "the report shows nothing")

    def _read(self, key: Scalar, node: Node) -> None:
        source = read_expression(node, self._reading.findings, f"`{key.text}`")
        if source is None or not check_own_name(key, "a figure", self._reading.findings):
            return
        checked = check_expression(source, self.scope(), self._reading.findings, VALUE)
        self._types[key.text] = checked.type if checked else ERROR
        if checked is not None:
            self.found[key.text] = checked

    def scope(self) -> Scope:
        """Where an expression about a group is checked."""
        reading = self._reading
        schema = schema_of_groups(reading.catalog.schema, reading.scope.entity, self._types)
        return replace(reading.scope, schema=schema, entity=GROUP, cycle=None, over=RECORDS)
