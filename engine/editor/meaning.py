"""What the word at the cursor means: what hover describes and "go to definition" finds."""

from __future__ import annotations

import re

from ...dsl.frozen import frozen
from ...dsl.ledger_forms import PLAY_FORMS
from ...dsl.names import FoundField, FoundMany, FoundRecord
from ...dsl.types import EntityType, FieldType
from . import words
from .functions import FUNCTIONS, WORDS
from .scene import Scene
from .site import Site
from .slots import Slot, SlotKind


@frozen
class OfField:
    """A field of an entity. ``values``: the cursor is on a literal that is compared with it."""

    owner: EntityType
    field: FieldType
    values: bool = False


@frozen
class OfRecord:
    """A record of an entity, or many of them."""

    entity: EntityType
    many: bool = False


@frozen
class OfParam:
    name: str


@frozen
class OfFunction:
    name: str


@frozen
class OfWord:
    """A keyword of the language."""

    name: str


@frozen
class OfName:
    """Something that is named by its name: a template, play, recipient, user, channel …"""

    kind: SlotKind
    name: str


@frozen
class OfKey:
    """A key of a mapping."""

    site: Site


Meaning = OfField | OfRecord | OfParam | OfFunction | OfWord | OfName | OfKey


def meaning_of(scene: Scene) -> Meaning | None:
    """What the word at the cursor means; None: nothing that is known."""
    if scene.site is not None and scene.site.is_key:
        return _of_declared(scene, scene.site) or OfKey(scene.site)
    slot = scene.slot
    if slot is None:
        return None
    if slot.kind == "expression":
        return _in_expression(scene, slot)
    if slot.kind == "people":
        return _of_person(scene, slot) or _in_expression(scene, slot)
    if slot.kind == "play":
        match = re.match(r"\s*([\w-]+?)\s*(?:\+|$)", slot.before + slot.after)
        return OfName("play", match[1]) if match else None
    if slot.kind in ("field", "step"):
        return _in_expression(scene, slot)
    return OfName(slot.kind, (slot.before + slot.after).strip())


def _of_declared(scene: Scene, site: Site) -> Meaning | None:
    """The key that declares something in the catalogue or a playbook, as what it declares."""
    entities = scene.knowledge.catalog.schema.entities
    match site.names:
        case ("entities",) if site.text in entities:
            return OfRecord(entities[site.text])
        case ("entities", entity, "fields" | "derive") if entity in entities:
            return _field(entities[entity], site.text)
        case ("params",):
            return OfParam(site.text)
        case _:
            return None


def _field(entity: EntityType, name: str) -> OfField | None:
    return OfField(entity, entity.fields[name]) if name in entity.fields else None


def _of_person(scene: Scene, slot: Slot) -> Meaning | None:
    name = (slot.before + slot.after).strip()
    if name in scene.knowledge.catalog.recipients:
        return OfName("recipient", name)
    return OfName("user", name) if name in scene.knowledge.project.users else None


def _in_expression(scene: Scene, slot: Slot) -> Meaning | None:
    end = words.word_end(slot.after)
    cursor = words.read(slot.before + slot.after[:end])
    if cursor.quoted:
        return _of_literal(scene, cursor, slot.after[end:])
    if not cursor.prefix:
        return None
    path, after = (*cursor.steps, cursor.prefix), slot.after[end:]
    if not cursor.steps and after.lstrip().startswith("(") and cursor.prefix in FUNCTIONS:
        return OfFunction(cursor.prefix)
    if path[0] == "params" and len(path) == 2:
        return OfParam(path[1])
    found = scene.find(path, cursor)
    match found:
        case FoundField(owner=owner, field=field) if after.startswith(".") and field.name in owner.to_one:
            return OfRecord(scene.knowledge.catalog.schema.entities[owner.to_one[field.name].entity])
        case FoundField(owner=owner, field=field):
            return OfField(owner, field)
        case FoundRecord(owner):
            return OfRecord(owner)
        case FoundMany(relation=relation):
            return OfRecord(scene.knowledge.catalog.schema.entities[relation.entity], many=True)
        case _:
            return _of_bare_word(scene, path)


def _of_bare_word(scene: Scene, path: words.Words) -> Meaning | None:
    if len(path) > 1:
        return None
    if path[0] in scene.book.under("params"):
        return OfParam(path[0])
    return OfWord(path[0]) if path[0] in WORDS else None


def _of_literal(scene: Scene, cursor: words.Cursor, after: str) -> Meaning | None:
    text = cursor.prefix + re.split(r"[\"']", after, maxsplit=1)[0]
    if cursor.call[0] in PLAY_FORMS:
        return OfName("play", text)
    found = scene.find(cursor.compared, cursor) if cursor.compared else None
    return OfField(found.owner, found.field, values=True) if isinstance(found, FoundField) else None
