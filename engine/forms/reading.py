"""What the readers of surveys and price books share: where expressions are checked, and own names."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

from ...dsl.frozen import frozen
from ...dsl.scope import Scope
from ...dsl.source import Location
from ...dsl.typed import Checked
from ...dsl.types import Kind
from ..catalog.expressions import check_condition, check_expression
from ..catalog.model import LEDGER_ENTITIES, Catalog, Project
from ..document import Node, Scalar
from ..files import Files
from ..shape import Fields, Findings, Shape, read_fields, read_yaml, suggestion

Form = TypeVar("Form")

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


@frozen
class Reading:
    """A survey or price book being read, for the records of ``scope.entity``."""

    project: Project
    catalog: Catalog
    scope: Scope
    findings: Findings

    def value(self, node: Node | None, what: str, want: Collection[Kind]) -> Checked | None:
        """The checked expression in a node; None where there is none or it is wrong."""
        if node is None:
            return None
        if not isinstance(node, Scalar):
            self.findings.add("E107", node.location, f"{what} is an expression, such as 10 or a field's name")
            return None
        return None if node.broken else check_expression(node.source, self.scope, self.findings, want)

    def condition(self, fields: Fields, key: str) -> Checked | None:
        """The checked condition under a key; None where there is none or it is wrong."""
        source = fields.expression(key)
        return None if source is None else check_condition(source, self.scope, self.findings)


def scope_of(entity: str, project: Project, catalog: Catalog) -> Scope:
    """Where the expressions of a file that is ``for`` an entity are checked: there are no params in it."""
    cycle = catalog.entities[entity].cycle
    return Scope(
        catalog.schema,
        entity,
        project.settings,
        cycle=cycle.checked if cycle else None,
        tolerance_days=cycle.tolerance_days if cycle else 0,
    )


def read_entity(fields: Fields, catalog: Catalog, *, own: bool = False) -> str | None:
    """The entity under ``for``; None, reported, if the catalogue has none of that name. ``own``: what
    playcall writes itself is welcome, too."""
    entity = fields.text("for")
    known = [name for name in catalog.entities if own or name not in LEDGER_ENTITIES]
    if entity is None or entity in known:
        return entity
    location = fields.node.values["for"].location
    message = f"the catalogue has no entity `{entity}`"
    if entity in LEDGER_ENTITIES:
        message = f"`{entity}` is what playcall writes itself; one cannot be for it"
    fields.findings.add("E502", location, message, suggestion(entity, known))
    return None


def check_own_name(key: Scalar, what: str, findings: Findings) -> bool:
    """Whether a name made in such a file can be used; reports it (E107) if not."""
    if _NAME.fullmatch(key.text):
        return True
    message = f"`{key.text}` cannot be the name of {what}"
    findings.add("E107", key.location, message, "a letter first, then letters, digits, `-` and `_`; up to 64")
    return False


def read_folder(
    folder: str, shape: Shape, findings: Findings, files: Files, read: Callable[[str, Fields], Form | None]
) -> dict[str, Form]:
    """What every file of a folder holds, by its name, as far as it is right; mistakes go to ``findings``."""
    made = ((name, read(name, fields)) for name, fields in named_files(folder, shape, findings, files))
    return {name: form for name, form in made if form is not None}


def named_files(folder: str, shape: Shape, findings: Findings, files: Files) -> Iterator[tuple[str, Fields]]:
    """Every file of a folder with the name that its first key gives; a name that stands twice is reported."""
    key = shape.required[0]
    seen: dict[str, Location] = {}
    for path in files.below(folder, "*.yaml"):
        node = read_yaml(path, findings, files)
        fields = read_fields(node, shape, findings) if node is not None else None
        name = fields.text(key) if fields else None
        if fields is None or name is None or not _fits(fields.node.values[key], key, findings):
            continue
        first = seen.setdefault(name, fields.node.values[key].location)
        if first != fields.node.values[key].location:
            message = f"the {key} `{name}` stands in {first.file}:{first.line} already"
            findings.add("E501", fields.node.values[key].location, message, "give one of them another name")
            continue
        yield name, fields


def _fits(node: Node, what: str, findings: Findings) -> bool:
    return isinstance(node, Scalar) and check_own_name(node, f"a {what}", findings)
