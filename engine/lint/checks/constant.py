"""W201: a condition that is the same for every record and day."""

from collections import defaultdict
from collections.abc import Hashable, Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Aggregate, Call, Clock, Const, DaysInState, Field, Typed, walk
from ...playbook.loader import Loaded
from ..ranges import Limit, Ranges, ranges_of, together
from ..subjects import conjuncts, expressions, operator


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """A condition, or a part that ``and`` or ``or`` joins, that reads neither a record nor the clock, or that
    every value makes true. What none makes true is W206."""
    ranges = ranges_of(loaded)
    for subject in expressions(loaded) if ranges is not None else ():
        for part in conjuncts(subject.checked.tree) if subject.condition else ():
            constant = next((one for one in _choices(part) if _reads_nothing(one)), None)
            if constant is not None:
                message = f"`{subject.text(constant)}` is the same for every record"
                yield Diagnostic(subject.place(constant), "W201", message, "remove it, or compare a field")
            elif ranges is not None and _is_never_false(part, ranges):
                message = f"`{subject.text(part)}` is always true"
                yield Diagnostic(subject.place(part), "W201", message, "remove it, or mend what it compares")


def _choices(node: Typed) -> Iterator[Typed]:
    """The parts that ``or`` joins; the node itself where there is none."""
    if isinstance(node, Call) and operator(node) == "or":
        for arg in node.args:
            yield from _choices(arg)
    else:
        yield node


def _reads_nothing(part: Typed) -> bool:
    return not any(isinstance(node, Field | Aggregate | Clock | DaysInState) for node in walk(part))


def _is_never_false(part: Typed, ranges: Ranges) -> bool:
    """Whether no value is left that would make a condition false."""
    if _is_plain(part):
        return False
    said: dict[Hashable, list[Limit]] = defaultdict(list)
    for limit in ranges.limits(part, holds=False):
        said[limit.subject].append(limit)
    return any(values.empty for limits in said.values() if (values := together(limits)) is not None)


def _is_plain(part: Typed) -> bool:
    """A field, or a field beside one literal: most conditions, and some value makes each of them false."""
    sides = part.args if isinstance(part, Call) else (part,)
    fields = [side for side in sides if isinstance(side, Field)]
    return len(fields) == 1 and all(isinstance(side, Field | Const) for side in sides)
