"""W201: a condition that is the same for every record and day."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Aggregate, Clock, Field, walk
from ...playbook.loader import Loaded
from ..subjects import conjuncts, expressions


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """A condition, or a part that ``and`` joins, that reads neither a record nor the clock."""
    for subject in expressions(loaded):
        for part in conjuncts(subject.checked.tree) if subject.condition else ():
            if not any(isinstance(node, Field | Aggregate | Clock) for node in walk(part)):
                message = f"`{subject.text(part)}` is the same for every record"
                yield Diagnostic(subject.place(part), "W201", message, "remove it, or compare a field")
