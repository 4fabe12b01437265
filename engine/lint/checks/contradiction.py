"""W206: conditions that can never hold together."""

from collections.abc import Iterator, Sequence

from ....dsl.diagnostics import Diagnostic
from ...playbook.loader import Loaded
from ..groups import Part, groups
from ..ranges import Limit, together


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """``quantity > 5 and quantity < 3``, in one `and` or across ``where``, ``when``, ``if``, ``unless``."""
    for group in groups(loaded):
        yield from _first(group)


def _first(group: Sequence[Part]) -> Iterator[Diagnostic]:
    """The first part that leaves nothing of what those before it allow."""
    said: dict[object, list[tuple[Part, Limit]]] = {}
    for part in group:
        for limit in part.limits:
            before = said.setdefault(limit.subject, [])
            before.append((part, limit))
            values = together([one for _, one in before])
            if values is not None and values.empty:
                yield _finding(part, [one for one, _ in before[:-1]] or [part])
                return


def _finding(part: Part, before: Sequence[Part]) -> Diagnostic:
    others = " and ".join(dict.fromkeys(_said(one) for one in before if one is not part))
    if not others:
        message = f"`{part.text}` can never hold"
        return Diagnostic(part.place, "W206", message, "mend what it compares")
    if part.key == "unless":
        message = f"`{part.text}` always holds where {others} does, so the play never fires"
    else:
        message = f"`{part.text}` can never hold together with {others}"
    return Diagnostic(part.place, "W206", message, "nothing passes both: mend one of them")


def _said(part: Part) -> str:
    return f"`{part.text}`" + (f" in `{part.key}`" if part.key else "")
