"""Which sources and fields a play depends on: they hold it when they are stale, shrunk, broken or hold what
they cannot hold."""

from __future__ import annotations

from collections.abc import Iterable

from ...dsl.typed import Aggregate, Checked, Field, Typed, children
from ...dsl.types import Schema, ToMany
from ..catalog.model import Catalog, Entity
from .fingerprint import parts
from .model import PersonOf, PersonUser


class Sources:
    """Collects the sources behind expressions and people, and the fields that they read (ENTITY.FIELD),
    through relations and derived fields."""

    def __init__(self, catalog: Catalog, entity: str) -> None:
        self._catalog = catalog
        self._entity = entity
        self._schema: Schema = catalog.schema
        self._derived: set[tuple[str, str]] = set()
        self.found: set[str] = set()
        self._population(entity)

    def copy(self) -> Sources:
        """Another one that goes on from here."""
        other = Sources(self._catalog, self._entity)
        other._derived |= self._derived
        other.found |= self.found
        return other

    def _population(self, entity: str) -> None:
        """The table that an entity's records come from, and what renames its keys."""
        declared = self._catalog.entities[entity]
        if declared.tables:
            self.found.add(declared.tables[0].source)
        if declared.aliases is not None:
            self.found.add(declared.aliases.source)

    def add(self, whole: object) -> None:
        """Every expression and person rule in a structure of checked parts."""
        for checked in parts(whole, Checked):
            self._tree(checked.tree, checked.entity)
        for person in parts(whole, PersonOf):
            self._people_of(person)
        if any(True for _ in parts(whole, PersonUser)):
            self._whole("user")

    def _people_of(self, rule: PersonOf) -> None:
        """Where the people of a relation come from."""
        self._relation(rule.relation, self._hops(self._entity, rule.hops))
        self._whole(rule.relation.entity)

    def _tree(self, node: Typed, entity: str, outer: str = "") -> None:
        """A tree in the scope of a record of ``entity``, inside an aggregate of one of ``outer``."""
        if isinstance(node, Field):
            self._hops(outer if node.outer else entity, node.hops)
            self._field(node)
        elif isinstance(node, Aggregate):
            self._relation(node.relation, self._hops(entity, node.hops))
            for part in children(node):
                self._tree(part, node.relation.entity, entity)
        else:
            for part in children(node):
                self._tree(part, entity, outer)

    def _hops(self, entity: str, hops: Iterable[str]) -> str:
        for hop in hops:
            step = self._schema.entities[entity].to_one.get(hop)
            if step is None:
                return entity
            self._stored(self._catalog.entities[entity], step.by)
            entity = step.entity
            self._population(entity)
        return entity

    def _field(self, node: Field) -> None:
        entity = self._catalog.entities[node.entity]
        if not node.derived:
            self._stored(entity, (node.name,))
        elif (node.entity, node.name) not in self._derived:
            self._derived.add((node.entity, node.name))
            self._tree(entity.derived[node.name].checked.tree, node.entity)

    def _stored(self, entity: Entity, names: Iterable[str]) -> None:
        self._population(entity.name)
        for name in names:
            stored = entity.fields.get(name)
            if stored:
                self.found.add(f"{entity.name}.{name}")
            for index, _ in stored.columns if stored else ():
                if index < len(entity.tables):
                    self.found.add(entity.tables[index].source)
            if stored and stored.currency_by:
                self._stored(entity, (stored.currency_by,))

    def _relation(self, relation: ToMany, owner: str) -> None:
        self._population(owner)
        self._population(relation.entity)
        self._stored(self._catalog.entities[relation.entity], (theirs for _, theirs in relation.match))

    def _whole(self, entity: str) -> None:
        declared = self._catalog.entities[entity]
        self._stored(declared, declared.fields)
