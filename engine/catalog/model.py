"""The catalogue as checked: entities with their sources, derived fields, recipients, and the project.

Expressions are ``Checked`` here: a catalogue that exists has no unresolved name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from pathlib import Path

from ...dsl.frozen import frozen
from ...dsl.source import Location, SourceText
from ...dsl.typed import Checked
from ...dsl.types import EntityType, Schema, Settings, Type
from .contact_rules import ContactRules
from .exports import DigestConfig, ExportConfig
from .inbox import InboxConfig
from .links import LinkConfig
from .policy import Policy
from .retention import Retention
from .sign_in import SignInConfig

# Entities that the ledger provides; their tables are filled from it before an evaluation.
LEDGER_ENTITIES = ("touch", "task", "answer", "quote", "opportunity", "reply")


@frozen
class SourceConfig:
    """One source of playcall.yaml. ``fresh_by`` is the column that tells the data's age; None: the
    time at which the source's data was last changed (a file's modification time)."""

    name: str
    adapter: str
    options: Mapping[str, object]
    fresh_within: timedelta | None
    fresh_by: str | None
    location: Location


@frozen
class ChannelConfig:
    """One channel of playcall.yaml: the adapter's name and its own options."""

    name: str
    adapter: str
    options: Mapping[str, object]
    location: Location


@frozen
class Project:
    """playcall.yaml, with the environment's overlay applied and secrets filled in."""

    root: Path
    name: str
    locale: str
    settings: Settings
    ledger_url: str
    engine_url: str
    snapshots: Path
    sources: Mapping[str, SourceConfig]
    channels: Mapping[str, ChannelConfig]
    users: Mapping[str, Mapping[str, str]]
    rules: ContactRules
    policy: Policy
    environment: str | None = None
    links: LinkConfig | None = None
    sign_in: SignInConfig | None = None
    inbox: InboxConfig = field(default_factory=InboxConfig)
    retention: Retention = field(default_factory=Retention)
    exports: Mapping[str, ExportConfig] = field(default_factory=dict)
    digest: DigestConfig | None = None


@frozen
class TableRef:
    """One table that an entity is read from: the spine first. ``match`` joins the others to it:
    (column of this table, column of the spine)."""

    source: str
    table: str
    match: tuple[tuple[str, str], ...]
    location: Location

    @property
    def name(self) -> str:
        return f"{self.source}.{self.table}"


@frozen
class StoredField:
    """Where a field's value comes from: (index into ``Entity.tables``, column) in order of trust.

    ``newest``: the value of the table whose row is newest by that table's ``fresh_by`` column wins."""

    name: str
    type: Type
    columns: tuple[tuple[int, str], ...]
    newest: bool
    currency_by: str | None
    location: Location


@frozen
class Derived:
    """A derived field: its expression, checked in the scope of its entity."""

    name: str
    checked: Checked
    location: Location


@frozen
class Cycle:
    """What makes a renewal *this* renewal. Two dates that differ by no more than ``tolerance_days`` are
    the same cycle, corrected."""

    checked: Checked
    tolerance_days: int


@frozen
class Entity:
    """One entity: its names for expressions (``type``) and how its records are read.

    ``tables`` is empty for entities of the ledger and for ``user`` when people stand in playcall.yaml."""

    name: str
    type: EntityType
    tables: tuple[TableRef, ...]
    fields: Mapping[str, StoredField]
    derived: Mapping[str, Derived]
    cycle: Cycle | None
    aliases: TableRef | None
    location: Location | None

    @property
    def key(self) -> tuple[str, ...]:
        return self.type.key


@frozen
class Expression:
    """An expression as written, to be checked in a scope that is known only where it is used."""

    source: SourceText
    location: Location


@frozen
class Recipient:
    """A people rule. Exactly one of ``relation`` (the ``of:`` name, resolved against the playbook's
    entity: a relation of the record or of what it belongs to, nearest first) and ``user`` (source text
    of a path to a user field, e.g. ``account.csm``, checked per playbook entity) is set.

    ``where`` and ``by`` are texts, checked in the scope of the related entity; ``by`` is ascending
    (least first), ties by key; ``take`` how many at most (None: all); ``otherwise`` the ``else`` rule.
    ``places``: where ``of`` and ``else`` name what they name."""

    name: str
    relation: str | None
    user: Expression | None
    where: Expression | None
    by: Expression | None
    take: int | None
    otherwise: str | None
    location: Location
    places: Mapping[str, Location]


@frozen
class Score:
    """A score's declaration, for ``facts show`` and reports. Its value is the derived field ``name``
    (number) of ``entity``, its band the derived field ``name.band``; ``parts`` holds weight and expression of
    each part, which is the derived field ``name.part`` too."""

    name: str
    entity: str
    parts: Mapping[str, tuple[float, Checked]]
    bands: tuple[str, ...]
    location: Location


@frozen
class Catalog:
    """Everything declared in catalog/*.yaml plus the built-in entities, checked as a whole."""

    schema: Schema
    entities: Mapping[str, Entity]
    recipients: Mapping[str, Recipient] = field(default_factory=dict)
    scores: Mapping[str, Score] = field(default_factory=dict)

    def derived(self) -> dict[tuple[str, str], Checked]:
        """Every derived field by (entity, name)."""
        return {
            (entity.name, name): derived.checked
            for entity in self.entities.values()
            for name, derived in entity.derived.items()
        }
