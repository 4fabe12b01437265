"""Where the thing that the word under the cursor names is written."""

from __future__ import annotations

from ...dsl.source import Location
from ..document import Entries
from .meaning import Meaning, OfField, OfName, OfParam, OfRecord, meaning_of
from .project import Knowledge
from .scene import Scene

# Names of what playcall.yaml declares, by its section.
_SECTIONS = {"user": "users", "topic": "topics", "channel": "channels", "webhook": "channels"}


def definition(scene: Scene) -> tuple[Location, ...]:
    """The places that declare it: several for a template in several languages; none for what is built in."""
    meaning = meaning_of(scene)
    return () if meaning is None else _places(meaning, scene)


def _places(meaning: Meaning, scene: Scene) -> tuple[Location, ...]:
    knowledge = scene.knowledge
    match meaning:
        case OfField(owner=owner, field=field):
            entity = knowledge.catalog.entities[owner.name]
            declared = entity.fields.get(field.name) or entity.derived.get(field.name)
            return _one(declared.location if declared is not None else entity.location)
        case OfRecord(entity=entity_type):
            return _one(knowledge.catalog.entities[entity_type.name].location)
        case OfParam(name):
            return _one(_entry(knowledge, scene.book.name, "params", name))
        case OfName(kind="play", name=name):
            book, _, play = name.rpartition(".")
            return _one(_entry(knowledge, book or scene.book.name, "plays", play))
        case OfName() as named:
            return _named(named, knowledge)
        case _:
            return ()


def _named(named: OfName, knowledge: Knowledge) -> tuple[Location, ...]:
    name, catalog = named.name, knowledge.catalog
    if named.kind in _SECTIONS:
        key = knowledge.setting(_SECTIONS[named.kind]).get(name)
        return _one(key.location if key is not None else None)
    match named.kind:
        case "template":
            files = knowledge.templates().get(name, {}).values()
            return tuple(Location(path.relative_to(knowledge.root).as_posix(), 1, 1, 1, 1) for path in files)
        case "entity" if name in catalog.entities:
            return _one(catalog.entities[name].location)
        case "recipient" if name in catalog.recipients:
            return _one(catalog.recipients[name].location)
        case "survey" if name in knowledge.loaded.surveys:
            return _one(knowledge.loaded.surveys[name].location)
        case "pricebook" if name in knowledge.loaded.pricebooks:
            return _one(knowledge.loaded.pricebooks[name].location)
        case "plan" if name in knowledge.loaded.plans:
            return _one(knowledge.loaded.plans[name].location)
        case "relation":
            relations = (entity.to_many.get(name) for entity in catalog.schema.entities.values())
            found = next((one for one in relations if one), catalog.schema.relations.get(name))
            return _one(catalog.entities[found.entity].location if found is not None else None)
        case "playbook" if name in knowledge.loaded.written:
            return _one(knowledge.loaded.written[name].name_key.location)
        case "table" if name.partition(".")[0] in knowledge.project.sources:
            return _one(knowledge.project.sources[name.partition(".")[0]].location)
        case _:
            return ()


def _entry(knowledge: Knowledge, book: str, section: str, name: str) -> Location | None:
    """The key of a param or a play, in the playbook or in what it extends."""
    written = knowledge.loaded.written.get(book)
    entries = written.merged.values.get(section) if written is not None else None
    key = entries.keys.get(name) if isinstance(entries, Entries) else None
    return key.location if key is not None else None


def _one(location: Location | None) -> tuple[Location, ...]:
    return () if location is None or location.file.startswith("<") else (location,)
