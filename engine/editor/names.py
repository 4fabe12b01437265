"""Names that can stand as the value of a key: templates, plays, people, channels …"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from ...dsl.types import Kind
from ..catalog.adapters import installed_adapters
from ..catalog.model import LEDGER_ENTITIES
from .hover import describe_type, yaml_text
from .items import Item
from .scene import Scene
from .slots import Slot, SlotKind

Listing = Callable[[Scene], Iterator[Item]]


def written(slot: Slot) -> str:
    """The part of a name that stands before the cursor."""
    if slot.kind == "play" and "+" in slot.before:
        return re.split(r"\+\s*", slot.before)[-1]
    return slot.before.lstrip()


def name_items(scene: Scene, slot: Slot) -> Iterator[Item]:
    """The names that a slot takes."""
    if slot.kind == "play":
        return _after(scene, slot)
    listing = _LISTINGS.get(slot.kind)
    return iter(()) if listing is None else listing(scene)


def _templates(scene: Scene) -> Iterator[Item]:
    for name, files in scene.knowledge.templates().items():
        yield Item(name, "template", ", ".join(sorted(locale for locale in files if locale)))


def _called(what: str, names: Callable[[Scene], Iterable[str]]) -> Listing:
    """A listing of names that need no more said than what they are names of."""
    return lambda scene: (Item(name, "name", what) for name in names(scene))


def _playbooks(scene: Scene) -> Iterable[str]:
    return (name for name in scene.knowledge.loaded.written if name != scene.book.name)


def _entities(scene: Scene) -> Iterable[str]:
    return (name for name in scene.knowledge.catalog.entities if name not in LEDGER_ENTITIES)


def _relations(scene: Scene) -> Iterable[str]:
    schema = scene.knowledge.catalog.schema
    return sorted({*schema.relations, *(name for one in schema.entities.values() for name in one.to_many)})


def _steps(scene: Scene) -> Iterable[str]:
    entities = scene.knowledge.catalog.schema.entities
    return ("recipient", *(name for entity in scene.entities for name in entities[entity].to_one))


def _fields(scene: Scene) -> Iterator[Item]:
    """The stored fields of the entity at hand."""
    for entity in scene.entities:
        for field in scene.knowledge.catalog.entities[entity].fields.values():
            yield Item(field.name, "field", str(field.type))


def _channels(scene: Scene, *, hooks: bool) -> Iterator[Item]:
    for name, channel in scene.knowledge.project.channels.items():
        if (channel.adapter == "webhook") == hooks:
            yield Item(name, "name", channel.adapter)


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


_LISTINGS: Mapping[SlotKind, Listing] = {
    "template": _templates,
    "survey": _called("survey", lambda scene: scene.knowledge.loaded.surveys),
    "pricebook": _called("price book", lambda scene: scene.knowledge.loaded.pricebooks),
    "plan": _called("success plan", lambda scene: scene.knowledge.loaded.plans),
    "people": _people,
    "recipient": _called("recipient", lambda scene: scene.knowledge.catalog.recipients),
    "user": _users,
    "playbook": _called("playbook", _playbooks),
    "entity": _called("entity", _entities),
    "relation": _called("relation", _relations),
    "step": _called("one message for all of it", _steps),
    "field": _fields,
    "table": _called("source", lambda scene: (f"{name}." for name in scene.knowledge.project.sources)),
    "channel": partial(_channels, hooks=False),
    "webhook": partial(_channels, hooks=True),
    "topic": _called("topic", lambda scene: scene.knowledge.setting("topics")),
    "source adapter": _called("adapter", lambda scene: installed_adapters("source")),
    "channel adapter": _called("adapter", lambda scene: installed_adapters("channel")),
}
