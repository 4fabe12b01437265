"""Which limits hold for the messages and tasks of each play: its own, its playbook's and the project's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Literal

from ...dsl.frozen import frozen
from ..catalog.contact_rules import ContactRules, Limit, Limits
from ..evaluate.model import PlayId
from ..playbook.model import Playbook

Scope = tuple[str, ...]  # (): the project; (playbook,); (playbook, play)
CapKind = Literal["contact", "account", "assignee"]


@frozen
class Cap:
    """At most so many messages (tasks) of a scope to one contact, account (assignee) in any window (of so
    many whole ``days``)."""

    scope: Scope
    kind: CapKind
    count: int
    window: timedelta
    days: int = field(compare=False)
    said: str = field(compare=False)  # ``2 per 7d``, with whose limit it is


@dataclass(frozen=True)
class Policy:
    """The contact rules of a project with all its playbooks."""

    rules: ContactRules = field(default_factory=ContactRules)
    playbooks: Mapping[str, Playbook] = field(default_factory=dict)

    @cached_property
    def _caps(self) -> dict[PlayId, tuple[Cap, ...]]:
        project = tuple(_caps((), self.rules.limits))
        found: dict[PlayId, tuple[Cap, ...]] = {}
        for book in self.playbooks.values():
            of_book = (*project, *_caps((book.name,), book.limits))
            for play in book.plays.values():
                found[book.name, play.name] = (*of_book, *_caps((book.name, play.name), play.limits))
        return found

    @cached_property
    def _of_project(self) -> tuple[Cap, ...]:
        return tuple(_caps((), self.rules.limits))

    def caps(self, playbook: str, play: str) -> tuple[Cap, ...]:
        """The caps on what a play sends and opens; of a play that is gone, the project's."""
        return self._caps.get((playbook, play), self._of_project)

    @cached_property
    def widest(self) -> timedelta:
        """How far back the widest cap looks; nought where there is none."""
        every = [*self._of_project, *(cap for caps in self._caps.values() for cap in caps)]
        return max((cap.window for cap in every), default=timedelta())

    def has(self, *kinds: CapKind) -> bool:
        """Whether there is a cap of one of these kinds."""
        every = (self._of_project, *self._caps.values())
        return any(cap.kind in kinds for caps in every for cap in caps)

    @cached_property
    def promotes(self) -> bool:
        """Whether there is a topic that needs consent."""
        return any(topic.kind == "promotional" for topic in self.rules.topics.values())


def policy_of(rules: ContactRules, playbooks: Iterable[Playbook]) -> Policy:
    """The policy of a project."""
    return Policy(rules, {book.name: book for book in playbooks})


def _caps(scope: Scope, limits: Limits) -> Iterable[Cap]:
    kinds: tuple[tuple[CapKind, Limit | None], ...] = (
        ("contact", limits.per_contact),
        ("account", limits.per_account),
        ("assignee", limits.per_assignee),
    )
    for kind, limit in kinds:
        if limit is not None and limit.window is not None:
            yield Cap(scope, kind, limit.count, limit.window, limit.days, _said(scope, kind, limit))


def _said(scope: Scope, kind: CapKind, limit: Limit) -> str:
    hours = (limit.window or timedelta()) // timedelta(hours=1)
    window = f"{hours // 24}d" if hours % 24 == 0 else f"{hours}h"
    return f"per_{kind}: {limit.count} per {window} of {'.'.join(scope) or 'the project'}"
