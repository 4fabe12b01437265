"""W214: a value of an enum that a condition asks for and no record has."""

from collections import defaultdict
from collections.abc import Iterator

from sqlglot import exp

from ....dsl.diagnostics import Diagnostic
from ....dsl.sqltree import column, is_present, table
from ....dsl.typed import Call, Const, Field, Typed
from ....dsl.types import Kind
from ..subjects import Subject, expressions, operator
from .facts import Facts

_EQUALITIES = ("==", "!=", "in", "not in", "is", "is not")
_Use = tuple[Subject, Const]


def check(facts: Facts) -> Iterator[Diagnostic]:
    """Of stored fields. A value that is only rare will be seen some day: silence it there."""
    used: dict[tuple[str, str], list[_Use]] = defaultdict(list)
    for subject in expressions(facts.loaded):
        for node in subject.written:
            if isinstance(node, Call) and operator(node) in _EQUALITIES:
                for field in _enums(node, facts):
                    used[field.entity, field.name] += [(subject, one) for one in _literals(node.args)]
    for (entity, name), uses in used.items():
        seen = _seen(entity, name, facts)
        for subject, literal in uses:
            if literal.value not in seen:
                rows = f"any of {facts.rows[entity]:,} records of {entity}"
                message = f"`{name}` is not {subject.text(literal)} in {rows}"
                help_text = f"the records have: {', '.join(sorted(seen)) or 'none'}"
                yield Diagnostic(subject.place(literal), "W214", message, help_text)


def _enums(node: Call, facts: Facts) -> Iterator[Field]:
    for arg in node.args:
        if isinstance(arg, Field) and arg.type.kind is Kind.ENUM and facts.has(arg.entity, arg.name):
            yield arg


def _literals(args: tuple[Typed, ...]) -> Iterator[Const]:
    for arg in args:
        if isinstance(arg, Const) and isinstance(arg.value, str):
            yield arg
        elif isinstance(arg, Call) and operator(arg) == "list":
            yield from _literals(arg.args)


def _seen(entity: str, name: str, facts: Facts) -> set[str]:
    field = column(name, "e")
    select = exp.select(field).distinct().from_(table(entity, "e")).where(is_present(field.copy()))
    return {str(row[0]) for row in facts.store.execute(select)}
