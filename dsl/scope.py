"""What an expression is checked against: the schema, the record it is about, and what a playbook adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from .frozen import frozen
from .typed import Checked
from .types import EntityType, Schema, Settings


@frozen
class Scope:
    """The names that an expression about a record of ``entity`` may use.

    The checker asks an entity's ``fields`` only by name and for its names, so that a mapping may check
    derived fields when they are first asked for; a field whose own expression is wrong has the type ERROR.

    - ``params``: of the playbook, each checked in the scope of the playbook's record.
    - ``playbook``: its name, for the ledger's short forms (``fired("ask")``); empty: they name it themselves.
    - ``over``: the relation that an aggregate without one goes over: ``count(where E)`` of a report.
    - ``cycle``: the entity's cycle, checked in the entity's own scope, and by how many days a date in it may
      move and still be the same one. None: everything is one cycle.
    """

    schema: Schema
    entity: str
    settings: Settings = field(default_factory=Settings)
    params: Mapping[str, Checked] = field(default_factory=dict)
    playbook: str = ""
    cycle: Checked | None = None
    tolerance_days: int = 14
    over: str = ""

    @property
    def record(self) -> EntityType:
        """The entity that the expression is about."""
        return self.schema.entities[self.entity]
