"""W207: a condition that another one implies."""

from collections.abc import Iterator, Sequence

from ....dsl.diagnostics import Diagnostic
from ...playbook.loader import Loaded
from ..groups import Part, groups
from ..ranges import Limit, together

# `where` is every play's and `when` opens what the others judge: neither is too much for a later one.
_ORDER = {"": 0, "where": 0, "when": 1, "if": 2, "unless": 2}


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """``quantity > 5 and quantity > 3``, in one `and` or across ``where``, ``when``, ``if`` and ``unless``.
    What is said twice in the same words is W203."""
    for group in groups(loaded):
        left = list(group)
        for part in reversed(group):
            others = [one for one in left if one is not part and _ORDER[one.key] <= _ORDER[part.key]]
            by = None if part.fixed else _implied(part, others)
            if by is not None:
                left.remove(part)
                yield _finding(part, by)


def _implied(part: Part, others: Sequence[Part]) -> Part | None:
    """One of the parts that make it hold anyway; None: it says something."""
    by: Part | None = None
    for limit in part.limits:
        beside = [(one, known) for one in others for known in one.limits if known.subject == limit.subject]
        if not limit.sort or not beside or not _holds(limit, [known for _, known in beside]):
            return None
        by = next((one for one, known in beside if _holds(limit, [known])), beside[0][0])
    is_same = by is not None and part.key in ("where", "when", "if") and by.text == part.text
    return None if is_same else by


def _holds(limit: Limit, known: list[Limit]) -> bool:
    """Whether what is known leaves only values within the limit. A contradiction is another finding."""
    values = together([limit, *known]) and together(known)
    return values is not None and not values.empty and values.within(limit.values)


def _finding(part: Part, by: Part) -> Diagnostic:
    where = f" in `{by.key}`" if by.key and by.key != part.key else ""
    if part.key == "unless" != by.key:
        message = f"`{part.text}` is never true where `{by.text}`{where} holds"
    else:
        message = f"`{part.text}` says nothing more than `{by.text}`{where}"
    return Diagnostic(part.place, "W207", message, "remove it, or mend the one that is not meant")
