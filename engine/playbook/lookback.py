"""How far the expressions of playbooks and of the catalogue look back, and over which days."""

from __future__ import annotations

from collections.abc import Iterator

from ...dsl.typed import Checked, DaysInState, Typed, Was, walk
from ..catalog.model import Catalog
from .fingerprint import derived_fields, parts

History = Was | DaysInState


def looks_back(whole: object, catalog: Catalog) -> bool:
    """Whether anything in a structure of checked parts reads the facts of an earlier day, itself or through
    derived fields."""
    known: set[tuple[str, str]] = set()
    waiting: list[Typed] = [checked.tree for checked in parts(whole, Checked)]
    while waiting:
        tree = waiting.pop()
        if any(True for _ in history_of(tree)):
            return True
        for place in derived_fields(tree):
            if place not in known:
                known.add(place)
                waiting.append(catalog.entities[place[0]].derived[place[1]].checked.tree)
    return False


def history_of(tree: Typed) -> Iterator[History]:
    """The parts of a tree that look back, outermost first."""
    return (node for node in walk(tree) if isinstance(node, History))
