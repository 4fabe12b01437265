"""Expressions that stand in YAML: checked in a scope, mistakes collected."""

from __future__ import annotations

from collections.abc import Collection

from ...dsl.checker import CONDITION, VALUE, check
from ...dsl.scope import Scope
from ...dsl.source import SourceText
from ...dsl.typed import Checked
from ...dsl.types import Kind
from ..shape import Findings


def check_expression(
    source: SourceText, scope: Scope, findings: Findings, want: Collection[Kind] = VALUE
) -> Checked | None:
    """The checked expression, of one of the wanted kinds; None where it is wrong, which is reported."""
    return check(source, scope, findings.items, want)


def check_condition(source: SourceText, scope: Scope, findings: Findings) -> Checked | None:
    """A checked expression that is true or false."""
    return check(source, scope, findings.items, CONDITION)
