"""Names that can stand as the value of a key: templates, plays, people, channels …"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...dsl.types import Kind
from ..catalog.model import LEDGER_ENTITIES
from ..catalog.project import installed_adapters
from .hover import describe_type, yaml_text
from .items import Item
from .scene import Scene
from .slots import Slot


def written(slot: Slot) -> str:
    """The part of a name that stands before the cursor."""
    if slot.kind == "play" and "+" in slot.before:
        return re.split(r"\+\s*", slot.before)[-1]
    return slot.before.lstrip()


def name_items(scene: Scene, slot: Slot) -> Iterator[Item]:
    """The names that a slot takes."""
    knowledge = scene.knowledge
    catalog, project = knowledge.catalog, knowledge.project
    match slot.kind:
        case "template":
            for name, files in knowledge.templates().items():
                yield Item(name, "template", ", ".join(sorted(locale for locale in files if locale)))
        case "survey":
            yield from (Item(name, "name", "survey") for name in knowledge.loaded.surveys)
        case "pricebook":
            yield from (Item(name, "name", "price book") for name in knowledge.loaded.pricebooks)
        case "play":
            yield from _after(scene, slot)
        case "people":
            yield from _people(scene)
        case "recipient":
            yield from (Item(name, "name", "recipient") for name in catalog.recipients)
        case "user":
            yield from _users(scene)
        case "playbook":
            own = scene.book.name
            yield from (Item(name, "name", "playbook") for name in knowledge.loaded.written if name != own)
        case "entity":
            known = (name for name in catalog.entities if name not in LEDGER_ENTITIES)
            yield from (Item(name, "name", "entity") for name in known)
        case "relation":
            relations = {name for entity in catalog.schema.entities.values() for name in entity.to_many}
            yield from (
                Item(name, "name", "relation") for name in sorted(relations | {*catalog.schema.relations})
            )
        case "step":
            steps = (name for entity in scene.entities for name in catalog.schema.entities[entity].to_one)
            yield from (Item(name, "name", "one message for all of it") for name in ("recipient", *steps))
        case "field":
            for entity in scene.entities:
                fields = catalog.entities[entity].fields.values()
                yield from (Item(field.name, "field", str(field.type)) for field in fields)
        case "table":
            yield from (Item(f"{name}.", "name", "source") for name in project.sources)
        case "channel" | "webhook":
            for name, channel in project.channels.items():
                if (channel.adapter == "webhook") == (slot.kind == "webhook"):
                    yield Item(name, "name", channel.adapter)
        case "topic":
            yield from (Item(name, "name", "topic") for name in knowledge.setting("topics"))
        case "source adapter" | "channel adapter":
            names = installed_adapters(slot.kind.partition(" ")[0])
            yield from (Item(name, "name", "adapter") for name in names)


def _after(scene: Scene, slot: Slot) -> Iterator[Item]:
    """``after: PLAY + DURATION``."""
    if "+" in slot.before:
        yield from (Item(text, "value", "duration") for text in ("1d", "3d", "1w", "10d", "1mo", "5bd"))
        return
    own = scene.site.names[1] if scene.site is not None and len(scene.site.names) > 1 else ""
    for name in scene.book.under("plays"):
        if name != own:
            yield Item(name, "play", "play", insert=name if "+" in slot.after else f"{name} + ")


def play_items(scene: Scene) -> Iterator[Item]:
    """Plays as the short forms name them: this playbook's own, and ``playbook.play``."""
    yield from (Item(name, "play", "play") for name in scene.book.under("plays"))
    for book, one in scene.knowledge.loaded.playbooks.items():
        if book != scene.book.name:
            yield from (Item(f"{book}.{name}", "play", "play") for name in one.plays)


def _people(scene: Scene) -> Iterator[Item]:
    """Recipients, users, and the fields and steps of the record that lead to users."""
    for name, rule in scene.knowledge.catalog.recipients.items():
        where = rule.where.source.text if rule.where is not None else ""
        of = rule.relation or (rule.user.source.text if rule.user is not None else "")
        yield Item(name, "name", f"recipient: {of}", where)
    yield from _users(scene)
    entities = scene.knowledge.catalog.schema.entities
    for record in (entities[name] for name in scene.entities):
        users = (field for field in record.fields.values() if field.type.kind is Kind.USER)
        yield from (Item(field.name, "field", describe_type(field.type), field.describe) for field in users)
        steps = (step for step in record.to_one.values() if step.name not in record.fields)
        yield from (Item(step.name, "relation", f"one {step.entity}") for step in steps)


def _users(scene: Scene) -> Iterator[Item]:
    for name, person in scene.knowledge.project.users.items():
        yield Item(name, "name", f"user: {person.get('name', name)}")


def param_items(scene: Scene) -> Iterator[Item]:
    """The playbook's params with their values."""
    for name, (_, value) in scene.book.under("params").items():
        yield Item(name, "param", f"param: {yaml_text(value)}")
