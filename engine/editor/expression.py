"""What can be written inside an expression."""

from __future__ import annotations

from collections.abc import Iterator

from ...dsl.currencies import CURRENCIES
from ...dsl.ledger_forms import LEDGER_FORMS, PLAY_FORMS, known
from ...dsl.names import FoundField
from ...dsl.related import AGGREGATE_NAMES
from ...dsl.types import EntityType, Kind, Type
from ..playbook.messages import MESSAGE_NAMES
from ..template.files import FOLDER
from . import words
from .functions import FUNCTIONS, OPERATORS, WORDS
from .hover import describe_type
from .items import Item
from .names import param_items, play_items
from .scene import Scene, owner_of
from .slots import Slot, folder

_OPERANDS = ("today", "now", "true", "false", "not")


def expression_items(scene: Scene, slot: Slot, style: str) -> tuple[list[Item], str]:
    """What can be written at the cursor, and what of it stands there already. ``style``: how the scalar
    around the expression is written; inside of double quotes, texts get single ones."""
    cursor = words.read(slot.before)
    return list(_items(scene, cursor, "'" if style == '"' else '"')), cursor.prefix


def _items(scene: Scene, cursor: words.Cursor, quote: str) -> Iterator[Item]:
    if cursor.quoted:
        yield from _in_text(scene, cursor)
    elif cursor.steps == ("params",):
        yield from param_items(scene)
    elif cursor.steps:
        yield from _members(scene, cursor)
    elif not cursor.operand:
        yield from (Item(name, "operator") for name in OPERATORS)
        if cursor.call[0] in AGGREGATE_NAMES:
            yield Item("where", "keyword", describe=WORDS["where"], insert="where ")
    else:
        yield from _literals(scene, cursor, quote)
        yield from _operands(scene, cursor, quote)


def _in_text(scene: Scene, cursor: words.Cursor) -> Iterator[Item]:
    """The text in quotes: a play's name, a currency, a value of what it is compared with."""
    if cursor.call[0] in PLAY_FORMS:
        yield from play_items(scene)
    elif cursor.call == ("convert", 1):
        yield from (Item(code, "value", "currency") for code in CURRENCIES)
    else:
        type_ = _compared(scene, cursor)
        yield from _values(scene, type_, "") if type_ is not None else ()


def _compared(scene: Scene, cursor: words.Cursor) -> Type | None:
    found = scene.find(cursor.compared, cursor) if cursor.compared else None
    return found.field.type if isinstance(found, FoundField) else None


def _literals(scene: Scene, cursor: words.Cursor, quote: str) -> Iterator[Item]:
    type_ = _compared(scene, cursor)
    if type_ is not None and type_.kind is not Kind.BOOL:
        yield from _values(scene, type_, quote)


def _values(scene: Scene, type_: Type, quote: str) -> Iterator[Item]:
    """The literals that something of a type can be."""
    values = type_.values
    if type_.kind is Kind.USER:
        values = tuple(scene.knowledge.project.users)
    for value in values:
        yield Item(f"{quote}{value}{quote}" if quote else value, "value", str(type_))


def _members(scene: Scene, cursor: words.Cursor) -> Iterator[Item]:
    """What may follow a path with a dot."""
    if cursor.steps == ("outer",):
        for records in scene.records(cursor):
            if len(records) > 1:
                yield from _of_record(records[-2], cursor)
                return
    found = scene.find(cursor.steps, cursor)
    owner = owner_of(found, scene.knowledge)
    if owner is not None:
        yield from _of_record(owner, cursor)
    if isinstance(found, FoundField):
        yield from _parts(found.owner, f"{found.field.name}.")
    elif owner is None and folder(scene.name) == FOLDER and len(cursor.steps) == 1:
        yield from (Item(name, "field") for name in MESSAGE_NAMES.get(cursor.steps[0], ()))


def _parts(owner: EntityType, prefix: str) -> Iterator[Item]:
    """The fields whose names go on after a field's name and a dot (``health.band``)."""
    for name, field in owner.fields.items():
        if name.startswith(prefix):
            yield Item(name.removeprefix(prefix), "field", describe_type(field.type), field.describe)


def _of_record(owner: EntityType, cursor: words.Cursor) -> Iterator[Item]:
    for name, field in owner.fields.items():
        if "." not in name:
            yield Item(name, "field", describe_type(field.type), field.describe)
    steps = ((name, step) for name, step in owner.to_one.items() if name not in owner.fields)
    yield from (Item(name, "relation", f"one {step.entity}") for name, step in steps)
    if cursor.target:
        many = owner.to_many.items()
        yield from (Item(name, "relation", f"many {relation.entity}") for name, relation in many)


def _operands(scene: Scene, cursor: words.Cursor, quote: str) -> Iterator[Item]:
    for records in scene.records(cursor)[:1]:
        yield from _of_record(records[-1], cursor)
        yield from _calls(records[-1], is_inner=len(records) > 1, quote=quote)
        if len(records) > 1:
            yield Item("outer", "keyword", "the record around", WORDS["outer"], "outer.")
    if cursor.target:
        yield from (Item(name, "relation") for name in scene.knowledge.catalog.schema.relations)
    yield from param_items(scene)
    if folder(scene.name) == FOLDER:
        yield from (Item(name, "param", "of the message") for name in MESSAGE_NAMES)
        yield from (Item(name, "relation", "the record") for name in scene.entities)
        return
    yield from (Item(name, "keyword", describe=WORDS[name]) for name in _OPERANDS)


def _calls(record: EntityType, *, is_inner: bool, quote: str) -> Iterator[Item]:
    """The functions that can be called about a record; short forms are about the playbook's own."""
    for name, (signature, meaning) in FUNCTIONS.items():
        is_form = name in LEDGER_FORMS
        if is_form and (is_inner or not known(name, record)):
            continue
        text = f"{quote}$0{quote}" if is_form and name != "touched_within" else "$0"
        yield Item(name, "function", signature, meaning, f"{name}({text})", snippet=True)
