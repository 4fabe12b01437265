"""`report NAME`: the figures of a report over the facts as they are now."""

from __future__ import annotations

from collections.abc import Mapping

from ...dsl.sensitive import Sensitivity
from ...dsl.types import Value
from ..facts.model import MASK
from ..facts.show import find_entity, json_value, refuse_broken
from ..forms.report import GROUP, Report
from ..report.compute import Group, compute
from .facts import looking
from .workspace import Workspace


def report(workspace: Workspace, name: str, as_of: str | None = None) -> dict[str, object]:
    """The JSON of `report`. Raises ``PlaycallError``: no such report, or its facts could not be loaded."""
    wanted = workspace.report(name)
    with looking(workspace, as_of) as (base, moment):
        refuse_broken(base.store.snapshot, find_entity(workspace.catalog, wanted.entity))
        figures = compute(wanted, base.store, base.compile_world(moment))
    masked = _masked(workspace, wanted)
    return {
        "report": wanted.name,
        "describe": wanted.describe,
        "for": wanted.entity,
        "as_of": moment.today.isoformat(),
        "goal": wanted.goal.source.text.strip() if wanted.goal else None,
        "by": list(wanted.by),
        "show": list(wanted.show),
        "groups": [_json(group, masked) for group in figures.groups],
        "total": _json(figures.total, masked),
        "unknown": figures.unknown,
    }


def _json(group: Group, masked: frozenset[str]) -> dict[str, object]:
    def values(given: Mapping[str, Value]) -> dict[str, object]:
        return {
            name: MASK if name in masked and value is not None else json_value(value)
            for name, value in given.items()
        }

    return {"by": values(group.by), "show": values(group.shown), "reached": group.reached}


def _masked(workspace: Workspace, report: Report) -> frozenset[str]:
    """What shows a sensitive field."""
    own = {(GROUP, name): checked for name, checked in report.show.items()}
    known = Sensitivity(report.schema, {**workspace.catalog.derived(), **own})
    parts = {**report.by, **report.show}
    return frozenset(name for name, checked in parts.items() if known.shown_by(checked.tree))
