"""What the readers of a playbook's parts share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...dsl.checker import VALUE
from ...dsl.scope import Scope
from ...dsl.source import SourceText
from ...dsl.typed import Checked
from ...dsl.types import Kind
from ..catalog.expressions import check_condition, check_expression
from ..catalog.model import Catalog, Project
from ..document import File
from ..shape import Fields, Findings
from .templates import NameRead, names_read, read_template, template_files


class Templates:
    """The project's templates, each read once and only when an action names it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.files = template_files(root)
        self.used: set[str] = set()
        self.read_files: list[File] = []
        self._names: dict[str, tuple[NameRead, ...]] = {}

    def names(self, name: str, findings: Findings) -> tuple[NameRead, ...]:
        """What all variants of a template read. Mistakes of its files are found the first time."""
        self.used.add(name)
        if name not in self._names:
            found: list[NameRead] = []
            for locale, path in self.files[name].items():
                template = read_template(self._root, name, locale, path, findings)
                if template is not None:
                    self.read_files.append(template.file)
                    found.extend(names_read(template, findings))
            self._names[name] = tuple(found)
        return self._names[name]


@dataclass(frozen=True, slots=True)
class Context:
    """A playbook being read: where its expressions are checked, and what they may refer to."""

    project: Project
    catalog: Catalog
    templates: Templates
    scope: Scope
    params: Mapping[str, Checked]
    findings: Findings

    def expression(self, source: SourceText | None, want: Collection[Kind] = VALUE) -> Checked | None:
        """The checked expression; None where there is none or it is wrong."""
        return None if source is None else check_expression(source, self.scope, self.findings, want)

    def condition(self, fields: Fields, key: str) -> Checked | None:
        """The checked condition under a key; None where there is none or it is wrong."""
        source = fields.expression(key)
        return None if source is None else check_condition(source, self.scope, self.findings)
