"""W210: a sub-expression that several playbooks or plays spell out, instead of the catalogue once."""

from collections import Counter
from collections.abc import Hashable, Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Aggregate, Call, Param, Typed, children, walk
from ...playbook.loader import Loaded
from ..ranges import ranges_of
from ..subjects import Subject, expressions, operator

MOST_SPELLED_OUT = 2
_LEAST_OPERATIONS = 3


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """An aggregate with a ``where``, or three operations or more, in more than two expressions. Those with a
    param are the playbook's own."""
    ranges = ranges_of(loaded)
    if ranges is None:
        return
    found: dict[Hashable, list[tuple[Subject, Typed]]] = {}
    inner: dict[Hashable, set[int]] = {}
    for subject in expressions(loaded):
        if subject.playbook is not None:
            for node in _candidates(subject):
                key: Hashable = (subject.checked.entity, ranges.subject(node))
                found.setdefault(key, []).append((subject, node))
                inner.setdefault(key, set()).update(id(one) for one in walk(node) if one is not node)
    counts = Counter({key: len({id(subject) for subject, _ in places}) for key, places in found.items()})
    repeated = {key for key, count in counts.items() if count > MOST_SPELLED_OUT}
    for key in repeated:
        subject, node = min(found[key], key=lambda one: one[0].place(one[1]))
        if not any(id(node) in inner[other] and counts[other] >= counts[key] for other in repeated):
            message = f"`{' '.join(subject.text(node).split())}` stands in {counts[key]} expressions"
            help_text = f"name it in `derive` of {subject.checked.entity}, and use the name"
            yield Diagnostic(subject.place(node), "W210", message, help_text)


def _candidates(subject: Subject) -> Iterator[Typed]:
    known = {id(node) for node in subject.written}
    for node in subject.written:
        is_own = all(id(child) in known for child in children(node)) and not any(
            isinstance(one, Param) for one in walk(node)
        )
        if is_own and _is_long(node):
            yield node


def _is_long(node: Typed) -> bool:
    """Long enough for a name, and not just several conditions side by side."""
    if isinstance(node, Aggregate):
        return node.where is not None
    if not isinstance(node, Call) or operator(node) in ("and", "or", "not", "list", "in", "not in"):
        return False
    return sum(isinstance(one, Call | Aggregate) for one in walk(node)) >= _LEAST_OPERATIONS
