"""Groups that several statements read are computed once, and again when what they are made of has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlglot import parse_one

from playcall.engine.facts.store import FactStore

from .conftest import MakeFolder

CATALOG = """
entities:
  account: {key: account_id, from: crm.accounts, fields: {account_id: text}}
  ticket:
    key: ticket_id
    from: crm.tickets
    belongs_to: {account: account_id}
    many: tickets
    fields: {ticket_id: text, account_id: text}
"""
FILES = {"accounts.csv": "account_id\nA1\nA2\n", "tickets.csv": "ticket_id,account_id\n1,A1\n2,A1\n3,A2\n"}
COLUMNS = {"_key": "VARCHAR", "ticket_id": "VARCHAR", "account_id": "VARCHAR"}
GROUPED = """
    WITH _group_0 AS (SELECT account_id AS m0, count(*) AS c0 FROM "{table}" GROUP BY account_id)
    SELECT m0, c0 FROM _group_0 ORDER BY m0
"""
ROW = ("4", "4", "A2")


@pytest.fixture
def store(folder: MakeFolder) -> Iterator[FactStore]:
    with folder(CATALOG, FILES).store() as opened:
        yield opened


def change(store: FactStore) -> None:
    store.own("ticket")
    store.change("ticket", {"account_id": "?"}, ["A2"], ["1"])


def put(store: FactStore) -> None:
    store.own("ticket")
    store.put("ticket", [dict(zip(COLUMNS, ROW, strict=True))])


def fill(store: FactStore) -> None:
    store.fill("ticket", COLUMNS, [ROW])


def fill_on_demand(store: FactStore) -> None:
    store.on_demand("ticket", lambda: fill(store))


def amend(store: FactStore) -> None:
    store.own("ticket")
    store.amend("ticket", COLUMNS, [ROW], ["_key"], [["3"], ["4"]])


def take_out(store: FactStore) -> None:
    store.own("ticket")
    store.amend("ticket", COLUMNS, [], ["_key"], [["1"]])


def counted(store: FactStore, table: str = "ticket") -> dict[object, object]:
    return dict(store.execute(parse_one(GROUPED.format(table=table), dialect="duckdb")))


def made(store: FactStore) -> list[object]:
    """The tables that hold groups."""
    found = store.execute("SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, '_shared')")
    return [row[0] for row in found]


def test_a_group_is_computed_once(store: FactStore) -> None:
    assert counted(store) == {"A1": 2, "A2": 1}
    first = made(store)
    assert counted(store) == {"A1": 2, "A2": 1}
    store.fill("other", COLUMNS, [ROW])
    assert counted(store) == {"A1": 2, "A2": 1}
    assert made(store) == first


@pytest.mark.parametrize(
    ("write", "becomes"),
    [
        (change, {"A1": 1, "A2": 2}),
        (put, {"A2": 1}),
        (fill, {"A2": 1}),
        (fill_on_demand, {"A2": 1}),
        (amend, {"A1": 2, "A2": 1}),
        (take_out, {"A1": 1, "A2": 1}),
    ],
)
def test_what_was_written_is_seen(
    store: FactStore, write: Callable[[FactStore], object], becomes: dict[str, int]
) -> None:
    counted(store)
    write(store)
    assert counted(store) == becomes


def test_tables_of_our_own_too(store: FactStore) -> None:
    for rows, becomes in (([ROW], {"A2": 1}), ([ROW, ("5", "5", "A2")], {"A2": 2})):
        store.take_few("taken", COLUMNS, rows)
        assert counted(store, "taken") == becomes
    store.create("taken", "SELECT * FROM ticket")
    assert counted(store, "taken") == {"A1": 2, "A2": 1}


def test_what_nothing_reads_any_more_goes(store: FactStore) -> None:
    counted(store)
    store.begin(store.snapshot)
    assert made(store)
    store.begin(store.snapshot)
    assert not made(store)
