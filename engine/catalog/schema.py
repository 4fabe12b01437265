"""From declared entities to the names that expressions may use: fields, steps and relations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ...dsl.source import Location
from ...dsl.types import TEXTUAL, EntityType, FieldType, Kind, Schema, ToMany, ToOne, Type
from ..shape import Findings, nearest, suggestion
from .builtin import LEDGER_FIELDS, field_types, ledger_relations, person_fields
from .declared import Declared, Link
from .fields import Description


class LazyFields(Mapping[str, FieldType]):
    """The fields of an entity, of which the derived ones get their types when they are asked for: so
    derived fields may stand in any order, and across entities, and a circle is found where it closes."""

    def __init__(self, stored: dict[str, FieldType]) -> None:
        self._known = stored
        self._pending: dict[str, Callable[[], FieldType]] = {}

    def add(self, name: str, resolve: Callable[[], FieldType]) -> None:
        """A derived field: ``resolve`` gives its type, and may be called more than once."""
        self._pending[name] = resolve

    def __getitem__(self, name: str) -> FieldType:
        if name in self._known:
            return self._known[name]
        return self._pending[name]()

    def __contains__(self, name: object) -> bool:
        return name in self._known or name in self._pending

    def __iter__(self) -> Iterator[str]:
        yield from self._known
        yield from self._pending

    def __len__(self) -> int:
        return len(self._known) + len(self._pending)


@dataclass(slots=True)
class Draft:
    """An entity while its names are collected."""

    name: str
    key: tuple[str, ...]
    fields: LazyFields
    stored: dict[str, FieldType]
    to_one: dict[str, ToOne] = field(default_factory=dict)
    to_many: dict[str, ToMany] = field(default_factory=dict)

    def type(self) -> EntityType:
        kept = self.name not in LEDGER_FIELDS
        return EntityType(self.name, self.key, self.fields, self.to_one, self.to_many, kept)

    def taken(self, name: str) -> bool:
        return name in self.fields or name in self.to_one or name in self.to_many


def draft_schema(declared: Mapping[str, Declared], findings: Findings) -> tuple[Schema, dict[str, Draft]]:
    """The schema of all entities, built-in ones included; derived fields are added to the drafts later."""
    drafts = {name: _draft(entity) for name, entity in declared.items()}
    drafts.setdefault("user", _built_in("user", ("id",), person_fields()))
    for name, types in LEDGER_FIELDS.items():
        drafts[name] = _built_in(name, ("id",), field_types(types))
    relations: dict[str, ToMany] = {"users": ToMany("users", "user")}
    wrong: set[str] = set()
    for entity in declared.values():
        for link in entity.links:
            if not _link(entity, link, drafts, findings):
                wrong |= {link.name, link.many or entity.many, nearest(link.entity, drafts)} - {""}
        if entity.many and all(link.entity == entity.name for link in entity.links):
            relations[entity.many] = ToMany(entity.many, entity.name)
    for draft in drafts.values():
        _user_steps(draft, drafts["user"])
        if draft.name not in LEDGER_FIELDS:
            addressed = len(draft.key) == 1 and draft.stored[draft.key[0]].type.kind is Kind.EMAIL
            for relation in ledger_relations(draft.name, addressed):
                draft.to_many.setdefault(relation.name, relation)
    entities = {name: draft.type() for name, draft in drafts.items()}
    return Schema(entities, relations, frozenset(wrong)), drafts


def _draft(entity: Declared) -> Draft:
    stored: dict[str, FieldType] = {}
    for name, column in entity.fields.items():
        said = entity.describe.get(name, Description())
        stored[name] = FieldType(
            name,
            column.type,
            currency_by=column.currency_by,
            describe=said.describe,
            unit=said.unit,
            sensitive=said.sensitive,
            deprecated=said.deprecated,
        )
    return Draft(entity.name, entity.key, LazyFields(stored), stored)


def _built_in(name: str, key: tuple[str, ...], fields: dict[str, FieldType]) -> Draft:
    return Draft(name, key, LazyFields(fields), fields)


def _user_steps(draft: Draft, user: Draft) -> None:
    """Every field of type ``user`` is a step to that person as well."""
    for name, field_type in draft.stored.items():
        if field_type.type.kind is Kind.USER and len(user.key) == 1:
            draft.to_one.setdefault(name, ToOne(name, "user", (name,)))


def _link(entity: Declared, link: Link, drafts: dict[str, Draft], findings: Findings) -> bool:
    """The step of one ``belongs_to`` and the way back; whether both are right."""
    own, target = drafts[entity.name], drafts.get(link.entity)
    if target is None:
        help_text = suggestion(link.entity, drafts)
        findings.add("E502", link.location, f"the catalogue has no entity `{link.entity}`", help_text)
        return False
    if not _fits(own, link, target, findings):
        return False
    if own.taken(link.name):
        message = f"{own.name} has a field or relation `{link.name}` already"
        help_text = f"name the relation otherwise: {{entity: {link.entity}, by: {', '.join(link.by)}}}"
        findings.add("E107", link.location, message, help_text)
        return False
    own.to_one[link.name] = ToOne(link.name, target.name, link.by)
    many = link.many or ("" if target is own else entity.many)
    if not many:
        return True
    relation = ToMany(many, own.name, tuple(zip(target.key, link.by, strict=True)))
    return _add_many(target, relation, link.location, findings)


def _add_many(target: Draft, relation: ToMany, location: Location, findings: Findings) -> bool:
    if target.taken(relation.name):
        message = f"{target.name} has a field or relation `{relation.name}` already"
        help_text = "give this one its own name: {entity: …, by: …, many: NAME}"
        findings.add("E107", location, message, help_text)
        return False
    target.to_many[relation.name] = relation
    return True


def _fits(own: Draft, link: Link, target: Draft, findings: Findings) -> bool:
    """Whether a link's own fields exist, are as many as the target's key, and of comparable types."""
    unknown = [name for name in link.by if name not in own.stored]
    if unknown:
        help_text = suggestion(unknown[0], own.stored)
        findings.add("E203", link.location, f"{own.name} has no field `{unknown[0]}`", help_text)
        return False
    if len(link.by) != len(target.key):
        key = ", ".join(target.key)
        message = f"the key of {target.name} is ({key}); `{link.name}` gives {len(link.by)} field(s) for it"
        findings.add("E107", link.location, message)
        return False
    for name, key in zip(link.by, target.key, strict=True):
        mine, theirs = own.stored[name].type, target.stored[key].type
        if not _comparable(mine, theirs):
            message = f"`{name}` is {mine}, but the key `{key}` of {target.name} is {theirs}"
            findings.add("E205", link.location, message)
            return False
    return True


def _comparable(a: Type, b: Type) -> bool:
    kinds = {a.kind, b.kind}
    return len(kinds) == 1 or Kind.ERROR in kinds or kinds <= TEXTUAL
