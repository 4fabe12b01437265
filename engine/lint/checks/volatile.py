"""W302: a state that opens and closes with a figure that moves every day."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Call, Field, walk
from ....dsl.types import Kind
from ...catalog.model import Catalog
from ...playbook.loader import Loaded
from ...playbook.model import StateTrigger
from ..ranges import literal
from ..subjects import expressions, operator

_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=", "in", "not in", "is", "is not")


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """A `when` that holds a score, its band or a measured number against a literal, without ``for``,
    ``clear`` or ``once``: a value around the bound fires again and again."""
    if loaded.catalog is None:
        return
    for subject in expressions(loaded):
        trigger = subject.play.trigger if subject.play else None
        if not isinstance(trigger, StateTrigger) or trigger.when is not subject.checked:
            continue
        if trigger.hold or trigger.clear or trigger.once:
            continue
        for node in subject.written:
            if isinstance(node, Call) and operator(node) in _COMPARISONS:
                moving = next((arg for arg in node.args if _moves(arg, loaded.catalog)), None)
                if moving is not None and _has_literal(node):
                    message = (
                        f"`{subject.text(moving)}` moves: around this bound the play fires again and again"
                    )
                    help_text = "let it last, `for: 7d`, or close it elsewhere, `clear: …`"
                    yield Diagnostic(subject.place(node), "W302", message, help_text)
                    break


def _moves(node: object, catalog: Catalog) -> bool:
    """A score or its band, a number that a source gives, or a derived one that is made of such; whole numbers
    are counts, which stay."""
    if not isinstance(node, Field):
        return False
    score = catalog.scores.get(node.name.removesuffix(".band"))
    if score is not None and score.entity == node.entity:
        return True
    if not node.derived or node.type.kind is not Kind.NUMBER:
        return node.type.kind is Kind.NUMBER
    tree = catalog.entities[node.entity].derived[node.name].checked.tree
    return any(_moves(part, catalog) for part in walk(tree))


def _has_literal(node: Call) -> bool:
    other = [arg.args[0] if operator(arg) == "list" and isinstance(arg, Call) else arg for arg in node.args]
    return any(literal(arg) is not None for arg in other)
