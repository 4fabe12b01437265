"""What checks look at: every expression of a project, and the parts of its tree that a person wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from ...dsl.functions import OVERLOADS
from ...dsl.ledger_forms import LEDGER_FORMS
from ...dsl.source import Location
from ...dsl.typed import Aggregate, Call, Checked, Param, Typed, children
from ..playbook.loader import Loaded
from ..playbook.model import (
    EmailAction,
    MomentTrigger,
    OpportunityAction,
    Person,
    Play,
    Playbook,
    StateTrigger,
    TaskAction,
)

T = TypeVar("T")

_NAMES = {id_: overload.name for id_, overload in OVERLOADS.items()}


def once(make: Callable[[Loaded], T]) -> Callable[[Loaded], T]:
    """What several checks ask for is made for the first of them, and kept as long as the project."""
    known: WeakKeyDictionary[Loaded, T] = WeakKeyDictionary()

    @wraps(make)
    def remembered(loaded: Loaded) -> T:
        if loaded not in known:
            known[loaded] = make(loaded)
        return known[loaded]

    return remembered


@dataclass(frozen=True)  # no slots: it keeps its nodes
class Subject:
    """One expression and where it is used. ``condition``: it decides something (true or false)."""

    checked: Checked
    condition: bool
    playbook: Playbook | None = None
    play: Play | None = None

    def place(self, node: Typed) -> Location:
        """Where a part of the expression stands in its file."""
        return self.checked.source.location(node.span)

    def text(self, node: Typed) -> str:
        """A part of the expression as written."""
        return self.checked.source.text[node.span.start : node.span.end]

    @cached_property
    def written(self) -> tuple[Typed, ...]:
        """The nodes of the tree that stand in the expression's own text, parents first: not what is inside
        params, nor what a short form such as ``fired("ask")`` is spelled out to."""
        has_forms = any(form in self.checked.source.text for form in LEDGER_FORMS)
        found: list[Typed] = []
        stack = [self.checked.tree]
        while stack:
            node = stack.pop()
            found.append(node)
            if not isinstance(node, Param) and not (has_forms and _spelled_out(self, node)):
                stack.extend(reversed(children(node)))
        return tuple(found)


@once
def expressions(loaded: Loaded) -> tuple[Subject, ...]:
    """Every expression that a file holds, each once."""
    found: dict[Location, Subject] = {}
    for subject in _all(loaded):
        if not subject.checked.source.file.startswith("<"):
            found.setdefault(subject.place(subject.checked.tree), subject)
    return tuple(found.values())


def _all(loaded: Loaded) -> Iterator[Subject]:
    if loaded.catalog is not None:
        for checked in loaded.catalog.derived().values():
            yield Subject(checked, False)
    for plan in loaded.plans.values():
        if plan.goal is not None:
            yield Subject(plan.goal, True)
    for playbook in loaded.playbooks.values():
        for common in (playbook.where, playbook.stop):
            if common is not None:
                yield Subject(common, True, playbook)
        for play in playbook.plays.values():
            yield from (Subject(checked, True, playbook, play) for checked in _conditions(play))


def _conditions(play: Play) -> Iterator[Checked]:
    if isinstance(play.trigger, MomentTrigger | StateTrigger):
        yield play.trigger.when
    if isinstance(play.trigger, StateTrigger) and play.trigger.clear is not None:
        yield play.trigger.clear
    for checked in (play.condition, play.unless):
        if checked is not None:
            yield checked
    for action in play.actions:
        if isinstance(action, TaskAction) and action.until is not None:
            yield action.until


def _spelled_out(subject: Subject, node: Typed) -> bool:
    text = subject.text(node)
    return text.partition("(")[0].strip() in LEDGER_FORMS


def operator(node: Typed) -> str:
    """The operator or function that a node applies; empty for other nodes."""
    return _NAMES[node.op] if type(node) is Call else ""


def conjuncts(node: Typed) -> Iterator[Typed]:
    """The parts that ``and`` joins; the node itself where there is none."""
    if isinstance(node, Call) and operator(node) == "and":
        for arg in node.args:
            yield from conjuncts(arg)
    else:
        yield node


def aggregates(subject: Subject) -> Iterator[Aggregate]:
    """The aggregates that a person wrote."""
    for node in subject.written:
        if isinstance(node, Aggregate) and not _spelled_out(subject, node):
            yield node


def people(playbook: Playbook) -> Iterator[tuple[Person, bool, Location]]:
    """Whom the plays write to, and whom they assign work to (true), each with the action's place."""
    for play in playbook.plays.values():
        for action in play.all_actions:
            if isinstance(action, EmailAction):
                yield from ((person, False, action.location) for person in action.to)
            elif isinstance(action, TaskAction | OpportunityAction):
                yield from ((person, True, action.location) for person in action.assign)


def template_places(loaded: Loaded) -> dict[str, Location]:
    """Every template with the beginning of its first file."""
    if loaded.project is None:
        return {}
    root, files = loaded.project.root, loaded.templates.library.files
    first = {name: min(variants.values()).relative_to(root).as_posix() for name, variants in files.items()}
    return {name: Location(file, 1, 1, 1, 2) for name, file in first.items()}
