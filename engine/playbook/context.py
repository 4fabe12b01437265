"""What the readers of a playbook's parts share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field

from ...dsl.checker import VALUE
from ...dsl.frozen import frozen
from ...dsl.scope import Scope
from ...dsl.source import SourceText
from ...dsl.typed import Checked
from ...dsl.types import Kind
from ..catalog.contact_rules import Topic
from ..catalog.expressions import check_condition, check_expression
from ..catalog.model import Catalog, Project
from ..forms.pricebook import PriceBook
from ..forms.survey import Survey
from ..shape import Fields, Findings, suggestion
from .model import SuccessPlan
from .templates import Templates


@frozen
class Context:
    """A playbook being read: where its expressions are checked, and what they may refer to. ``together``:
    the play at hand makes one touch of several records; ``topic``: what its messages are about."""

    project: Project
    catalog: Catalog
    templates: Templates
    scope: Scope
    params: Mapping[str, Checked]
    findings: Findings
    together: bool = False
    topic: Topic | None = None
    surveys: Mapping[str, Survey] = field(default_factory=dict)
    pricebooks: Mapping[str, PriceBook] = field(default_factory=dict)
    plans: Mapping[str, SuccessPlan] = field(default_factory=dict)

    def expression(self, source: SourceText | None, want: Collection[Kind] = VALUE) -> Checked | None:
        """The checked expression; None where there is none or it is wrong."""
        return None if source is None else check_expression(source, self.scope, self.findings, want)

    def condition(self, fields: Fields, key: str) -> Checked | None:
        """The checked condition under a key; None where there is none or it is wrong."""
        source = fields.expression(key)
        return None if source is None else check_condition(source, self.scope, self.findings)


def read_topic(fields: Fields, context: Context) -> Topic | None:
    """The topic that ``topic:`` names; None where it is absent or unknown, which is reported."""
    name = fields.text("topic")
    topics = context.project.rules.topics
    if name is not None and name not in topics:
        help_text = suggestion(name, topics) or "declare it under `topics:` of playcall.yaml"
        location = fields.node.values["topic"].location
        context.findings.add("E409", location, f"playcall.yaml has no topic `{name}`", help_text)
    return topics.get(name) if name is not None else None
