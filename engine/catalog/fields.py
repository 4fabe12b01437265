"""The fields of an entity: ``name: text``, ``nps: {int: true, nullable: true}``, and where their values
come from."""

from __future__ import annotations

from collections import Counter

from ...dsl.currencies import CURRENCIES
from ...dsl.frozen import frozen
from ...dsl.types import Kind, Type
from ..document import Entries, Node, Scalar
from ..shape import Fields, Findings, as_list, read_fields, read_text, shape, suggestion
from .model import StoredField, TableRef

_SIMPLE = {
    kind.value: kind
    for kind in (
        Kind.TEXT, Kind.BOOL, Kind.INT, Kind.NUMBER, Kind.DATE, Kind.DATETIME, Kind.EMAIL, Kind.USER,
        Kind.URL,
    )
}  # fmt: skip
TYPE_NAMES = (*_SIMPLE, "enum", "money")

FIELD = shape("a field", " ".join(TYPE_NAMES) + " nullable describe unit sensitive from deprecated")
_MONEY = shape("`money`", "by", "by")
_NEWEST = shape("`from`", "newest", "newest")


@frozen
class Description:
    """What a field means to people. ``deprecated`` names the field to read instead."""

    describe: str = ""
    unit: str = ""
    sensitive: bool = False
    deprecated: str = ""


def read_field(
    key: Scalar, node: Node, tables: tuple[TableRef, ...], findings: Findings
) -> tuple[StoredField, Description] | None:
    """A field with its description; None if it cannot be read at all. A field with a
    wrong type is kept with an erroneous one, so that its uses are not reported too."""
    if isinstance(node, Scalar):
        type_ = _short_type(node, findings)
        return StoredField(key.text, type_, ((0, key.text),), False, None, key.location), Description()
    fields = read_fields(node, FIELD, findings)
    if fields is None:
        return None
    type_, currency_by = _long_type(key, fields)
    columns, newest = _columns(key, fields, tables)
    stored = StoredField(key.text, type_, columns, newest, currency_by, key.location)
    described = Description(
        fields.text("describe") or "",
        fields.text("unit") or "",
        fields.boolean("sensitive"),
        fields.text("deprecated") or "",
    )
    return stored, described


def _short_type(node: Scalar, findings: Findings) -> Type:
    name = read_text(node, findings, "a field's type")
    if name in _SIMPLE:
        return Type(_SIMPLE[name])
    if name is not None:
        written = {"enum": "write {enum: [a, b]}", "money": "write {money: JPY} or {money: {by: FIELD}}"}
        help_text = written.get(name) or suggestion(name, TYPE_NAMES) or f"one of {', '.join(TYPE_NAMES)}"
        findings.add("E107", node.location, f"`{name}` is not a complete field type", help_text)
    return Type(Kind.ERROR)


def _long_type(key: Scalar, fields: Fields) -> tuple[Type, str | None]:
    """The type of a long form and, of money, the field that holds its currency."""
    named = [name for name in TYPE_NAMES if name in fields]
    if len(named) != 1:
        message = f"the field `{key.text}` needs exactly one type, not {' and '.join(named) or 'none'}"
        help_text = f"one of {', '.join(TYPE_NAMES)}, such as {{text: true}}"
        fields.findings.add("E107", key.location, message, help_text)
        return Type(Kind.ERROR), None
    name, nullable = named[0], fields.boolean("nullable")
    if name == "enum":
        return Type(Kind.ENUM, nullable, values=_enum_values(fields)), None
    if name == "money":
        return _money(fields, nullable)
    if not fields.boolean(name, default=True):
        fields.findings.add("E107", fields.location(name), f"`{name}: false` says nothing", "remove it")
    return Type(_SIMPLE[name], nullable), None


def _enum_values(fields: Fields) -> tuple[str, ...]:
    values = fields.texts("enum")
    if fields.get("enum") is not None and not as_list(fields.get("enum")):
        fields.findings.add(
            "E107", fields.location("enum"), "`enum` has no values", "list them: [active, ended]"
        )
    repeated = sorted(value for value, count in Counter(values).items() if count > 1)
    if repeated:
        fields.findings.add("E102", fields.location("enum"), f"`{repeated[0]}` stands twice in the list")
    return values


def _money(fields: Fields, nullable: bool) -> tuple[Type, str | None]:
    node = fields.get("money")
    if isinstance(node, Entries):
        inner = read_fields(node, _MONEY, fields.findings)
        return Type(Kind.MONEY, nullable), inner.text("by") if inner else None
    currency = fields.text("money")
    if currency is not None and currency not in CURRENCIES:
        message = f"`money` is an ISO 4217 code such as JPY, or {{by: FIELD}}, not `{currency}`"
        fields.findings.add("E107", fields.location("money"), message)
        return Type(Kind.ERROR), None
    return Type(Kind.MONEY, nullable, currency=currency), None


def _columns(
    key: Scalar, fields: Fields, tables: tuple[TableRef, ...]
) -> tuple[tuple[tuple[int, str], ...], bool]:
    """Where the values come from, in order of trust, and whether the newest wins instead."""
    node = fields.get("from")
    if node is None:
        return ((0, key.text),), False
    newest = isinstance(node, Entries)
    if isinstance(node, Entries):
        inner = read_fields(node, _NEWEST, fields.findings)
        node = inner.get("newest") if inner else None
    found = [_column(item, tables, fields.findings) for item in as_list(node)]
    return tuple(column for column in found if column is not None), newest


def _column(node: Node, tables: tuple[TableRef, ...], findings: Findings) -> tuple[int, str] | None:
    """``SOURCE.COLUMN``, or ``SOURCE.TABLE.COLUMN`` where two tables are of one source."""
    text = read_text(node, findings, "`from`")
    if text is None:
        return None
    parts = text.split(".")
    if len(parts) not in (2, 3) or not all(parts):
        findings.add("E107", node.location, f"a column is written SOURCE.COLUMN, not `{text}`")
        return None
    named = [
        index
        for index, table in enumerate(tables)
        if table.source == parts[0] and (len(parts) == 2 or table.table == parts[1])
    ]
    if len(named) == 1:
        return named[0], parts[-1]
    where = ".".join(parts[:-1])
    if named:
        help_text = f"write {parts[0]}.TABLE.{parts[-1]}"
        findings.add("E502", node.location, f"`{where}` is more than one table of this entity", help_text)
    elif tables:
        help_text = "its tables are: " + ", ".join(table.name for table in tables)
        findings.add("E502", node.location, f"`{where}` is no table of this entity", help_text)
    return None
