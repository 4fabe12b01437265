"""The law itself: for every record the interpreter's value is the bulk engine's, found fault by fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from playcall.dsl.calendar import Calendar
from playcall.dsl.compiler import CompileWorld
from playcall.dsl.functions import OVERLOADS
from playcall.dsl.interpreter import World, evaluate
from playcall.dsl.typed import Aggregate, Call, Clock, Const, DaysInState, Field, Param, Typed, Was, children
from playcall.dsl.types import Kind, Schema, Value

from .company import DERIVED, SCHEMA, SETTINGS
from .database import Execute, bulk_values, load
from .generate import NOW, TODAY, Around, Generator, random_past, random_tables
from .memory import MemoryFacts, MemoryPast, Tables

CALENDAR = Calendar.around(SETTINGS, TODAY)
_KINDS = (Kind.BOOL, Kind.BOOL, Kind.INT, Kind.NUMBER, Kind.MONEY, Kind.TEXT, Kind.DATE, Kind.DATETIME)


@dataclass(frozen=True)
class Fault:
    """A record for which the two differ (or the engine fails), and the smallest expression that shows it."""

    entity: str
    expression: Typed
    record: Mapping[str, Value]
    interpreted: object
    bulk: object

    def __str__(self) -> str:
        return (
            f"{show(self.expression)}\n  of {self.entity} {dict(self.record)}\n"
            f"  interpreter {self.interpreted!r}\n  bulk        {self.bulk!r}"
        )


@dataclass(frozen=True)
class Trial:
    """Some records in both places."""

    tables: Tables
    execute: Execute
    schema: Schema = SCHEMA
    dialect: str = "duckdb"
    past: MemoryPast = field(default_factory=lambda: MemoryPast(SCHEMA))

    @property
    def world(self) -> World:
        facts = MemoryFacts(self.schema, self.tables)
        return World(self.schema, SETTINGS, DERIVED, NOW, facts, CALENDAR, self.past)

    @property
    def compile_world(self) -> CompileWorld:
        derived = {place: checked.tree for place, checked in DERIVED.items()}
        return CompileWorld(self.schema, SETTINGS, derived, NOW, self.dialect, self.past)

    def faults(self, entity: str, expressions: Mapping[str, Typed]) -> list[Fault]:
        """Where the two differ over these expressions."""
        bulk = bulk_values(self.execute, entity, expressions, self.compile_world)
        found = []
        for record in self.tables[entity]:
            for name, tree in expressions.items():
                expected = evaluate(tree, record, self.world, entity)
                got = bulk[str(record["_key"])][name]
                if not _same(expected, got):
                    found.append(Fault(entity, tree, record, expected, got))
        return found

    def smallest(self, entity: str, tree: Typed) -> Fault | None:
        """The fault of the smallest part of an expression that has one."""
        for part in _parts(tree):
            fault = self.smallest(entity, part)
            if fault is not None:
                return fault
        try:
            return next(iter(self.faults(entity, {"x": tree})), None)
        except Exception as error:
            return Fault(entity, tree, {}, "no error", error)


def _same(expected: Value, got: Value) -> bool:
    if isinstance(expected, bool) is not isinstance(got, bool):
        return False
    return expected == got and isinstance(expected, float) is isinstance(got, float)


def _parts(tree: Typed) -> tuple[Typed, ...]:
    """The parts of a node that stand in its own scope and have a value of their own."""
    parts = children(tree) if isinstance(tree, Call | Was | DaysInState) else ()
    return tuple(part for part in parts if part.type.kind not in (Kind.LIST, Kind.DURATION))


def trial_of(seed: int, execute: Execute, dialect: str = "duckdb", *, past: bool = False) -> Trial:
    """Random records, loaded. ``past``: and those of some earlier days."""
    tables = random_tables(seed, SCHEMA)
    load(execute, SCHEMA, tables)
    kept = random_past(seed, SCHEMA) if past else {}
    return Trial(tables, execute, dialect=dialect, past=MemoryPast(SCHEMA, kept))


def search(trial: Trial, seed: int, *, count: int, depth: int) -> Fault | None:
    """Try random expressions about every entity; the first fault, made small."""
    generator = Generator(seed, SCHEMA, looks_back=bool(trial.past.kept))
    for entity in SCHEMA.entities:
        expressions = {
            f"x{i}": generator.expression(generator.random.choice(_KINDS), Around(entity), depth)
            for i in range(count)
        }
        try:
            faults = trial.faults(entity, expressions)
        except Exception:
            small = (trial.smallest(entity, tree) for tree in expressions.values())
            found = next((fault for fault in small if fault is not None), None)
            if found is None:
                raise
            return found
        if faults:
            return trial.smallest(entity, faults[0].expression) or faults[0]
    return None


def show(node: Typed) -> str:
    """An expression, shortly, for a person who mends a fault."""
    match node:
        case Const():
            return repr(node.value)
        case Field():
            return ("outer." if node.outer else "") + ".".join((*node.hops, node.name))
        case Clock():
            return node.name
        case Param():
            return f"param({show(node.value)})"
        case Call():
            return f"{OVERLOADS[node.op].id}({', '.join(map(show, node.args))})"
        case Was():
            return f"was({show(node.value)}, {node.back})"
        case DaysInState():
            return f"days_in_state({show(node.condition)})"
        case Aggregate():
            inside = {"value": node.value, "where": node.where, "by": node.by}
            parts = [f"{name} {show(part)}" for name, part in inside.items() if part is not None]
            return f"{node.fn}({'.'.join((*node.hops, node.relation.name))} {' '.join(parts)})"
