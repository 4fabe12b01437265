"""What is shown of the word under the cursor, as Markdown."""

from __future__ import annotations

from ...dsl.sensitive import Sensitivity
from ...dsl.types import EntityType, FieldType, Type
from ..catalog.model import Entity, Recipient, StoredField
from ..document import Entries, Items, Node, Scalar
from .functions import FUNCTIONS, WORDS
from .keys import keys_at, names_in
from .meaning import OfField, OfFunction, OfKey, OfName, OfParam, OfRecord, OfWord, meaning_of
from .project import Knowledge
from .scene import Scene
from .site import Site
from .values import LastValues, last_values

LONGEST_LIST = 30


def hover(scene: Scene) -> str:
    """The text for the cursor's place; empty where there is nothing to say."""
    match meaning_of(scene):
        case OfField(owner=owner, field=field):
            return _field(scene.knowledge, owner, field)
        case OfRecord(entity=entity, many=many):
            return _record(scene.knowledge, entity, many)
        case OfParam(name):
            return _param(scene, name)
        case OfFunction(name):
            signature, meaning = FUNCTIONS[name]
            return _lines(f"```text\n{signature}\n```", meaning)
        case OfWord(name):
            return _lines(f"**{name}**", WORDS[name])
        case OfName() as named:
            return _named(scene, named)
        case OfKey(site):
            return _key(scene.name, site)
        case None:
            return ""


def describe_type(type_: Type) -> str:
    """A type in words: ``enum: active, lapsed · may be missing``."""
    values = ""
    if type_.values and type_.kind.value == "enum":
        more = ", …" if len(type_.values) > LONGEST_LIST else ""
        values = f": {', '.join(type_.values[:LONGEST_LIST])}{more}"
    return f"{type_}{values} · {'may be missing' if type_.nullable else 'never missing'}"


def _lines(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _field(knowledge: Knowledge, owner: EntityType, field: FieldType) -> str:
    entity = knowledge.catalog.entities[owner.name]
    stored, derived = entity.fields.get(field.name), entity.derived.get(field.name)
    kind = describe_type(field.type)
    if field.currency_by:
        kind += f" · currency in `{field.currency_by}`"
    formula = f"derived: `{' '.join(derived.checked.source.text.split())}`" if derived is not None else ""
    return _lines(
        f"**{owner.name}.{field.name}**: {kind}",
        field.describe,
        f"unit: {field.unit}" if field.unit else "",
        _origin(entity, stored) if stored is not None else "",
        formula,
        _values(knowledge, owner, field) if stored is not None else "",
    )


def _origin(entity: Entity, stored: StoredField) -> str:
    """Where a stored field's values come from, in order of trust."""
    if not entity.tables or not stored.columns:
        return ""
    columns = [f"`{entity.tables[index].name}.{column}`" for index, column in stored.columns]
    if len(columns) == 1:
        return f"from {columns[0]}"
    return f"from the newest of {', '.join(columns)}" if stored.newest else f"from {', else '.join(columns)}"


def _values(knowledge: Knowledge, owner: EntityType, field: FieldType) -> str:
    sensitive = Sensitivity(knowledge.catalog.schema, knowledge.catalog.derived())
    project = knowledge.project
    found = last_values(project.snapshots, project.settings.timezone, owner.name, field.name)
    if found is None:
        return ""
    records = "1 record" if found.rows == 1 else f"{found.rows:,} records"
    counted = f"snapshot of {found.day}: in {records}, {found.missing:,} missing"
    if sensitive.of_field(owner.name, field.name):
        return f"{counted} · values are sensitive and not shown"
    return _lines(counted, _frequent(found))


def _frequent(found: LastValues) -> str:
    return " · ".join(f"`{value.replace('`', chr(39))}` ({count:,})" for value, count in found.values)


def _record(knowledge: Knowledge, entity: EntityType, many: bool) -> str:
    declared = knowledge.catalog.entities[entity.name]
    tables = ", ".join(f"`{table.name}`" for table in declared.tables)
    steps = ", ".join(f"`{step}`" for step in entity.to_one)
    relations = ", ".join(f"`{relation}`" for relation in entity.to_many)
    key = " + ".join(f"`{field}`" for field in entity.key)
    return _lines(
        f"{'records' if many else 'a record'} of **{entity.name}**, key {key}",
        f"from {tables}" if tables else "",
        f"leads to {steps}" if steps else "",
        f"has many {relations}" if relations else "",
    )


def _param(scene: Scene, name: str) -> str:
    declared = scene.book.under("params").get(name)
    if declared is None:
        return ""
    return _lines(f"param **{name}**: `{yaml_text(declared[1])}`")


def yaml_text(node: Node) -> str:
    """A value as YAML on one line."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Items):
        return f"[{', '.join(map(yaml_text, node.items))}]"
    return f"{{{', '.join(f'{key.text}: {yaml_text(value)}' for key, value in node)}}}"


def _named(scene: Scene, named: OfName) -> str:
    """What is known of something that is named here; only what exists is described."""
    knowledge = scene.knowledge
    match named.kind:
        case "template" if named.name in knowledge.templates():
            files = knowledge.templates()[named.name].values()
            names = ", ".join(f"`{path.relative_to(knowledge.root).as_posix()}`" for path in files)
            return _lines(f"template **{named.name}**", names)
        case "entity" if named.name in knowledge.catalog.schema.entities:
            return _record(knowledge, knowledge.catalog.schema.entities[named.name], many=False)
        case "recipient" if named.name in knowledge.catalog.recipients:
            return _recipient(knowledge.catalog.recipients[named.name])
        case "user" if named.name in knowledge.project.users:
            person = knowledge.project.users[named.name].items()
            return _lines(f"user **{named.name}**", ", ".join(f"{key}: {value}" for key, value in person))
        case "playbook" if named.name in knowledge.loaded.written:
            node = knowledge.loaded.written[named.name].merged.values.get("describe")
            return _lines(f"playbook **{named.name}**", yaml_text(node) if node is not None else "")
        case "play":
            return _play(scene, named.name)
        case "channel" | "webhook" if named.name in knowledge.project.channels:
            channel = knowledge.project.channels[named.name]
            return _lines(f"channel **{named.name}**: adapter `{channel.adapter}`")
        case _:
            return ""


def _recipient(rule: Recipient) -> str:
    parts = (
        ("of", rule.relation),
        ("user", rule.user and rule.user.source.text),
        ("where", rule.where and rule.where.source.text),
        ("take", rule.take and str(rule.take)),
        ("else", rule.otherwise),
    )
    return _lines(f"recipient **{rule.name}**", " · ".join(f"`{key}: {text}`" for key, text in parts if text))


def _play(scene: Scene, name: str) -> str:
    book, _, play = name.rpartition(".")
    written = scene.knowledge.loaded.written.get(book)
    if book:
        plays = written.merged.values.get("plays") if written is not None else None
        node = plays.values.get(play) if isinstance(plays, Entries) else None
    else:
        node = scene.book.under("plays").get(play, (None, None))[1]
    if not isinstance(node, Entries):
        return ""
    trigger = [
        f"`{key}: {yaml_text(node.values[key])}`" for key in ("when", "after", "every") if key in node.values
    ]
    describe = node.values.get("describe")
    return _lines(f"play **{name}**", *trigger, yaml_text(describe) if describe is not None else "")


def _key(file: str, site: Site) -> str:
    known = {key.name: key for key in keys_at(file, site.path, names_in(site.parent))}
    key = known.get(site.text)
    return _lines(f"**{key.name}**{' (required)' if key.required else ''}", key.describe) if key else ""
