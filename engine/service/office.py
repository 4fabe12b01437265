"""What the use cases of the staff pages start from: a project whose ledger stays open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from ...dsl.frozen import frozen
from ..ledger.database import Ledger
from ..ledger.tasks import Act
from .access import Person
from .latest import Latest
from .workspace import Workspace


@frozen
class Office:
    """A project and its open ledger, for many requests at a time."""

    workspace: Workspace
    ledger: Ledger
    latest: Latest = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "latest", Latest(self.workspace))

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the project, which staff reads."""
        return ZoneInfo(self.workspace.project.settings.timezone)

    def now(self) -> datetime:
        """The moment, in UTC."""
        return self.workspace.clock.now()

    def today(self) -> date:
        """The project's local day."""
        return self.now().astimezone(self.zone).date()

    def act(self, actor: str) -> Act:
        """An act of somebody, now."""
        now = self.now()
        return Act(actor, now, now.astimezone(self.zone).date())

    @contextmanager
    def acting(self, person: Person) -> Iterator[tuple[Connection, Act]]:
        """A transaction in which a person does something."""
        act = self.act(person.actor)
        with self.ledger.writing() as connection:
            yield connection, act
