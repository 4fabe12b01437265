"""JSON Schemas in few words, and values of the engine written as a schema says.

An answer holds what its schema names and nothing else: a column that is new in the ledger leaves through no
answer before somebody has named it, and the description cannot say less than is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from ...engine.facts.model import stamp
from ...engine.facts.show import json_value

Schema = Mapping[str, Any]

PLAIN: Final = "^[^\\x00]*$"  # no text of a person's holds it, and PostgreSQL takes none that does
SAID: Final = "^[^\\x00]*\\S[^\\x00]*$"  # and there is something
_COMPONENT: Final = "#/components/schemas/"

ANY: Final[Schema] = {}
TEXT: Final[Schema] = {"type": "string"}
DAY: Final[Schema] = {"type": "string", "format": "date"}
MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}
NUMBER: Final[Schema] = {"type": "number"}
WHOLE: Final[Schema] = {"type": "integer"}
TRUTH: Final[Schema] = {"type": "boolean"}
AMOUNT: Final[Schema] = {"type": "string", "pattern": "^-?[0-9]+([.][0-9]+)?$"}


def record(**fields: Schema) -> Schema:
    """An object with these fields, all of them there."""
    return {"type": "object", "properties": fields, "required": list(fields)}


def many(item: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": item}


def named(item: Schema) -> Schema:
    """An object whose keys are names of things."""
    return {"type": "object", "additionalProperties": item}


def maybe(schema: Schema) -> Schema:
    """That, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def one_of(words: tuple[str, ...]) -> Schema:
    """One of a few words."""
    return {"type": "string", "enum": list(words)}


def ref(name: str) -> Schema:
    """What is described under that name."""
    return {"$ref": f"{_COMPONENT}{name}"}


def page_of(name: str) -> Schema:
    """A page of a list; ``next`` is the cursor of the one after it."""
    return record(items=many(ref(name)), next=maybe(TEXT))


def text(most: int, *, empty: bool = True) -> Schema:
    """What somebody types, of at most so many characters."""
    kind = {"pattern": PLAIN} if empty else {"pattern": SAID, "minLength": 1}
    return {"type": "string", "maxLength": most, **kind}


def body(required: tuple[str, ...] = (), **fields: Schema) -> Schema:
    """What is sent: these fields, of which some must be there, and no others."""
    asked = {"required": list(required)} if required else {}
    return {"type": "object", "properties": fields, **asked, "additionalProperties": False}


def write(value: Any, schema: Schema, known: Mapping[str, Schema]) -> object:
    """A value as JSON, as its schema says; ``known`` are the schemas that have names. Objects are made from
    mappings, from attributes, or from a plain tuple in the order of the fields."""
    if "$ref" in schema:
        return write(value, known[schema["$ref"].removeprefix(_COMPONENT)], known)
    if "anyOf" in schema:
        return None if value is None else write(value, schema["anyOf"][0], known)
    if "properties" in schema:
        fields = schema["properties"]
        parts = dict(zip(fields, value, strict=True)) if type(value) is tuple else value
        return {name: write(_part(parts, name), one, known) for name, one in fields.items()}
    if schema.get("type") == "object":
        return {name: write(one, schema["additionalProperties"], known) for name, one in value.items()}
    if schema.get("type") == "array":
        return [write(one, schema["items"], known) for one in value]
    return _plain(value)


def _part(whole: Any, name: str) -> Any:
    return whole[name] if isinstance(whole, Mapping) else getattr(whole, name)


def _plain(value: Any) -> object:
    match value:
        case Mapping():
            return {str(name): _plain(one) for name, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case Decimal():
            return f"{value:f}"
        case datetime():
            return stamp(value)
        case date():
            return value.isoformat()
        case _:
            return json_value(value)
