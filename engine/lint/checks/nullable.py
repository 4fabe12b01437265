"""W202: a field that may be missing under ``!=``, ``not in`` or ``not``, without saying what that means."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Aggregate, Call, Checked, Field, Param, Typed, children
from ....dsl.types import EntityType
from ...catalog.model import Catalog
from ...playbook.loader import Loaded
from ...playbook.model import StateTrigger
from ..subjects import Subject, conjuncts, expressions, operator

_NEGATIONS = ("!=", "not in", "not", "not contains", "not starts with", "not matches")
_COMPARISONS = ("==", "<", "<=", ">", ">=", "in", "contains", "starts with", "matches", "is not missing")
_ASKS = ("is missing", "is not missing", "is", "is not", "default")

_Known = frozenset[tuple[object, ...]]  # fields that are there where a part of a condition decides something


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """A negation is unknown, not true, where its field is missing: readers expect the opposite. Not where the
    field is known to be there: by ``where``, by ``when`` for ``if`` and ``unless``, beside it in an ``and``,
    by ``x is missing or …``, or by the condition of an ``if … else``. Nor where only a reference to a record
    that is not there could make it missing: loading reports those."""
    if loaded.catalog is None:
        return
    for subject in expressions(loaded):
        if subject.condition and any(operator(node) in _NEGATIONS for node in subject.written):
            own = frozenset(map(id, subject.written))
            said: _Known = frozenset()
            for node, known in _negations(subject.checked.tree, _before(subject), own):
                unknown = (one for one in _nullable(node) if _identity(one) not in known | said)
                start = loaded.catalog.entities[subject.checked.entity].type
                field = next((one for one in unknown if _is_declared(one, start, loaded.catalog)), None)
                if field is not None:
                    said |= {_identity(field)}
                    yield _finding(node, field, subject)


def _is_declared(field: Field, start: EntityType, catalog: Catalog) -> bool:
    """Whether the field, or a reference on the way to it from ``start``, is declared as nullable."""
    here = start
    for hop in field.hops:
        step = here.to_one[hop]
        if any(here.fields[name].type.nullable for name in step.by if name in here.fields):
            return True
        here = catalog.entities[step.entity].type
    return here.fields[field.name].type.nullable


def _before(subject: Subject) -> _Known:
    """The fields that must be there for the expression to be asked at all."""
    known: _Known = frozenset()
    if subject.playbook is not None and subject.checked is not subject.playbook.where:
        known |= _present_in(subject.playbook.where)
    trigger = subject.play.trigger if subject.play else None
    if isinstance(trigger, StateTrigger) and subject.checked is not trigger.when and trigger.clear is None:
        known |= _present_in(trigger.when)
    return known


def _present_in(checked: Checked | None) -> _Known:
    return _present(checked.tree) if checked is not None else frozenset()


def _negations(node: Typed, known: _Known, own: frozenset[int]) -> Iterator[tuple[Typed, _Known]]:
    """The negations that a person wrote, each with the fields that are there where it decides."""
    if id(node) not in own or isinstance(node, Aggregate | Param):
        return
    name, parts = operator(node), children(node)
    if name in _NEGATIONS and any(_identity(field) not in known for field in _nullable(node)):
        yield node, known
    elif name in ("and", "or"):
        said = _present if name == "and" else _missing
        for part in parts:
            others = (said(other) for other in parts if other is not part)
            yield from _negations(part, known.union(*others), own)
    elif name == "if":
        condition, then, otherwise = parts
        yield from _negations(condition, known, own)
        yield from _negations(then, known | _present(condition), own)
        yield from _negations(otherwise, known | _missing(condition), own)
    else:
        for part in parts:
            yield from _negations(part, known, own)


def _finding(node: Typed, field: Field, subject: Subject) -> Diagnostic:
    name = subject.text(field)
    message = f"where `{name}` is missing, `{subject.text(node)}` is unknown, so nothing fires"
    help_text = f"if missing should count as different, write `{name} is not …`; else add `and {name}"
    return Diagnostic(subject.place(node), "W202", message, f"{help_text} is not missing`")


def _nullable(node: Typed) -> Iterator[Field]:
    """The fields that may be missing, whose being so makes the node unknown."""
    if isinstance(node, Field) and node.type.nullable:
        yield node
    elif isinstance(node, Call) and operator(node) == "if":
        condition, then, otherwise = node.args
        yield from _nullable(condition)
        yield from (field for field in _nullable(then) if _identity(field) not in _present(condition))
        yield from (field for field in _nullable(otherwise) if _identity(field) not in _missing(condition))
    elif isinstance(node, Call) and operator(node) not in _ASKS:
        for child in children(node):
            if not isinstance(child, Aggregate):
                yield from _nullable(child)


def _present(condition: Typed) -> _Known:
    """The fields that are there where a condition holds: what it asks for, or compares."""
    found: _Known = frozenset()
    for part in conjuncts(condition):
        if isinstance(part, Call) and operator(part) == "not":
            found |= _missing(part.args[0])
        elif isinstance(part, Call) and operator(part) in _COMPARISONS:
            fields = part.args if operator(part) == "is not missing" else _nullable(part)
            found |= frozenset(_identity(field) for field in fields if isinstance(field, Field))
    return found


def _missing(condition: Typed) -> _Known:
    """The fields that are there where a condition does not hold: ``x is missing``, alone or in an ``or``."""
    if isinstance(condition, Call) and operator(condition) == "not":
        return _present(condition.args[0])
    if isinstance(condition, Call) and operator(condition) == "or":
        return frozenset[tuple[object, ...]]().union(*map(_missing, condition.args))
    asks = isinstance(condition, Call) and operator(condition) == "is missing"
    fields = children(condition) if asks else ()
    return frozenset(_identity(field) for field in fields if isinstance(field, Field))


def _identity(field: Field) -> tuple[object, ...]:
    return field.hops, field.entity, field.name, field.outer
