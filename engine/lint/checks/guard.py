"""W205: a question whether something is missing that never is."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Call
from ...playbook.loader import Loaded
from ..subjects import expressions, operator, written


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """``is missing``, ``is not missing`` or ``default`` of what is not nullable."""
    for subject in expressions(loaded):
        for node in written(subject):
            name = operator(node)
            if name not in ("is missing", "is not missing", "default") or not isinstance(node, Call):
                continue
            if not node.args[0].type.nullable:
                message = f"`{subject.text(node.args[0])}` is never missing"
                help_text = "remove the question, or declare the field `nullable: true`"
                yield Diagnostic(subject.place(node), "W205", message, help_text)
