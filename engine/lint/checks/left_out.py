"""W204: related records that an aggregate leaves out because a value of theirs is missing."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Call, Field, Typed, children
from ...playbook.loader import Loaded
from ..subjects import Subject, aggregates, conjuncts, expressions, operator

_ASKS = ("is missing", "is not missing", "is", "is not", "default")


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """A ``where`` that compares a nullable field of the related record without asking for it."""
    for subject in expressions(loaded):
        for aggregate in aggregates(subject):
            if aggregate.where is not None:
                yield from _where(aggregate.where, subject)


def _where(where: Typed, subject: Subject) -> Iterator[Diagnostic]:
    asked = {field.name for part in conjuncts(where) for field in _asked(part)}
    reported: set[str] = set()
    for field in _compared(where):
        if field.type.nullable and not field.outer and field.name not in asked | reported:
            reported.add(field.name)
            name = subject.text(field)
            message = f"records where `{name}` is missing are left out"
            help_text = f"say it: `{name} is not missing and …`, or `default({name}, …)`"
            yield Diagnostic(subject.place(field), "W204", message, help_text)


def _asked(node: Typed) -> Iterator[Field]:
    if isinstance(node, Call):
        if operator(node) in _ASKS:
            yield from (arg for arg in node.args if isinstance(arg, Field))
        for child in node.args:
            yield from _asked(child)


def _compared(node: Typed) -> Iterator[Field]:
    if isinstance(node, Field):
        yield node
    elif isinstance(node, Call) and operator(node) not in _ASKS:
        for child in children(node):
            yield from _compared(child)
