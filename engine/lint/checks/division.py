"""W208: a division whose divisor can be zero, which makes the whole of it missing."""

from collections.abc import Hashable, Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Call, Typed, children
from ...playbook.loader import Loaded
from ..ranges import Ranges, literal, ranges_of
from ..subjects import Subject, expressions, operator

# What has a value even where its operand is missing: who writes it has thought of that.
_ANSWERS = frozenset({"default", "is", "is not", "is missing", "is not missing"})
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="}) | _ANSWERS


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """``a / b`` and ``a % b`` where nothing in the expression, or in ``where``, asks for ``b``. The parts of
    a score may be missing: it leaves them out."""
    ranges = ranges_of(loaded)
    if loaded.catalog is None or ranges is None:
        return
    scored = {
        id(checked)
        for (entity, name), checked in loaded.catalog.derived().items()
        if (score := loaded.catalog.scores.get(name.partition(".")[0])) and score.entity == entity
    }
    for subject in expressions(loaded):
        text = subject.checked.source.text
        if ("/" in text or "%" in text) and id(subject.checked) not in scored:
            yield from _divisions(subject, ranges)


def _divisions(subject: Subject, ranges: Ranges) -> Iterator[Diagnostic]:
    asked: set[Hashable] | None = None
    for node in _unanswered(subject.checked.tree, subject):
        if operator(node) not in ("/", "%") or not isinstance(node, Call) or _never_zero(node.args[1]):
            continue
        if literal(node.args[1]) is not None:
            message = f"`{subject.text(node)}` divides by zero, so it is always missing"
            yield Diagnostic(subject.place(node), "W208", message, "divide by something else")
            continue
        asked = _asked(subject, ranges) if asked is None else asked
        if ranges.subject(node.args[1]) not in asked:
            divisor = subject.text(node.args[1])
            message = f"where `{divisor}` is 0, `{subject.text(node)}` is missing"
            help_text = f"say it: `{divisor} > 0 and …`, or `default(…, …)` around the division"
            yield Diagnostic(subject.place(node), "W208", message, help_text)


def _unanswered(node: Typed, subject: Subject) -> Iterator[Typed]:
    """The parts of a tree that nothing around them has an answer for when they are missing."""
    written_nodes = {id(one) for one in subject.written}
    stack = [node]
    while stack:
        one = stack.pop()
        if id(one) in written_nodes and operator(one) not in _ANSWERS:
            yield one
            stack.extend(children(one))


def _never_zero(divisor: Typed) -> bool:
    if operator(divisor) == "max" and isinstance(divisor, Call):
        return any((literal(arg) or 0) > 0 for arg in divisor.args if _is_figure(literal(arg)))
    value = literal(divisor)
    return value is not None and value != 0


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float)


def _asked(subject: Subject, ranges: Ranges) -> set[Hashable]:
    """What the expression, or the population that it is about, compares with something."""
    asked = {
        ranges.subject(arg)
        for node in subject.written
        if isinstance(node, Call) and operator(node) in _COMPARISONS
        for arg in node.args
    }
    where = subject.playbook.where if subject.playbook else None
    return asked | {limit.subject for limit in ranges.limits(where.tree)} if where else asked
