"""The JSON Schemas that ship: of every JSON output, and of the YAML files that people write. That of
playbooks knows the project in which it is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from ...dsl.diagnostics import PlaycallError
from ...dsl.types import EntityType, Kind, Type
from ..catalog.model import LEDGER_ENTITIES, Catalog, Project
from ..catalog.project import FILE
from ..document import Entries
from ..playbook.loader import Loaded, load
from ..shape import suggestion

_FOLDER = files("playcall").joinpath("schemas")

# Where a playbook's expressions stand, as the schema has them.
_CONDITIONS = ("when", "clear", "if", "unless", "approve")
Schema = dict[str, Any]


def names() -> tuple[str, ...]:
    """The names that ``read_schema`` knows, sorted."""
    return tuple(
        sorted(one.name.removesuffix(".json") for one in _FOLDER.iterdir() if one.name.endswith(".json"))
    )


def read_schema(name: str, root: Path | None = None) -> str:
    """The text of one schema (JSON Schema 2020-12). That of playbooks lists what the project in ``root`` has,
    if there is one. Raises ``PlaycallError`` for a name that is not one."""
    known = names()
    if name not in known:
        hint = suggestion(name, known) or f"there are: {', '.join(known)}"
        raise PlaycallError(f"there is no schema `{name}`; {hint}")
    text = _FOLDER.joinpath(f"{name}.json").read_text(encoding="utf-8").rstrip("\n")
    if name != "playbook" or root is None or not (root / FILE).is_file():
        return text
    return json.dumps(_of_project(json.loads(text), load(root)), ensure_ascii=False, indent=2)


def _of_project(schema: Schema, loaded: Loaded) -> Schema:
    """The schema of playbooks with the names that a project declares; what could not be read stays open."""
    project, catalog, parts = loaded.project, loaded.catalog, schema["$defs"]
    params = sorted(set(_params(loaded)))
    _allow(parts["template"], [*loaded.templates.library.files, *params])
    _allow(schema["properties"]["extends"], loaded.written)
    for key, forms in (("survey", loaded.surveys), ("quote", loaded.pricebooks), ("plan", loaded.plans)):
        _allow(parts[key]["properties"][key], [*forms, *params])
    if project is not None:
        schema["title"] = f"playbooks of {project.name}"
        hooks = [one.name for one in project.channels.values() if one.adapter == "webhook"]
        _allow(parts["topic"], project.rules.topics)
        _allow(parts["via"], ["email", *project.channels])
        _allow(parts["hook"], hooks)
    if project is not None and catalog is not None:
        _with_catalog(schema, project, catalog)
    return schema


def _params(loaded: Loaded) -> Iterator[str]:
    """The params of all playbooks: one may hold the name of a template."""
    for one in loaded.written.values():
        declared = one.own.values.get("params")
        if isinstance(declared, Entries):
            yield from declared.values


def _with_catalog(schema: Schema, project: Project, catalog: Catalog) -> None:
    parts = schema["$defs"]
    entities = {name: one.type for name, one in catalog.entities.items() if name not in LEDGER_ENTITIES}
    _allow(parts["entity"], entities)
    people = [*catalog.recipients, *project.users, *_user_fields(entities.values())]
    _allow(parts["person"], people, r"[.( ]")
    _allow(parts["together"], ["recipient", *(step for one in entities.values() for step in one.to_one)])
    _allow(parts["field"], [field for one in entities.values() for field in one.fields], r"\.")
    schema["allOf"] = [_for_entity(entity) for entity in entities.values()]


def _user_fields(entities: Iterable[EntityType]) -> list[str]:
    return [name for one in entities for name, field in one.fields.items() if field.type.kind is Kind.USER]


def _for_entity(entity: EntityType) -> Schema:
    """What a playbook for one entity may name in its expressions: shown, and offered, by editors."""
    listed = ", ".join(f"{name} ({_shown(field.type)})" for name, field in entity.fields.items())
    relations = ", ".join([*entity.to_one, *entity.to_many])
    about = f"Fields of {entity.name}: {listed}." + (f" Relations: {relations}." if relations else "")
    expression = {"description": about, "examples": list(entity.fields)}
    plays = {"additionalProperties": {"properties": dict.fromkeys(_CONDITIONS, expression)}}
    return {
        "if": {"properties": {"for": {"const": entity.name}}, "required": ["for"]},
        "then": {"properties": {"where": expression, "stop": expression, "plays": plays}},
    }


def _shown(type_: Type) -> str:
    return " | ".join(type_.values) if type_.values else str(type_)


def _allow(part: Schema, listed: Iterable[str], pattern: str = "") -> None:
    """Narrow a text to names (and to what fits a pattern beside them)."""
    known = list(dict.fromkeys(listed))
    if pattern:
        part["anyOf"] = [{"enum": known}, {"pattern": pattern}]
    else:
        part["enum"] = known
