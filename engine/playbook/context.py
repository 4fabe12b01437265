"""What the readers of a playbook's parts share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ...dsl.checker import VALUE
from ...dsl.scope import Scope
from ...dsl.source import SourceText
from ...dsl.typed import Checked
from ...dsl.types import Kind
from ..catalog.expressions import check_condition, check_expression
from ..catalog.model import Catalog, Project
from ..shape import Fields, Findings
from .templates import Templates


@dataclass(frozen=True, slots=True)
class Context:
    """A playbook being read: where its expressions are checked, and what they may refer to. ``together``:
    the play at hand makes one touch of several records."""

    project: Project
    catalog: Catalog
    templates: Templates
    scope: Scope
    params: Mapping[str, Checked]
    findings: Findings
    together: bool = False

    def expression(self, source: SourceText | None, want: Collection[Kind] = VALUE) -> Checked | None:
        """The checked expression; None where there is none or it is wrong."""
        return None if source is None else check_expression(source, self.scope, self.findings, want)

    def condition(self, fields: Fields, key: str) -> Checked | None:
        """The checked condition under a key; None where there is none or it is wrong."""
        source = fields.expression(key)
        return None if source is None else check_condition(source, self.scope, self.findings)
