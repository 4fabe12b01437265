"""Where the ledger's tables go beside the ledger: ``exports`` and ``digest`` of playcall.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Final

from ...dsl.frozen import frozen
from ...dsl.source import Location
from ..document import Node, Scalar
from ..shape import Fields, Shape, as_list, read_each, read_fields, read_text, shape, suggestion
from .adapters import EXPORTERS, read_adapter
from .contact_rules import read_time

# The tables of the ledger that leave it; ``ledger.exported`` declares each.
EXPORTED: Final = (
    *("touches", "tasks", "answers", "quotes", "quote_revisions", "opportunities", "replies"),
    *("occurrences", "runs"),
)
HANDED_OVER: Final = ("tasks",)  # the tables whose changes other systems take one by one
DIGEST: Final = shape("`digest`", "at", "at")

_EXPORT: Final[Mapping[str, Shape]] = {
    "sql": shape("the export", "adapter tables url schema", "tables url"),
    "webhook": shape("the export", "adapter tables url secret allow_private timeout ca", "tables url secret"),
    "folder": shape("the export", "adapter tables path", "tables path"),
}
_OTHER: Final = ("tables",)  # what an adapter needs that is not playcall's own


@frozen
class ExportConfig:
    """One export: the adapter's name and its own options, and the tables that go there. What is
    ``handed_over`` goes change by change through the channel of the export's name; the rest as rows."""

    name: str
    adapter: str
    options: Mapping[str, object]
    tables: tuple[str, ...]
    location: Location

    @property
    def handed_over(self) -> bool:
        return self.adapter in EXPORTERS


@frozen
class DigestConfig:
    """When each person is told of their tasks, by their own clock."""

    at: time


def read_exports(fields: Fields) -> dict[str, ExportConfig]:
    """The declared exports; wrong ones are reported and left out."""
    found: dict[str, ExportConfig] = {}

    def read(key: Scalar, node: Node) -> None:
        export = _export(key, node, fields)
        if export is not None:
            found[key.text] = export

    entries = fields.entries("exports")
    if entries:
        read_each(entries, read, fields.findings, "the export")
    return found


def _export(key: Scalar, node: Node, fields: Fields) -> ExportConfig | None:
    adapted = read_adapter(key, node, "export", fields.findings, EXPORTERS)
    if adapted is None:
        return None
    adapter, options, entries = adapted
    keys = _EXPORT.get(adapter) or Shape("the export", frozenset(entries.values), _OTHER)
    inner = read_fields(entries, keys, fields.findings)
    if inner is None:
        return None
    tables = _tables(key.text, adapter, inner)
    options.pop("tables", None)
    declared = fields.entries("channels")
    if adapter in EXPORTERS and declared is not None and key.text in declared.values:
        message = f"there is a channel `{key.text}` already, and what is handed over needs a name of its own"
        fields.findings.add("E107", key.location, message, "give the export another name")
    return ExportConfig(key.text, adapter, options, tables, key.location)


def _tables(name: str, adapter: str, inner: Fields) -> tuple[str, ...]:
    known = HANDED_OVER if adapter in EXPORTERS else EXPORTED
    found: list[str] = []
    for item in as_list(inner.get("tables")):
        table = read_text(item, inner.findings, "`tables`")
        if table is None:
            continue
        if table not in known:
            hint = suggestion(table, known) or f"there are: {', '.join(known)}"
            why = (
                f"`{name}` takes no table `{table}`" if table in EXPORTED else f"no table is called `{table}`"
            )
            inner.findings.add("E107", item.location, why, hint)
        elif table not in found:
            found.append(table)
    return tuple(found)


def read_digest(fields: Fields) -> DigestConfig | None:
    """When digests go; None where there are none."""
    node = fields.get("digest")
    digest = read_fields(node, DIGEST, fields.findings) if node is not None else None
    at = read_time(digest, "at") if digest is not None else None
    return None if at is None else DigestConfig(at)
