"""The keys of YAML files and what they mean, from the JSON Schemas that ship."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from ...dsl.frozen import frozen
from ..document import Entries, Items
from ..service.schemas import read_schema
from .site import Path
from .slots import SCHEMAS, folder

Schema = Mapping[str, Any]


@frozen
class Key:
    """A key that a mapping may have. ``nested``: its value is a mapping or a list."""

    name: str
    describe: str
    required: bool
    nested: bool


def keys_at(file: str, path: Path, siblings: Iterable[str]) -> list[Key]:
    """The keys of the mapping at a path. Where it can be one of several, those that know its other keys."""
    root = _schema(file)
    if root is None:
        return []
    present = set(siblings)
    shapes = [shape for shape in _at(root, path) if "properties" in shape]
    fitting = [shape for shape in shapes if present & set(shape["properties"])] or shapes
    keys = [
        _key(root, name, value, shape) for shape in fitting for name, value in shape["properties"].items()
    ]
    if len(fitting) > 1 and not present:
        keys = [key for key in keys if key.required]  # one of them says which it is
    return list({key.name: key for key in reversed(keys)}.values())[::-1]


def choices_at(file: str, path: Path) -> list[str]:
    """The values that may stand at a path, where they are few."""
    root = _schema(file)
    found: list[str] = []
    for shape in _at(root, path) if root is not None else ():
        found += [str(one) for one in shape.get("enum", ())]
        if shape.get("type") == "boolean" or shape.get("const") is True:
            found += ["true", "false"] if "const" not in shape else ["true"]
    return list(dict.fromkeys(found))


def names_in(parent: Entries | Items | None) -> tuple[str, ...]:
    """The keys of a mapping as written."""
    return tuple(parent.values) if isinstance(parent, Entries) else ()


def _schema(file: str) -> Schema | None:
    name = SCHEMAS.get(folder(file))
    return _read(name) if name else None


@cache
def _read(name: str) -> Schema:
    read: Schema = json.loads(read_schema(name))
    return read


def _at(root: Schema, path: Path) -> list[Schema]:
    """The schemas of what stands at a path."""
    shapes = list(_plain(root, root))
    for part in path:
        below = [inner for shape in shapes if (inner := _below(shape, part)) is not None]
        shapes = [plain for shape in below for plain in _plain(root, shape)]
    return shapes


def _below(shape: Schema, part: str | int) -> Schema | None:
    if isinstance(part, int):
        inner = shape.get("items")
    else:
        inner = shape.get("properties", {}).get(part, shape.get("additionalProperties"))
    return inner if isinstance(inner, dict) else None


def _plain(root: Schema, shape: Schema) -> Iterator[Schema]:
    """A schema without references, choices and cases: one for each thing that it can be."""
    if "$ref" in shape:
        target: Any = root
        for step in shape["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        yield from _plain(root, target)
        return
    cases = [case["then"] for case in shape.get("allOf", ()) if "then" in case]
    cases += [shape[word] for word in ("then", "else") if word in shape]
    if not cases:
        cases = [
            choice for word in ("oneOf", "anyOf") for choice in shape.get(word, ()) if not _narrows(choice)
        ]
        if "properties" in shape or not cases:
            yield shape
    for case in cases:
        yield from _plain(root, case)


def _narrows(choice: Schema) -> bool:
    """Whether a choice says no more than which keys there must be."""
    return "required" in choice and "properties" not in choice


def _key(root: Schema, name: str, value: Schema, shape: Schema) -> Key:
    plain = list(_plain(root, value))
    describe = value.get("description") or next(
        (one["description"] for one in plain if "description" in one), ""
    )
    nested = bool(plain) and all("items" in one or one.get("type") in ("object", "array") for one in plain)
    return Key(name, describe, name in shape.get("required", ()), nested)
