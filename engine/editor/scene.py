"""The cursor's place in a project's terms: which file and slot it is, what record an expression there is
about, and what the words at the cursor stand for."""

from __future__ import annotations

from ...dsl.frozen import frozen
from ...dsl.names import Found, FoundField, FoundMany, FoundRecord, NotFound, find
from ...dsl.source import Span
from ...dsl.syntax import Word
from ...dsl.types import EntityType
from ..catalog.recipients import relations_named
from ..document import Entries, Scalar
from ..playbook.model import EmailAction
from ..template.files import FOLDER
from . import words
from .book import Book, book_of
from .project import Knowledge
from .site import Site, site_at
from .slots import Slot, folder, hole, slot_of


@frozen
class Scene:
    """Where the cursor is. ``entities``: what an expression there may be about, the likeliest first."""

    knowledge: Knowledge
    name: str
    site: Site | None
    slot: Slot | None
    book: Book
    entities: tuple[str, ...]

    def records(self, cursor: words.Cursor) -> list[list[EntityType]]:
        """For each of ``entities``: the record around everything, then those of the aggregates, innermost
        last."""
        schema = self.knowledge.catalog.schema
        found: list[list[EntityType]] = []
        for name in self.entities:
            records = [schema.entities[name]]
            for target in cursor.around:
                relation = find(schema, records[-1], named(target))
                if not isinstance(relation, FoundMany):
                    break
                records.append(schema.entities[relation.relation.entity])
            else:
                found.append(records)
        return found

    def find(self, path: words.Words, cursor: words.Cursor) -> Found | None:
        """What a path at the cursor stands for; None: nothing that is known."""
        schema = self.knowledge.catalog.schema
        for records in self.records(cursor):
            record = records[-1]
            if path[:1] == ("outer",) and len(records) > 1:
                record, rest = records[-2], path[1:]
            else:
                rest = path
            if rest == (record.name,):  # the record by its entity's name: a dot is still to come
                return FoundRecord(record)
            found = find(schema, record, named(rest))
            if isinstance(found, FoundMany) and found.rest:
                found = find(schema, schema.entities[found.relation.entity], found.rest)
            if not isinstance(found, NotFound):
                return found
        return None


def named(path: words.Words) -> list[Word]:
    """Words as the syntax tree has them."""
    return [Word(text, Span(0, 0)) for text in path]


def owner_of(found: Found | None, knowledge: Knowledge) -> EntityType | None:
    """The record whose names may follow a path with a dot."""
    entities = knowledge.catalog.schema.entities
    match found:
        case FoundRecord(owner):
            return owner
        case FoundMany(relation=relation):
            return entities[relation.entity]
        case FoundField(owner=owner, field=field) if field.name in owner.to_one:
            return entities[owner.to_one[field.name].entity]
        case _:
            return None


def scene_at(knowledge: Knowledge, name: str, text: str, offset: int) -> Scene:
    """The cursor's place in a file of the project."""
    if folder(name) == FOLDER:
        before, after = text[:offset], text[offset:]
        slot = hole(before, after) or hole(before, after, "{%", "%}")
        return Scene(knowledge, name, None, slot, Book(None, None), _of_template(name, knowledge))
    site = site_at(text, offset)
    if site is None:
        return Scene(knowledge, name, None, None, Book(None, None), ())
    book = book_of(site.root, knowledge)
    return Scene(knowledge, name, site, slot_of(name, site), book, _entities(site, book, knowledge))


def _entities(site: Site, book: Book, knowledge: Knowledge) -> tuple[str, ...]:
    known = knowledge.catalog.schema.entities
    match site.names:
        case ("entities", name, *_):
            candidates = [name]
        case ("scores", score, *_):
            candidates = [_text_at(site, "scores", score, "on")]
        case ("recipients", recipient, "user"):
            candidates = _played(knowledge)
        case ("recipients", recipient, *_):
            of = _text_at(site, "recipients", recipient, "of")
            candidates = [one.entity for one in relations_named(knowledge.catalog.schema, of)]
        case _:
            candidates = [book.entity]
    return tuple(name for name in dict.fromkeys(candidates) if name in known)


def _text_at(site: Site, *path: str) -> str:
    node = site.root
    for part in path:
        below = node.values.get(part) if isinstance(node, Entries) else None
        if below is None:
            return ""
        node = below
    return node.text if isinstance(node, Scalar) else ""


def _played(knowledge: Knowledge) -> list[str]:
    """The entities that playbooks are for."""
    return [book.entity for book in knowledge.loaded.playbooks.values()]


def _of_template(name: str, knowledge: Knowledge) -> tuple[str, ...]:
    """The entities of the playbooks that send a template."""
    path = knowledge.root / name
    templates = {template for template, files in knowledge.templates().items() if path in files.values()}
    users = {
        book.entity: None
        for book in knowledge.loaded.playbooks.values()
        for play in book.plays.values()
        for action in play.actions
        if isinstance(action, EmailAction) and action.template in templates
    }
    return tuple(users) or tuple(dict.fromkeys(_played(knowledge)))
