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
    units_of = _Units(loaded.catalog)
    for subject in expressions(loaded):
        for node in subject.written:
            if isinstance(node, Call) and operator(node) in _TOGETHER:
                units = [(arg, units_of.unit(arg)) for arg in node.args]
                known = {unit: arg for arg, unit in reversed(units) if unit}
                if len(known) > 1:
                    (one, first), (two, second), *_ = ((arg, unit) for unit, arg in reversed(known.items()))
                    message = f"`{subject.text(one)}` is in {first}, and `{subject.text(two)}` in {second}"
                    help_text = "bring both to one unit, or mend `unit:` in the catalogue"
                    yield Diagnostic(subject.place(node), "W211", message, help_text)


class _Units:
    """The units of figures; those of derived fields are worked out once."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._derived: dict[tuple[str, str], str] = {}

    def unit(self, node: Typed) -> str:
        """The unit of a figure; empty where it has none, or where it changes (by `*` and `/`)."""
        if isinstance(node, Field):
            return self._field(node)
        if isinstance(node, Param):
            return self.unit(node.value)
        if isinstance(node, Aggregate):
            return self.unit(node.value) if node.value is not None and node.fn != "count" else ""
        if isinstance(node, Call) and operator(node) in _KEEPING:
            units = [unit for arg in node.args if (unit := self.unit(arg))]
            return units[0] if units else ""
        return ""

    def _field(self, node: Field) -> str:
        entity, key = self._catalog.entities[node.entity], (node.entity, node.name)
        if not node.derived:
            declared = entity.type.fields.get(node.name)
            return declared.unit if declared else ""
        if key not in self._derived:
            derived = entity.derived.get(node.name)
            self._derived[key] = self.unit(derived.checked.tree) if derived else ""
        return self._derived[key]
