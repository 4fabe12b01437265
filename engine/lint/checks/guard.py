"""W205: a question whether something is missing that never is."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic, Fix
from ....dsl.typed import Call, Field
from ...playbook.loader import Loaded
from ..mends import dropped, rewritten
from ..subjects import Subject, expressions, operator


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """``is missing``, ``is not missing`` or ``default`` of what is not nullable."""
    for subject in expressions(loaded):
        for node in subject.written:
            name = operator(node)
            if name not in ("is missing", "is not missing", "default") or not isinstance(node, Call):
                continue
            if not node.args[0].type.nullable:
                message = f"`{subject.text(node.args[0])}` is never missing"
                help_text = "remove the question, or declare the field `nullable: true`"
                yield Diagnostic(subject.place(node), "W205", message, help_text, _fix(subject, node, name))


def _fix(subject: Subject, node: Call, name: str) -> Fix | None:
    """Removes a question from the chain that it changes nothing in, and ``default`` from around a field."""
    if name != "default":
        return dropped(subject, node, "or" if name == "is missing" else "and", "remove the question")
    value = node.args[0]
    text = subject.text(value)
    return rewritten(subject, node.span, text, f"write `{text}`") if isinstance(value, Field) else None
