"""Derived fields: checked when first asked for, so that they may stand in any order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ...dsl.frozen import frozen
from ...dsl.history import is_kept
from ...dsl.scope import Scope
from ...dsl.source import Location, SourceText
from ...dsl.typed import Checked
from ...dsl.types import FieldType, Kind, Schema, Settings, Type
from ..shape import Findings
from .expressions import check_expression
from .model import Cycle, Derived
from .names import check_case
from .schema import Draft

_ERROR = Type(Kind.ERROR)
# Fields that are checked because a field above them in the file asks for them: each takes its share of
# Python's stack. One below what it uses asks for nothing that is not checked yet.
_MAX_AHEAD = 20


@frozen
class Wanted:
    """A derived field to be checked: ``source`` gives its text when it is wanted (None: reported already),
    ``shape`` makes its type of the expression's."""

    source: Callable[[], SourceText | None]
    location: Location
    shape: Callable[[Type], Type] = lambda type_: type_


class DerivedFields:
    """Checks the derived fields of all entities, each once, in the order that they need each other."""

    def __init__(
        self, schema: Schema, drafts: Mapping[str, Draft], settings: Settings, findings: Findings
    ) -> None:
        self._schema = schema
        self._drafts = drafts
        self._settings = settings
        self._findings = findings
        self._wanted: dict[tuple[str, str], Wanted] = {}
        self._checked: dict[tuple[str, str], Checked | None] = {}
        self._fields: dict[tuple[str, str], FieldType] = {}
        self._open: list[tuple[str, str]] = []
        self._cycles: Mapping[str, Cycle] = {}

    def add(self, entity: str, name: str, wanted: Wanted) -> None:
        """Declares a derived field. A name that the entity has already is reported."""
        draft = self._drafts[entity]
        if draft.taken(name):
            message = f"{entity} has a field or relation `{name}` already"
            self._findings.add("E501", wanted.location, message, "choose another name")
            return
        check_case(name, wanted.location, draft.fields, "the field", self._findings)
        self._wanted[entity, name] = wanted
        draft.fields.add(name, lambda: self.field(entity, name))

    def field(self, entity: str, name: str) -> FieldType:
        """The field as a name for expressions; checks it first if that has not been done."""
        key = (entity, name)
        if key not in self._fields:
            checked = self.checked(entity, name)
            type_ = self._wanted[key].shape(checked.type) if checked else _ERROR
            kept = checked is None or is_kept(self._schema, checked.tree)
            made = FieldType(name, type_, derived=True, kept=kept)
            if key not in self._checked:
                return made  # one of a circle that is still followed
            self._fields[key] = made
        return self._fields[key]

    def checked(self, entity: str, name: str) -> Checked | None:
        """The field's expression; None where it is wrong, which is reported once."""
        key = (entity, name)
        if key in self._open:
            self._report_circle(key)
            return None
        if key not in self._checked and len(self._open) >= _MAX_AHEAD:
            self._report_ahead()
            return None
        if key not in self._checked:
            self._open.append(key)
            source = self._wanted[key].source()
            checked = None
            if source is not None:
                checked = check_expression(source, self.scope(entity), self._findings)
            self._open.pop()
            self._checked.setdefault(key, checked)
        return self._checked[key]

    def scope(self, entity: str) -> Scope:
        """What an expression of the catalogue about an entity is checked against."""
        cycle = self._cycles.get(entity)
        tolerance = cycle.tolerance_days if cycle else 0
        return Scope(
            self._schema,
            entity,
            self._settings,
            cycle=cycle.checked if cycle else None,
            tolerance_days=tolerance,
        )

    def check_all(self, cycles: Mapping[str, Cycle]) -> dict[str, dict[str, Derived]]:
        """Every derived field that is right, by entity and name."""
        self._cycles = cycles
        found: dict[str, dict[str, Derived]] = {}
        for (entity, name), wanted in self._wanted.items():
            checked = self.checked(entity, name)
            if checked is not None:
                typed = replace(checked, tree=replace(checked.tree, type=wanted.shape(checked.type)))
                found.setdefault(entity, {})[name] = Derived(name, typed, wanted.location)
        return found

    def _report_ahead(self) -> None:
        message = f"more than {_MAX_AHEAD} derived fields in a row use one that is declared further down"
        help_text = "write a field below those that it uses"
        self._findings.add("E211", self._wanted[self._open[0]].location, message, help_text)

    def _report_circle(self, key: tuple[str, str]) -> None:
        circle = self._open[self._open.index(key) :]
        if any(member in self._checked for member in circle):
            return
        for member in circle:
            self._checked[member] = None
        names = " → ".join(".".join(member) for member in (*circle, key))
        help_text = "write one of them without the others"
        self._findings.add(
            "E211", self._wanted[key].location, f"derived fields need each other: {names}", help_text
        )
