"""The conformance cases: their schema and records out of plain data, and values in its notation.

Every file of cases is a suite of its own: it may move the clock and change settings of the world.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from playcall.dsl.checker import ANYTHING, check
from playcall.dsl.diagnostics import CODES, Diagnostic
from playcall.dsl.interpreter import Record
from playcall.dsl.scope import Scope
from playcall.dsl.source import SourceText
from playcall.dsl.typed import Checked
from playcall.dsl.types import (
    EntityType,
    FieldType,
    Kind,
    Money,
    Schema,
    Settings,
    ToMany,
    ToOne,
    Type,
    Value,
)

from .memory import MemoryPast, Tables, with_key

ROOT = Path(__file__).parents[2] / "conformance"
NAMES = tuple(sorted(path.stem for path in (ROOT / "cases").glob("*.yaml")))


@dataclass(frozen=True)
class Suite:
    """Everything that the cases are about, and the cases: (expression, values by record), or (expression,
    {code: text that it points at})."""

    schema: Schema
    settings: Settings
    now: datetime
    derived: Mapping[tuple[str, str], Checked]
    tables: Mapping[str, list[Record]]
    cases: list[tuple[str, Any]]
    past: MemoryPast

    @property
    def values(self) -> list[tuple[str, dict[str, Any]]]:
        """The cases that give values."""
        return [(text, given) for text, given in self.cases if not _is_refusal(given)]

    @property
    def refusals(self) -> list[tuple[str, dict[str, str]]]:
        """The cases that the checker refuses."""
        return [(text, given) for text, given in self.cases if _is_refusal(given)]

    def check(self, text: str, entity: str = "account") -> tuple[Checked | None, list[Diagnostic]]:
        """A checked expression, or None, with what was said about it."""
        findings: list[Diagnostic] = []
        checked = check(SourceText.of(text), Scope(self.schema, entity, self.settings), findings, ANYTHING)
        return checked, findings


def _is_refusal(given: Mapping[str, Any]) -> bool:
    return all(key in CODES for key in given)


def load_suite(name: str) -> Suite:
    """The suite of one file of cases."""
    data = yaml.load((ROOT / "world.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)
    file = (ROOT / "cases" / f"{name}.yaml").read_text(encoding="utf-8")
    changes = yaml.load(file, yaml.BaseLoader)
    cases = [(text, given) for text, given in yaml.safe_load(file)["cases"]]
    data["now"] = changes.get("now", data["now"])
    given = {**data["settings"], **changes.get("settings", {})}
    month, day = map(int, given["fiscal_year"].split("-"))
    rates = {code: Decimal(rate) for code, rate in given["rates"].items()}
    settings = Settings(given["timezone"], given["currency"], given["holidays"], (month, day), rates)
    relations = {name: ToMany(name, entity) for name, entity in data["relations"].items()}
    entities = {name: _entity(name, declared) for name, declared in data["entities"].items()}
    tables = {
        name: [_record(entities[name], key, cells) for key, cells in records.items()]
        for name, records in data["records"].items()
    }
    schema = Schema(entities, relations)
    past = MemoryPast(schema, dict(_past(entities, data)))
    bare = Suite(schema, settings, datetime.fromisoformat(data["now"]), {}, tables, cases, past)
    return _with_derived(bare, data["entities"])


def _past(entities: Mapping[str, EntityType], data: Mapping[str, Any]) -> Iterator[tuple[date, Tables]]:
    """The records of each day that was kept: those of today with what is said of them."""
    for day, changes in data["past"].items():
        tables = {}
        for name, records in data["records"].items():
            then = changes.get(name, {})
            merged = {key: {**cells, **_cells(then.get(key))} for key, cells in records.items()}
            there = {key: cells for key, cells in merged.items() if then.get(key) != "~"}
            tables[name] = [_record(entities[name], key, cells) for key, cells in there.items()]
        yield date.fromisoformat(day), tables


def _cells(said: Any) -> Mapping[str, str]:
    return said if isinstance(said, Mapping) else {}


def _with_derived(suite: Suite, entities: Mapping[str, Any]) -> Suite:
    for entity, declared in entities.items():
        for name, text in declared.get("derived", {}).items():
            checked, codes = suite.check(text, entity)
            assert checked is not None, (text, codes)
            old = suite.schema.entities[entity]
            fields = {**old.fields, name: FieldType(name, checked.type, derived=True)}
            schema = replace(
                suite.schema, entities={**suite.schema.entities, entity: replace(old, fields=fields)}
            )
            suite = replace(suite, schema=schema, derived={**suite.derived, (entity, name): checked})
    return suite


def _entity(name: str, declared: Mapping[str, Any]) -> EntityType:
    return EntityType(
        name,
        tuple(declared["key"]),
        {field: _field(field, text) for field, text in declared["fields"].items()},
        {step: ToOne(step, entity, (by,)) for step, (entity, by) in declared.get("to_one", {}).items()},
        {
            step: ToMany(step, entity, ((own, their),))
            for step, (entity, own, their) in declared.get("to_many", {}).items()
        },
    )


def _field(name: str, text: str) -> FieldType:
    kind, *rest = text.removesuffix("?").split()
    type_ = Type(Kind(kind), nullable=text.endswith("?"))
    if kind == "enum":
        return FieldType(name, replace(type_, values=tuple(rest)))
    if rest and rest[0] == "by":
        return FieldType(name, type_, currency_by=rest[1])
    return FieldType(name, replace(type_, currency=rest[0] if rest else None))


def _record(entity: EntityType, key: str, cells: Mapping[str, str]) -> Record:
    keys = dict(zip(entity.key, key.split("/"), strict=True))
    fields = {
        name: _value(declared.type.kind, {**cells, **keys}.get(name))
        for name, declared in entity.fields.items()
        if not declared.derived
    }
    return with_key(entity, fields)


def _value(kind: Kind, text: str | None) -> Value:
    if text is None:
        return None
    if kind is Kind.MONEY:
        amount, currency = text.split()
        return Money(Decimal(amount), currency)
    if kind is Kind.BOOL:
        return text == "true"
    readers = {
        Kind.INT: int,
        Kind.NUMBER: float,
        Kind.DATE: date.fromisoformat,
        Kind.DATETIME: datetime.fromisoformat,
    }
    return readers[kind](text) if kind in readers else text


def notation(value: Value) -> Any:
    """A value as the cases write it."""
    if isinstance(value, Money):
        amount = value.amount.normalize() if value.amount else Decimal(0)
        return f"{amount:f} {value.currency}"
    return value.isoformat() if isinstance(value, date) else value
