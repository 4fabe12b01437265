"""Entities as catalog/*.yaml declares them: shapes and names checked, expressions still text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...dsl.frozen import frozen
from ...dsl.source import Location, SourceText
from ...dsl.types import Kind, Type
from ..document import Entries, Node, Scalar
from ..shape import (
    Fields,
    Findings,
    as_list,
    read_each,
    read_entries,
    read_expression,
    read_fields,
    read_text,
    shape,
    suggestion,
)
from .fields import Description, read_field
from .model import Expression, Project, StoredField, TableRef
from .names import check_case, check_name

ENTITY = shape(
    "an entity", "key from belongs_to many cycle fields derive aliases describe", "key from fields"
)
_LINK = shape("a relation", "entity by many", "entity by")
_TABLE = shape("a further table", "table match", "table match")
_CYCLE = shape("`cycle`", "by tolerance", "by")

BUILT_IN = frozenset({"touch", "task", "answer", "quote", "plan", "opportunity", "reply"})


@frozen
class Link:
    """``belongs_to``: a step ``name`` to one record of ``entity`` by own fields, and the name of the way
    back (empty: the declaring entity's ``many``)."""

    name: str
    entity: str
    by: tuple[str, ...]
    many: str
    location: Location


@frozen
class DeclaredCycle:
    source: SourceText
    tolerance_days: int


@frozen
class Declared:
    """One entity as written."""

    name: str
    key: tuple[str, ...]
    tables: tuple[TableRef, ...]
    aliases: TableRef | None
    links: tuple[Link, ...]
    many: str
    fields: Mapping[str, StoredField]
    describe: Mapping[str, Description]
    derive: Mapping[str, Expression]
    cycle: DeclaredCycle | None
    location: Location


def read_entity(key: Scalar, node: Node, project: Project, findings: Findings) -> Declared | None:
    """One entry of ``entities:``; None if its shape is too wrong to go on."""
    if not check_name(key, "an entity", findings):
        return None
    if key.text in BUILT_IN:
        findings.add("E501", key.location, f"the entity `{key.text}` is built in", "choose another name")
        return None
    entries = read_fields(node, ENTITY, findings)
    if entries is None:
        return None
    tables = _tables(entries, project)
    fields, describe = _fields(entries, tables)
    return Declared(
        name=key.text,
        key=_key(entries, fields),
        tables=tables,
        aliases=_aliases(entries, project),
        links=_links(entries),
        many=_name(entries, "many"),
        fields=fields,
        describe=describe,
        derive=_derive(entries),
        cycle=_cycle(entries),
        location=key.location,
    )


def table_ref(
    text: str, location: Location, project: Project, findings: Findings, match: Sequence[tuple[str, str]] = ()
) -> TableRef | None:
    """``SOURCE.TABLE`` with a source of the project; None, reported, otherwise."""
    source, dot, table = text.partition(".")
    if not dot or not table:
        findings.add("E107", location, f"a table is written SOURCE.TABLE, not `{text}`")
        return None
    config = project.sources.get(source)
    if config is None:
        help_text = (
            suggestion(source, project.sources) or f"there are: {', '.join(project.sources) or 'none'}"
        )
        findings.add("E502", location, f"playcall.yaml has no source `{source}`", help_text)
        return None
    tables = config.options.get("tables")
    if isinstance(tables, Mapping) and table not in tables:
        help_text = suggestion(table, tables) or f"it has: {', '.join(tables)}"
        findings.add("E502", location, f"the source `{source}` has no table `{table}`", help_text)
        return None
    return TableRef(source, table, tuple(match), location)


def _tables(entries: Fields, project: Project) -> tuple[TableRef, ...]:
    found: list[TableRef] = []
    for index, node in enumerate(as_list(entries.get("from"))):
        table = (
            _further_table(node, project, entries.findings)
            if isinstance(node, Entries)
            else _plain_table(node, index, project, entries.findings)
        )
        if table is not None:
            found.append(table)
    return tuple(found)


def _plain_table(node: Node, index: int, project: Project, findings: Findings) -> TableRef | None:
    text = read_text(node, findings, "`from`")
    if text is None:
        return None
    if index:
        message = f"`{text}` does not say how it joins the first table"
        findings.add("E106", node.location, message, f"{{table: {text}, match: {{ITS_COLUMN: COLUMN}}}}")
    return table_ref(text, node.location, project, findings)


def _further_table(node: Node, project: Project, findings: Findings) -> TableRef | None:
    fields = read_fields(node, _TABLE, findings)
    if fields is None:
        return None
    name, match = fields.text("table"), fields.entries("match")
    if name is None or match is None:
        return None
    pairs = [(key.text, read_text(value, findings, "`match`") or "") for key, value in match]
    return table_ref(name, fields.location("table"), project, findings, pairs)


def _aliases(entries: Fields, project: Project) -> TableRef | None:
    name = entries.text("aliases")
    return None if name is None else table_ref(name, entries.location("aliases"), project, entries.findings)


def _fields(
    entries: Fields, tables: tuple[TableRef, ...]
) -> tuple[dict[str, StoredField], dict[str, Description]]:
    fields: dict[str, StoredField] = {}
    describe: dict[str, Description] = {}

    def read(key: Scalar, node: Node) -> None:
        if check_name(key, "a field", entries.findings):
            check_case(key.text, key.location, fields, "the field", entries.findings)
            read_one = read_field(key, node, tables, entries.findings)
            if read_one is not None:
                fields[key.text], describe[key.text] = read_one

    declared = entries.entries("fields")
    if declared is not None:
        read_each(declared, read, entries.findings, "the field")
    _check_currencies(fields, entries.findings)
    _check_deprecated(fields, describe, entries.findings)
    return fields, describe


def _check_deprecated(
    fields: Mapping[str, StoredField], describe: Mapping[str, Description], findings: Findings
) -> None:
    for name, one in describe.items():
        if one.deprecated and (one.deprecated == name or one.deprecated not in fields):
            message = f"`{name}` is deprecated for `{one.deprecated}`, which is not another field"
            findings.add("E203", fields[name].location, message, suggestion(one.deprecated, fields))


def _check_currencies(fields: Mapping[str, StoredField], findings: Findings) -> None:
    for stored in fields.values():
        if stored.currency_by is None:
            continue
        by = fields.get(stored.currency_by)
        if by is None:
            message = f"`{stored.name}` takes its currency from `{stored.currency_by}`, which is not a field"
            findings.add("E203", stored.location, message, suggestion(stored.currency_by, fields))
        elif by.type.kind not in (Kind.TEXT, Kind.ENUM, Kind.ERROR):
            message = f"`{stored.name}` takes its currency from `{by.name}`, which is {by.type}, not text"
            findings.add("E205", stored.location, message)


def _key(entries: Fields, fields: dict[str, StoredField]) -> tuple[str, ...]:
    names = entries.texts("key")
    for node, name in zip(as_list(entries.get("key")), names, strict=False):
        if name not in fields:
            help_text = suggestion(name, fields)
            entries.findings.add("E203", node.location, f"the key `{name}` is not a field", help_text)
            fields[name] = StoredField(name, Type(Kind.ERROR), (), False, None, node.location)
        elif fields[name].type.nullable:
            entries.findings.add("E107", node.location, f"the key `{name}` may not be nullable")
        elif fields[name].type.kind is Kind.MONEY:
            entries.findings.add("E107", node.location, f"the key `{name}` may not be money")
    return names


def _name(entries: Fields, key: str) -> str:
    node = entries.get(key)
    name = entries.text(key)
    if not isinstance(node, Scalar) or name is None or not check_name(node, "a relation", entries.findings):
        return ""
    return name


def _links(entries: Fields) -> tuple[Link, ...]:
    links: list[Link] = []
    findings = entries.findings

    def read(key: Scalar, node: Node) -> None:
        if not check_name(key, "a relation", findings):
            return
        if not isinstance(node, Entries):
            by = [read_text(item, findings, f"`{key.text}`") or "" for item in as_list(node)]
            links.append(Link(key.text, key.text, tuple(by), "", key.location))
            return
        fields = read_fields(node, _LINK, findings)
        entity = fields.text("entity") if fields else None
        if fields and entity:
            links.append(Link(key.text, entity, fields.texts("by"), _name(fields, "many"), key.location))

    declared = entries.entries("belongs_to")
    if declared is not None:
        read_each(declared, read, findings, "the relation")
    return tuple(links)


def _derive(entries: Fields) -> dict[str, Expression]:
    found: dict[str, Expression] = {}

    def read(key: Scalar, node: Node) -> None:
        if check_name(key, "a derived field", entries.findings):
            source = read_expression(node, entries.findings, f"`{key.text}`")
            if source is not None:
                found[key.text] = Expression(source, key.location)

    node = entries.get("derive")
    declared = read_entries(node, entries.findings, "`derive`") if node is not None else None
    if declared is not None:
        read_each(declared, read, entries.findings, "the derived field")
    return found


def _cycle(entries: Fields) -> DeclaredCycle | None:
    node = entries.get("cycle")
    if node is None:
        return None
    if not isinstance(node, Entries):
        source = read_expression(node, entries.findings, "`cycle`")
        return None if source is None else DeclaredCycle(source, 14)
    fields = read_fields(node, _CYCLE, entries.findings)
    source = fields.expression("by") if fields else None
    if fields is None or source is None:
        return None
    tolerance = fields.duration("tolerance", ("d", "w"))
    days = 14 if tolerance is None else tolerance.amount * (7 if tolerance.unit == "w" else 1)
    return DeclaredCycle(source, days)
