"""W212 and W213: fields that are missing in every record, or the same in every one."""

from collections.abc import Iterator

from sqlglot import exp

from ....dsl.diagnostics import Diagnostic
from ....dsl.sqltree import column, table
from ....dsl.typed import Call, Field
from ...catalog.model import Entity
from ..fields import fields_read
from ..subjects import Subject, expressions, operator
from .facts import Facts, whole

_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not")
_Name = tuple[str, str]


def check(facts: Facts) -> Iterator[Diagnostic]:
    """Of the fields that something reads. One that is always the same is reported where a condition compares
    it: there the data decides nothing."""
    read = fields_read(facts.loaded)
    same: dict[_Name, str] = {}
    for entity in facts.catalog.entities.values():
        candidates = (name for name in entity.fields if (entity.name, name) in read)
        names = [name for name in candidates if facts.has(entity.name, name) and name not in entity.key]
        if not names:
            continue
        rows = facts.rows[entity.name]
        for name, (present, least, most) in _extremes(entity, names, facts).items():
            if present == 0:
                message = f"`{name}` is missing in all {rows:,} records of {entity.name}"
                help_text = "mend the source, or remove what reads it"
                yield Diagnostic(entity.fields[name].location, "W212", message, help_text)
            elif present == rows and least == most:
                same[entity.name, name] = str(least).lower() if isinstance(least, bool) else str(least)
    for subject in expressions(facts.loaded):
        if subject.condition:
            yield from _compared(subject, same, facts)


def _extremes(entity: Entity, names: list[str], facts: Facts) -> dict[str, tuple[int, object, object]]:
    """How many records have a field, its least and its greatest value."""
    columns: list[exp.Expr] = []
    for name in names:
        field = column(name, "e")
        columns += [exp.Count(this=field), exp.Min(this=field.copy()), exp.Max(this=field.copy())]
    (row,) = facts.store.execute(exp.select(*columns).from_(table(entity.name, "e")))
    return {name: (whole(row[3 * i]), row[3 * i + 1], row[3 * i + 2]) for i, name in enumerate(names)}


def _compared(subject: Subject, same: dict[_Name, str], facts: Facts) -> Iterator[Diagnostic]:
    for node in subject.written:
        if not isinstance(node, Call) or operator(node) not in _COMPARISONS:
            continue
        for arg in node.args:
            name = (arg.entity, arg.name) if isinstance(arg, Field) else ("", "")
            if name in same:
                rows = f"all {facts.rows[name[0]]:,} records of {name[0]}"
                message = f"`{subject.text(arg)}` is {same[name]} in {rows}: the comparison decides nothing"
                yield Diagnostic(subject.place(node), "W213", message, "see whether the source is complete")
