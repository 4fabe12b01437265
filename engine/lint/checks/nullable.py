"""W202: a field that may be missing under ``!=``, ``not in`` or ``not``, without saying what that means."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Aggregate, Call, Field, Typed, children
from ...playbook.loader import Loaded
from ..subjects import Subject, conjuncts, expressions, operator

_NEGATIONS = ("!=", "not in", "not", "not contains", "not starts with", "not matches")


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """A negation is unknown, not true, where its field is missing: readers expect the opposite."""
    for subject in expressions(loaded):
        if subject.condition:
            guarded = _guarded(subject)
            for node in subject.written:
                if operator(node) in _NEGATIONS:
                    yield from _negation(node, subject, guarded)


def _negation(node: Typed, subject: Subject, guarded: set[tuple[object, ...]]) -> Iterator[Diagnostic]:
    for field in _bare_fields(node):
        if field.type.nullable and _identity(field) not in guarded:
            name = subject.text(field)
            message = f"where `{name}` is missing, `{subject.text(node)}` is unknown, so nothing fires"
            help_text = f"if missing should count as different, write `{name} is not …`; else add `and {name}"
            yield Diagnostic(subject.place(node), "W202", message, f"{help_text} is not missing`")
            return


def _bare_fields(node: Typed) -> Iterator[Field]:
    """The fields whose being missing makes the node unknown."""
    if isinstance(node, Field):
        yield node
    elif isinstance(node, Call) and operator(node) not in ("is missing", "is not missing", "is", "default"):
        for child in children(node):
            if not isinstance(child, Aggregate):
                yield from _bare_fields(child)


def _guarded(subject: Subject) -> set[tuple[object, ...]]:
    """The fields that the condition says are there: ``x is not missing and …``."""
    return {
        _identity(arg)
        for part in conjuncts(subject.checked.tree)
        if isinstance(part, Call) and operator(part) == "is not missing"
        for arg in part.args
        if isinstance(arg, Field)
    }


def _identity(field: Field) -> tuple[object, ...]:
    return field.hops, field.entity, field.name, field.outer
