"""W307: a look further back than snapshots are kept, which finds nothing."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Call, DaysInState, Field, Typed, Was, children
from ....dsl.types import Duration
from ...catalog.model import Catalog
from ...catalog.retention import days_of
from ...playbook.loader import Loaded
from ..ranges import literal
from ..subjects import Subject, expressions, operator

_COMPARISONS = ("<", "<=", ">", ">=", "==")


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """By `retention` in playcall.yaml; without one everything is kept. A `was` inside a `was`, also in a
    derived field that is looked back at, goes back as far as both together."""
    kept = loaded.project.retention.snapshots if loaded.project else None
    if loaded.catalog is None or kept is None:
        return
    for subject in expressions(loaded):
        for node in subject.written:
            back = _back(node, loaded.catalog)
            if back > days_of(kept):
                yield _finding(subject, node, back, kept)
                break


def _back(node: Typed, catalog: Catalog) -> int:
    """How many days back a node looks: a `was`, or a comparison with the days of a state."""
    if isinstance(node, Was):
        return days_of(node.back) + _furthest(node.value, catalog)
    if isinstance(node, Call) and operator(node) in _COMPARISONS:
        states = [arg for arg in node.args if isinstance(arg, DaysInState)]
        bounds = [bound for arg in node.args if isinstance(bound := literal(arg), int)]
        return max(bounds, default=0) if states else 0
    return 0


def _furthest(node: Typed, catalog: Catalog) -> int:
    """How many days back anything in a node looks, through derived fields."""
    if isinstance(node, Field) and node.derived:
        return _furthest(catalog.entities[node.entity].derived[node.name].checked.tree, catalog)
    below = (_furthest(part, catalog) for part in children(node))
    return _back(node, catalog) or max(below, default=0)


def _finding(subject: Subject, node: Typed, back: int, kept: Duration) -> Diagnostic:
    message = f"`{subject.text(node)}` looks {back} days back, and snapshots are kept for {kept}"
    help_text = "keep them longer, `retention: {snapshots: …}` in playcall.yaml, or look less far back"
    return Diagnostic(subject.place(node), "W307", message, help_text)
