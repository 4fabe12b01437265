"""The tables of the demo company in memory: one list of rows each, before they become files."""

from __future__ import annotations

from dataclasses import dataclass, field

Row = dict[str, object]


@dataclass(slots=True)
class Tables:
    """Every table by its name in the sources. Rows of one table have the same keys in the same order."""

    accounts: list[Row] = field(default_factory=list)
    contacts: list[Row] = field(default_factory=list)
    releases: list[Row] = field(default_factory=list)
    renewals: list[Row] = field(default_factory=list)
    customers: list[Row] = field(default_factory=list)
    contracts: list[Row] = field(default_factory=list)
    invoices: list[Row] = field(default_factory=list)
    installations: list[Row] = field(default_factory=list)
    tickets: list[Row] = field(default_factory=list)
    users: list[Row] = field(default_factory=list)
