"""Random typed expressions and records, by type, from one random generator."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from playcall.dsl.functions import OVERLOADS, Overload, resolve
from playcall.dsl.interpreter import Record
from playcall.dsl.outer import reads_outer
from playcall.dsl.typed import Call, Clock, Const, DaysInState, Field, Param, Typed, Was, walk
from playcall.dsl.types import (
    TEXTUAL,
    Duration,
    EntityType,
    FieldType,
    Kind,
    Money,
    Schema,
    ToMany,
    Type,
    Value,
)

from .company import SPAN, aggregate, call, const, field
from .memory import with_key

TODAY = date(2026, 3, 31)
NOW = datetime(2026, 3, 30, 16, 30, tzinfo=UTC)  # already the 31st in Tokyo

TEXTS = (
    "",
    "a",
    "A",
    "ab",
    "Ab ",
    " é",
    "ß",
    "İx",
    "ΑΣ",
    "日本",
    "JPY",
    "USD",
    "open",
    "😀",
    "a.c",
    "2026-03-31",
)
PATTERNS = ("a", "^A", "b.$", "[a-z]+", "(", "\\d", "ß|日", "^$", "a{2}")
INTS = (0, 1, -1, 2, 3, 7, 12, 28, 31, 100, -5, 2**31, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63))
NUMBERS = (
    0.0,
    -0.0,
    0.5,
    1.5,
    -2.5,
    0.1,
    0.2,
    0.3,
    1e-7,
    2.0**53,
    1e15,
    1e22,
    1e300,
    -1e308,
    0.49999999999999994,
)
DATES = (
    *(TODAY + timedelta(days=n) for n in (0, 1, -1, 2, 30, -31, 140)),
    *(date(2026, m, d) for m, d in ((1, 31), (2, 28), (4, 1), (5, 4), (12, 31))),
    date(2024, 2, 29), date(2000, 2, 29), date(1900, 2, 28), date(2016, 1, 1), date(2036, 12, 31),
    date(2037, 1, 1), date(1, 1, 1), date(9999, 12, 31),
)  # fmt: skip
MOMENTS = (
    NOW,
    datetime(2026, 3, 31, 14, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 31, 15, 0, tzinfo=UTC),
    datetime(2024, 2, 28, 20, 0, 0, 250000, tzinfo=UTC),
    datetime(1999, 12, 31, 15, 0, tzinfo=UTC),
)
AMOUNTS = (
    "0",
    "1",
    "-1",
    "0.5",
    "1200",
    "4800.5",
    "0.000001",
    "-2.5",
    "99999999999.999999",
    "123456789012345678",
)
DURATIONS = tuple(
    Duration(amount, unit)
    for unit, amounts in (("d", (0, 1, 90)), ("w", (2,)), ("mo", (1, 3, 25)), ("y", (1, 4)), ("bd", (0, 5)))
    for amount in amounts
)  # fmt: skip
CLOCK_DURATIONS = (Duration(12, "h"), Duration(30, "min"), *DURATIONS)
CURRENCIES = ("JPY", "USD", "EUR")
KEPT = tuple(TODAY - timedelta(days=n) for n in (1, 2, 9, 31, 400))
BACK = tuple(Duration(*one) for one in ((1, "d"), (8, "d"), (1, "mo"), (5, "bd"), (2, "y"), (11, "y")))

_KINDS = (Kind.BOOL, Kind.INT, Kind.NUMBER, Kind.MONEY, Kind.TEXT, Kind.DATE, Kind.DATETIME)
_INTERNAL = {"in", "not in", "list"}


@dataclass(frozen=True)
class Recipe:
    """An overload with the kinds of its arguments."""

    overload: Overload
    kinds: tuple[Kind, ...]


def _recipes() -> dict[Kind, list[Recipe]]:
    found: dict[Kind, list[Recipe]] = {kind: [] for kind in _KINDS}
    for overload in OVERLOADS.values():
        if overload.name in _INTERNAL:
            continue
        options = [_kinds_of(pattern.kinds) for pattern in overload.patterns]
        for kinds in itertools.product(*options):
            resolved = resolve(overload.name, [Type(kind) for kind in kinds])
            if resolved is not None and resolved.id == overload.id and resolved.result.kind in found:
                found[resolved.result.kind].append(Recipe(overload, kinds))
    return found


def _kinds_of(kinds: frozenset[Kind]) -> list[Kind]:
    return [kind for kind in (*_KINDS, Kind.DURATION) if kind in kinds]


RECIPES = _recipes()


@dataclass(frozen=True)
class Around:
    """Where an expression stands: the entity of its bare names, and of ``outer``."""

    entity: str
    outer: Around | None = None


class Generator:
    """Random expressions over a schema."""

    def __init__(self, seed: int, schema: Schema, *, looks_back: bool = False) -> None:
        self.random = random.Random(seed)
        self.schema = schema
        self.looks_back = looks_back

    def expression(self, kind: Kind, around: Around, depth: int) -> Typed:
        """Any expression of a kind; deeper where there is depth left."""
        if self.looks_back and depth > 0 and self.random.random() < 0.25:
            found = self._history(kind, around, depth - 1)
            if found is not None:
                return found
        roll = self.random.random()
        if depth > 0 and roll < 0.12:
            return self._aggregate(kind, around, depth - 1) or self._leaf(kind, around)
        if depth > 0 and kind is Kind.BOOL and roll < 0.2:
            return self._membership(around, depth - 1)
        if depth > 0 and roll < 0.85:
            return self._call(kind, around, depth - 1) or self._leaf(kind, around)
        return self._leaf(kind, around)

    def _history(self, kind: Kind, around: Around, depth: int) -> Typed | None:
        """A value of an earlier day, or how long a condition has held: nothing of the record around it, and
        no ``same_cycle``, which is of the ledger's forms."""
        is_state = kind is Kind.INT and self.random.random() < 0.5
        inner = self.expression(Kind.BOOL if is_state else kind, around, depth)
        nodes = list(walk(inner))
        if any(isinstance(node, Call) and node.op.startswith("same_cycle") for node in nodes):
            return None
        if not any(isinstance(node, Field) for node in nodes):  # the checker knows what such a thing never is
            return None
        if around.outer is not None and reads_outer(inner):
            return None
        if is_state:
            return DaysInState((), around.entity, inner, Type(Kind.INT, True), SPAN)
        type_ = replace(inner.type, nullable=True, countdown=None)
        return Was((), around.entity, inner, self.random.choice(BACK), type_, SPAN)

    def _pick(self, options: Sequence[Typed] | Sequence[str]) -> object:
        return self.random.choice(options)

    def _leaf(self, kind: Kind, around: Around) -> Typed:
        roll = self.random.random()
        if roll < 0.7:
            found = self._field(kind, around)
            if found is not None:
                return found
        if kind is Kind.DATE and roll < 0.85:
            return Clock("today", Type(Kind.DATE), SPAN)
        if kind is Kind.DATETIME and roll < 0.85:
            return Clock("now", Type(Kind.DATETIME), SPAN)
        if roll > 0.95:
            return self._param(kind, around)
        return self._const(kind)

    def _const(self, kind: Kind) -> Const:
        value = random_value(self.random, Type(kind))
        if kind is Kind.MONEY:
            assert isinstance(value, Money)
            return Const(value, Type(kind, currency=value.currency), SPAN)
        return const(value, kind)

    def _param(self, kind: Kind, around: Around) -> Typed:
        root = around
        while root.outer is not None:
            root = root.outer
        value = self._field(kind, Around(root.entity)) if self.random.random() < 0.5 else None
        if isinstance(value, Field) and around.outer is not None:
            value = Field(value.hops, value.entity, value.name, value.derived, True, value.type, SPAN)
        value = value or self._const(kind)
        return Param("p", value, value.type, SPAN)

    def _field(self, kind: Kind, around: Around) -> Field | None:
        outer = around.outer is not None and self.random.random() < 0.3
        entity = (around.outer if outer and around.outer else around).entity
        hops: tuple[str, ...] = ()
        while self.random.random() < 0.3 and self.schema.entities[entity].to_one:
            hop = self.random.choice(list(self.schema.entities[entity].to_one.values()))
            hops, entity = (*hops, hop.name), hop.entity
        owner = self.schema.entities[entity]
        names = [name for name, declared in owner.fields.items() if _same_kind(declared.type.kind, kind)]
        if not names:
            return None
        return field(owner, self.random.choice(names), hops=hops, outer=outer)

    def _call(self, kind: Kind, around: Around, depth: int) -> Typed | None:
        recipe = self.random.choice(RECIPES[kind])
        if recipe.overload.name in ("==", "!=", "<", "<=", ">", ">=") and self.random.random() < 0.5:
            recipe = self.random.choice([r for r in RECIPES[kind] if r.overload.name in ("and", "or", "not")])
        kinds = list(recipe.kinds)
        if recipe.overload.variadic and self.random.random() < 0.3:
            kinds.append(kinds[-1])
        args = [self._argument(recipe.overload, i, kind, around, depth) for i, kind in enumerate(kinds)]
        resolved = resolve(recipe.overload.name, [arg.type for arg in args])
        return Call(resolved.id, tuple(args), resolved.result, SPAN) if resolved is not None else None

    def _argument(self, overload: Overload, index: int, kind: Kind, around: Around, depth: int) -> Typed:
        if kind is Kind.DURATION:
            return self._duration(overload.id, around, depth)
        if index == 1 and overload.name == "convert" and self.random.random() < 0.8:
            return const(self.random.choice(CURRENCIES), Kind.TEXT)
        if index == 1 and overload.name.endswith("matches") and self.random.random() < 0.8:
            return const(self.random.choice(PATTERNS), Kind.TEXT)
        return self.expression(kind, around, depth)

    def _duration(self, overload_id: str, around: Around, depth: int) -> Typed:
        pool = CLOCK_DURATIONS if "datetime" in overload_id else DURATIONS
        if depth > 0 and self.random.random() < 0.2:
            condition = self.expression(Kind.BOOL, around, depth - 1)
            branches = [const(self.random.choice(pool), Kind.DURATION) for _ in range(2)]
            return call("if", condition, *branches)
        return const(self.random.choice(pool), Kind.DURATION)

    def _membership(self, around: Around, depth: int) -> Typed:
        kind = self.random.choice(_KINDS)
        x = self.expression(kind, around, depth)
        count = self.random.randrange(4)
        if self.random.random() < 0.5 or count == 0:
            values = tuple(self._const(kind).value for _ in range(count))
            items: Typed = Const(values, Type(Kind.LIST, item=Type(kind) if count else None), SPAN)
        else:
            parts = [self.expression(kind, around, max(depth - 1, 0)) for _ in range(count)]
            resolved = resolve("list", [part.type for part in parts])
            if resolved is None:
                return call("is missing", x)
            items = Call(resolved.id, tuple(parts), resolved.result, SPAN)
        name = self.random.choice(("in", "not in"))
        found = resolve(name, [x.type, items.type])
        return Call(found.id, (x, items), found.result, SPAN) if found else call("is missing", x)

    def _aggregate(self, kind: Kind, around: Around, depth: int) -> Typed | None:
        entity, hops = around.entity, ()
        if self.random.random() < 0.25 and self.schema.entities[entity].to_one:
            hop = self.random.choice(list(self.schema.entities[entity].to_one.values()))
            entity, hops = hop.entity, (hop.name,)  # type: ignore[assignment]
        relation = self._relation(entity)
        inside = Around(relation.entity, around)
        fns = {
            Kind.INT: ["count", "count", "sum"],
            Kind.BOOL: ["any", "all", "none"],
            Kind.NUMBER: ["sum", "avg"],
            Kind.MONEY: ["sum", "avg"],
        }
        options = fns.get(kind, []) + (["min", "max", "latest"] if kind is not Kind.BOOL else [])
        fn = self.random.choice(options)
        where = self.expression(Kind.BOOL, inside, depth) if self.random.random() < 0.75 else None
        if fn in ("count", "any", "all", "none"):
            return aggregate(fn, relation, entity, where=where, hops=hops)  # type: ignore[arg-type]
        value = self.expression(kind, inside, min(depth, 1))
        by = None
        if fn == "latest":
            by = self.expression(self.random.choice((Kind.DATE, Kind.INT, Kind.TEXT)), inside, min(depth, 1))
        return aggregate(fn, relation, entity, value, where, by, hops)  # type: ignore[arg-type]

    def _relation(self, entity: str) -> ToMany:
        options = [*self.schema.entities[entity].to_many.values(), *self.schema.relations.values()]
        return self.random.choice(options)


def _same_kind(found: Kind, wanted: Kind) -> bool:
    return found is wanted or (wanted is Kind.TEXT and found in TEXTUAL)


def random_value(rng: random.Random, type_: Type, currency: str | None = None) -> Value:
    """A present value of a type, at and around the edges of what the language has."""
    pools: Mapping[Kind, Callable[[], Value]] = {
        Kind.BOOL: lambda: rng.random() < 0.5,
        Kind.INT: lambda: rng.choice(INTS) if rng.random() < 0.4 else rng.randint(-4, 15),
        Kind.NUMBER: lambda: rng.choice(NUMBERS) if rng.random() < 0.5 else round(rng.uniform(-99, 99), 2),
        Kind.MONEY: lambda: Money(Decimal(rng.choice(AMOUNTS)), currency or rng.choice(CURRENCIES[:2])),
        Kind.DATE: lambda: rng.choice(DATES),
        Kind.DATETIME: lambda: rng.choice(MOMENTS),
    }
    if type_.kind in TEXTUAL:
        return rng.choice(type_.values or TEXTS)
    return pools[type_.kind]()


def random_tables(seed: int, schema: Schema, size: int = 5) -> dict[str, list[Record]]:
    """Records of each entity: with missing values, dangling references, relations that are empty."""
    rng = random.Random(seed)
    missing = rng.choice((0.05, 0.3, 0.6))
    return {
        name: [
            _record(rng, entity, i, missing) for i in range(rng.randint(0 if name == "release" else 1, size))
        ]
        for name, entity in schema.entities.items()
    }


def random_past(seed: int, schema: Schema) -> dict[date, dict[str, list[Record]]]:
    """Records of some earlier days, in which those of today may be absent and others be there."""
    rng = random.Random(seed)
    return {day: random_tables(rng.randrange(2**32), schema) for day in KEPT if rng.random() < 0.7}


def _record(rng: random.Random, entity: EntityType, number: int, missing: float) -> Record:
    fields: dict[str, Value] = {}
    for name, declared in entity.fields.items():
        if declared.derived:
            continue
        fields[name] = None if rng.random() < missing else _cell(rng, declared, fields)
    keys: Mapping[str, Value] = {
        "account_id": f"A{number}", "contract_id": f"C{number}", "ticket_id": f"T{number}",
        "product": "ab"[number % 2], "number": number // 2 + 1,
    }  # fmt: skip
    for name in entity.key:
        fields[name] = keys[name]
    return with_key(entity, fields)


def _cell(rng: random.Random, declared: FieldType, fields: Mapping[str, Value]) -> Value:
    if declared.name in ("account_id", "parent_id"):
        return rng.choice(("A0", "A1", "A2", "gone"))
    if declared.name in ("product", "installed"):
        return rng.choice(("a", "b")) if declared.name == "product" else rng.randint(0, 3)
    if declared.name == "currency":
        return rng.choice(("JPY", "USD"))
    if declared.type.kind is not Kind.MONEY:
        return random_value(rng, declared.type)
    currency = fields[declared.currency_by] if declared.currency_by else declared.type.currency
    return random_value(rng, declared.type, str(currency)) if currency is not None else None
