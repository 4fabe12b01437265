"""What the layout knows of the files' meaning: the order of keys of playbooks (SPEC 5) and plans (SPEC 8),
and where expressions stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...dsl.frozen import frozen
from .model import Entry, Group

Path = tuple[str, ...]

# Any name, or any item of a list.
ANY = "*"

_PLAYBOOK = (
    "playbook describe owner extends abstract was for where topic schedule params stop goal limits holdout"
    " variants split approve plays"
)
_PLAY = (
    "describe was when after every for clear again once keep grace priority together ahead if unless limits"
    " topic approve holdout variants split do"
)
_ACTION = (
    "email survey quote task plan opportunity webhook template subject to cc from via topic approve valid_for"
    " assign priority due until checklist rank kind mails outcomes value payload"
)
_PLAN = "plan for describe owner goal steps"


@frozen
class _Kind:
    """One kind of file: the order of keys by where the mapping stands, and where expressions are."""

    orders: Mapping[Path, tuple[str, ...]]
    expressions: frozenset[Path]


_PLAYBOOKS = _Kind(
    {
        (): tuple(_PLAYBOOK.split()),
        ("plays", ANY): tuple(_PLAY.split()),
        ("plays", ANY, "do"): tuple(_ACTION.split()),  # one action, without a list around it
        ("plays", ANY, "do", ANY): tuple(_ACTION.split()),
    },
    frozenset(
        {
            ("where",),
            ("stop",),
            ("plays", ANY, "when"),
            ("plays", ANY, "clear"),
            ("plays", ANY, "if"),
            ("plays", ANY, "unless"),
            ("plays", ANY, "do", "until"),
            ("plays", ANY, "do", "rank"),
            ("plays", ANY, "do", ANY, "until"),
            ("plays", ANY, "do", ANY, "rank"),
        }
    ),
)
_PLANS = _Kind(
    {(): tuple(_PLAN.split()), ("steps", ANY): ("task", "after", *_ACTION.split())},
    frozenset({("goal",), ("steps", ANY, "until"), ("steps", ANY, "rank")}),
)
_CATALOGS = _Kind(
    {},
    frozenset(
        {
            ("entities", ANY, "derive", ANY),
            ("recipients", ANY, "where"),
            ("scores", ANY, "parts", ANY, "value"),
        }
    ),
)
_OTHERS = _Kind({}, frozenset())


def _kind(names: frozenset[str]) -> _Kind:
    if {"playbook", "plays"} <= names:
        return _PLAYBOOKS
    if {"plan", "steps"} <= names:
        return _PLANS
    return _CATALOGS if names and names <= {"entities", "recipients", "scores"} else _OTHERS


class Meaning:
    """What is known of one file, told by its keys."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._kind = _kind(frozenset(keys))

    def is_expression(self, path: Path) -> bool:
        return any(_fits(path, known) for known in self._kind.expressions)

    def ordered(self, group: Group, path: Path) -> list[Entry]:
        """A mapping's entries in canonical order; a key that has no place stays behind the one before it."""
        order = next((keys for known, keys in self._kind.orders.items() if _fits(path, known)), ())
        if not group.mapping or not order:
            return group.entries
        places: list[tuple[int, int]] = []
        for at, entry in enumerate(group.entries):
            before = places[-1][0] if places else -1
            places.append((order.index(entry.name) if entry.name in order else before, at))
        return [group.entries[at] for _, at in sorted(places)]


def _fits(path: Path, known: Path) -> bool:
    return len(path) == len(known) and all(two in (ANY, one) for one, two in zip(path, known, strict=True))
