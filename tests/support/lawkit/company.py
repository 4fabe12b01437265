"""A small schema with everything that the language's meaning depends on, and its derived fields."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from playcall.dsl.functions import resolve
from playcall.dsl.source import SourceText, Span
from playcall.dsl.typed import Aggregate, AggregateName, Call, Checked, Const, Field, Typed
from playcall.dsl.types import EntityType, FieldType, Kind, Schema, Settings, ToMany, ToOne, Type, Value

SPAN = Span(0, 0)
TIERS = ("gold", "silver", "ß")


def _fields(**types: Type | tuple[Type, str]) -> dict[str, FieldType]:
    found = {}
    for name, given in types.items():
        type_, currency_by = given if isinstance(given, tuple) else (given, None)
        found[name] = FieldType(name, type_, currency_by=currency_by)
    return found


def _maybe(kind: Kind, **more: object) -> Type:
    return Type(kind, nullable=True, **more)  # type: ignore[arg-type]


_TEXT, _INT = Type(Kind.TEXT), Type(Kind.INT)
_MONEY = _maybe(Kind.MONEY)

ACCOUNT = EntityType(
    "account",
    ("account_id",),
    _fields(
        account_id=_TEXT,
        parent_id=_maybe(Kind.TEXT),
        name=_maybe(Kind.TEXT),
        tier=_maybe(Kind.ENUM, values=TIERS),
        nps=_maybe(Kind.INT),
        score=_maybe(Kind.NUMBER),
        currency=_maybe(Kind.TEXT),
        budget=(_MONEY, "currency"),
        since=_maybe(Kind.DATE),
        seen=_maybe(Kind.DATETIME),
        active=_maybe(Kind.BOOL),
    ),
    {"parent": ToOne("parent", "account", ("parent_id",))},
    {
        "contracts": ToMany("contracts", "contract", (("account_id", "account_id"),)),
        "tickets": ToMany("tickets", "ticket", (("_key", "account_id"),)),
        "bugs": ToMany("bugs", "ticket", (("_key", "account_id"),), (("status", "open"),)),
        "children": ToMany("children", "account", (("account_id", "parent_id"),)),
    },
)
CONTRACT = EntityType(
    "contract",
    ("contract_id",),
    _fields(
        contract_id=_TEXT,
        account_id=_maybe(Kind.TEXT),
        product=_maybe(Kind.TEXT),
        term=_maybe(Kind.DATE),
        installed=_maybe(Kind.INT),
        quantity=_INT,
        arr=_maybe(Kind.MONEY, currency="JPY"),
        currency=_maybe(Kind.TEXT),
        price=(_MONEY, "currency"),
        usage=_maybe(Kind.NUMBER),
        renew=_maybe(Kind.BOOL),
    ),
    {
        "account": ToOne("account", "account", ("account_id",)),
        "release": ToOne("release", "release", ("product", "installed")),
    },
)
TICKET = EntityType(
    "ticket",
    ("ticket_id",),
    _fields(
        ticket_id=_TEXT,
        account_id=_maybe(Kind.TEXT),
        status=_maybe(Kind.ENUM, values=("open", "closed")),
        weight=_maybe(Kind.NUMBER),
        size=_maybe(Kind.INT),
        opened=_maybe(Kind.DATETIME),
        due=_maybe(Kind.DATE),
        currency=_maybe(Kind.TEXT),
        cost=(_MONEY, "currency"),
    ),
    {"account": ToOne("account", "account", ("account_id",))},
)
RELEASE = EntityType(
    "release",
    ("product", "number"),
    _fields(product=_TEXT, number=_INT, available=_maybe(Kind.DATE), title=_maybe(Kind.TEXT)),
)
RELATIONS = {"releases": ToMany("releases", "release")}
SETTINGS = Settings(
    timezone="Asia/Tokyo",
    currency="JPY",
    holidays="JP",
    fiscal_year=(4, 1),
    rates={"USD": Decimal("151.37"), "EUR": Decimal("163.123456")},
)


def field(entity: EntityType, name: str, *, hops: tuple[str, ...] = (), outer: bool = False) -> Field:
    declared = entity.fields[name]
    type_ = declared.type.optional(declared.type.nullable or bool(hops))
    return Field(hops, entity.name, name, declared.derived, outer, type_, SPAN)


def const(value: Value, kind: Kind) -> Const:
    values = (value,) if isinstance(value, str) else ()
    return Const(value, Type(kind, values=values), SPAN)


def call(name: str, *args: Typed) -> Call:
    resolved = resolve(name, [arg.type for arg in args])
    assert resolved is not None, (name, [str(arg.type) for arg in args])
    return Call(resolved.id, args, resolved.result, SPAN)


def aggregate(
    fn: AggregateName,
    relation: ToMany,
    owner: str,
    value: Typed | None = None,
    where: Typed | None = None,
    by: Typed | None = None,
    hops: tuple[str, ...] = (),
) -> Aggregate:
    return Aggregate(fn, hops, owner, relation, value, where, by, aggregate_type(fn, value), SPAN)


def aggregate_type(fn: AggregateName, value: Typed | None) -> Type:
    if fn == "count":
        return Type(Kind.INT, nullable=True)
    if value is None:
        return Type(Kind.BOOL, nullable=True)
    kind = Kind.NUMBER if fn == "avg" and value.type.kind is Kind.INT else value.type.kind
    return Type(kind, nullable=True, currency=value.type.currency)


def _derive() -> tuple[Schema, dict[tuple[str, str], Checked]]:
    entities = {e.name: e for e in (ACCOUNT, CONTRACT, TICKET, RELEASE)}
    derived: dict[tuple[str, str], Checked] = {}

    def add(entity: str, name: str, tree: Typed) -> None:
        declared = FieldType(name, tree.type.optional(), derived=True)
        old = entities[entity]
        fields = {**old.fields, name: declared}
        entities[entity] = EntityType(old.name, old.key, fields, old.to_one, old.to_many)
        derived[entity, name] = Checked(entity, tree, SourceText.of(name))

    def get(entity: str, name: str, **more: object) -> Field:
        return field(entities[entity], name, **more)  # type: ignore[arg-type]

    account = ACCOUNT.to_many
    is_open = call("==", get("ticket", "status"), const("open", Kind.TEXT))
    add("account", "open_tickets", aggregate("count", account["tickets"], "account", where=is_open))
    add("account", "spent", aggregate("sum", account["tickets"], "account", get("ticket", "cost")))
    newer = call(
        "and",
        call("==", get("release", "product"), get("contract", "product", outer=True)),
        call(">", get("release", "number"), get("contract", "installed", outer=True)),
    )
    add("contract", "lag", aggregate("count", RELATIONS["releases"], "contract", where=newer))
    load = call("*", get("account", "open_tickets", hops=("account",)), get("contract", "quantity"))
    add("contract", "load", load)
    add("account", "worst_lag", aggregate("max", account["contracts"], "account", get("contract", "lag")))
    add("account", "heavy", aggregate("sum", account["contracts"], "account", get("contract", "load")))
    add("ticket", "urgent", call(">", get("account", "worst_lag", hops=("account",)), get("ticket", "size")))
    return Schema(entities, RELATIONS), derived


SCHEMA, DERIVED = _derive()


def trees(checked: Sequence[Checked]) -> list[Typed]:
    """The bare trees of checked expressions."""
    return [one.tree for one in checked]
