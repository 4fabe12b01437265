"""W210: a sub-expression that several playbooks or plays spell out, instead of the catalogue once."""

from collections.abc import Hashable, Iterator, Sequence

from ....dsl.diagnostics import Diagnostic
from ....dsl.frozen import frozen
from ....dsl.source import Location
from ....dsl.typed import Aggregate, Call, Param, Typed, children, walk
from ...playbook.loader import Loaded
from ..ranges import Ranges, ranges_of
from ..subjects import Subject, expressions, operator
from ..whole import Whole

MOST_SPELLED_OUT = 2
_LEAST_OPERATIONS = 3


@frozen
class Spelled:
    """A sub-expression where it stands first, as written, with those around it that may be named too; and
    all expressions that it stands in."""

    place: Location
    text: str
    entity: str
    around: frozenset[Hashable]
    expressions: set[Location]


def gather(loaded: Loaded) -> dict[Hashable, Spelled]:
    """Aggregates with a ``where``, and three operations or more; with a param, they are a playbook's own."""
    ranges = ranges_of(loaded)
    found: dict[Hashable, Spelled] = {}
    for subject in expressions(loaded) if ranges is not None else ():
        if ranges is not None and subject.playbook is not None:
            for key, one in _spelled(subject, ranges):
                found[key] = _together(found[key], one) if key in found else one
    return found


def judge(whole: Whole, gathered: Sequence[dict[Hashable, Spelled]]) -> Iterator[Diagnostic]:
    """What more than two expressions spell out, unless it does so within what may be named as well."""
    found: dict[Hashable, Spelled] = {}
    for portion in gathered:
        for key, one in portion.items():
            found[key] = _together(found[key], one) if key in found else one
    counts = {key: len(one.expressions) for key, one in found.items()}
    repeated = [key for key, count in counts.items() if count > MOST_SPELLED_OUT]
    for key in repeated:
        one = found[key]
        if not any(counts[other] >= counts[key] for other in one.around):
            message = f"`{one.text}` stands in {counts[key]} expressions"
            help_text = f"name it in `derive` of {one.entity}, and use the name"
            yield Diagnostic(one.place, "W210", message, help_text)


def _together(one: Spelled, other: Spelled) -> Spelled:
    first = one if one.place <= other.place else other
    one.expressions.update(other.expressions)
    return Spelled(first.place, first.text, first.entity, first.around, one.expressions)


def _spelled(subject: Subject, ranges: Ranges) -> Iterator[tuple[Hashable, Spelled]]:
    entity, place = subject.checked.entity, subject.place(subject.checked.tree)
    around: dict[int, set[Hashable]] = {}
    for node in _candidates(subject):
        key: Hashable = (entity, ranges.subject(node))
        text = " ".join(subject.text(node).split())
        yield key, Spelled(subject.place(node), text, entity, frozenset(around.get(id(node), ())), {place})
        for inner in walk(node):
            if inner is not node:
                around.setdefault(id(inner), set()).add(key)


def _candidates(subject: Subject) -> Iterator[Typed]:
    """What may be named, the outer before the inner."""
    known = {id(node) for node in subject.written}
    for node in subject.written:
        is_own = _is_long(node) and all(id(child) in known for child in children(node))
        if is_own and not any(isinstance(one, Param) for one in walk(node)):
            yield node


def _is_long(node: Typed) -> bool:
    """Long enough for a name, and not just several conditions side by side."""
    if isinstance(node, Aggregate):
        return node.where is not None
    if not isinstance(node, Call) or operator(node) in ("and", "or", "not", "list", "in", "not in"):
        return False
    return sum(isinstance(one, Call | Aggregate) for one in walk(node)) >= _LEAST_OPERATIONS
