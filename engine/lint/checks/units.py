"""W211: figures of two units that are compared, added or chosen between."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Aggregate, Call, Field, Param, Typed
from ...catalog.model import Catalog
from ...playbook.loader import Loaded
from ..subjects import expressions, operator

_TOGETHER = frozenset(
    {"==", "!=", "<", "<=", ">", ">=", "is", "is not", "+", "-", "min", "max", "if", "default"}
)
_KEEPING = frozenset({"neg", "abs", "round", "floor", "ceil", "+", "-", "min", "max", "if", "default"})


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """Units are those that fields declare (`unit:`); a literal, and what has no unit, goes with any."""
    if loaded.catalog is None:
        return
    for subject in expressions(loaded):
        for node in subject.written:
            if isinstance(node, Call) and operator(node) in _TOGETHER:
                units = [(arg, _unit(arg, loaded.catalog)) for arg in node.args]
                known = {unit: arg for arg, unit in reversed(units) if unit}
                if len(known) > 1:
                    (one, first), (two, second), *_ = ((arg, unit) for unit, arg in reversed(known.items()))
                    message = f"`{subject.text(one)}` is in {first}, and `{subject.text(two)}` in {second}"
                    help_text = "bring both to one unit, or mend `unit:` in the catalogue"
                    yield Diagnostic(subject.place(node), "W211", message, help_text)


def _unit(node: Typed, catalog: Catalog) -> str:
    """The unit of a figure; empty where it has none, or where it changes (by `*` and `/`)."""
    if isinstance(node, Field):
        entity = catalog.entities[node.entity]
        if node.derived:
            derived = entity.derived.get(node.name)
            return _unit(derived.checked.tree, catalog) if derived else ""
        declared = entity.type.fields.get(node.name)
        return declared.unit if declared else ""
    if isinstance(node, Param):
        return _unit(node.value, catalog)
    if isinstance(node, Aggregate):
        return _unit(node.value, catalog) if node.value is not None and node.fn != "count" else ""
    if isinstance(node, Call) and operator(node) in _KEEPING:
        units = [unit for arg in node.args if (unit := _unit(arg, catalog))]
        return units[0] if units else ""
    return ""
