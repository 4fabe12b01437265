"""The fact store: tables to query, tables to fill, and records one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from playcall.dsl.types import Money
from playcall.engine.facts import records
from playcall.engine.facts.store import FactStore, entity_columns, open_facts

from .conftest import MakeFolder

CATALOG = """
entities:
  account:
    key: account_id
    from: crm.accounts
    belongs_to: {parent: {entity: account, by: parent_id, many: children}}
    fields: {account_id: text, parent_id: {text: true, nullable: true}}
  contract:
    key: [product, number]
    from: crm.contracts
    belongs_to: {account: account_id}
    many: contracts
    fields:
      product: text
      number: int
      account_id: text
      currency: text
      arr: {money: {by: currency}}
      fee: {money: EUR, nullable: true}
      seen: datetime
  installation:
    key: id
    from: crm.installations
    belongs_to: {contract: [product, number]}
    many: installations
    fields: {id: int, product: text, number: int}
"""
FILES = {
    "accounts.csv": "account_id,parent_id\nA1,\nA2,A1\nA3,A1\nA4,A9\n",
    "contracts.csv": (
        "product,number,account_id,currency,arr,fee,seen\n"
        "mdm,1,A1,JPY,100,1.5,2026-01-01\nmdm,2,A1,USD,12.5,,2026-01-01T00:00:00Z\n"
    ),
    "installations.csv": "id,product,number\n1,mdm,2\n",
}


@pytest.fixture
def store(folder: MakeFolder) -> Iterator[FactStore]:
    with folder(CATALOG, FILES).store() as opened:
        yield opened


def test_records_have_the_values_of_the_language(store: FactStore) -> None:
    record = store.record("contract", "mdm/1")
    assert record == {
        "_key": "mdm/1",
        "product": "mdm",
        "number": 1,
        "account_id": "A1",
        "currency": "JPY",
        "arr": Money(Decimal(100), "JPY"),
        "fee": Money(Decimal("1.5"), "EUR"),
        "seen": datetime(2025, 12, 31, 15, tzinfo=UTC),
    }
    assert store.record("contract", "mdm/9") is None


def test_records_lead_to_others(store: FactStore, folder: MakeFolder) -> None:
    schema = folder(CATALOG, FILES).open()[0].schema.entities
    installation, account = store.record("installation", "1"), store.record("account", "A1")
    assert installation is not None
    assert account is not None
    contract = store.one("installation", installation, schema["installation"].to_one["contract"])
    assert contract is not None
    assert contract["_key"] == "mdm/2"
    parent = schema["account"].to_one["parent"]
    assert store.one("account", account, parent) is None
    dangling = store.record("account", "A4")
    assert dangling is not None
    assert store.one("account", dangling, parent) is None
    children = store.many("account", account, schema["account"].to_many["children"])
    assert [child["_key"] for child in children] == ["A2", "A3"]
    related = store.many("contract", contract, schema["contract"].to_many["installations"])
    assert [one["_key"] for one in related] == ["1"]
    everyone = store.many(
        "account", account, schema["account"].to_many["children"].__class__("users", "user")
    )
    assert [one["_key"] for one in everyone] == ["kato"]


def test_what_was_looked_up_is_known_at_the_next_question(
    store: FactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked() -> list[object]:
        return [store.record("contract", "mdm/1"), store.record("contract", "mdm/9")]

    first = asked()
    store.again(store.snapshot)
    again = asked()
    assert again == first and again[0] is first[0]
    monkeypatch.setattr(records, "MOST_REMEMBERED", 1)
    store.again(store.snapshot)
    assert asked()[0] is not first[0]


def test_ledger_tables_are_there_and_are_filled(store: FactStore, folder: MakeFolder) -> None:
    schema = folder(CATALOG, FILES).open()[0].schema.entities
    assert store.execute("SELECT count(*) FROM touch") == [(0,)]
    columns = list(entity_columns(schema["task"]))
    row = dict.fromkeys(columns)
    row |= {
        "_key": "t1",
        "id": "t1",
        "entity": "account",
        "record": "A1",
        "account": "A1",
        "title": "",
        "state": "open",
    }
    row |= {"due": date(2026, 3, 1), "rank": 1.5}
    store.fill_entity(
        "task", [tuple(row.values()), tuple({**row, "_key": "t2", "title": 'a, "b"\nc'}.values())]
    )
    assert store.execute("SELECT _key, title, due, rank, playbook FROM task ORDER BY 1") == [
        ("t1", "", date(2026, 3, 1), 1.5, None),
        ("t2", 'a, "b"\nc', date(2026, 3, 1), 1.5, None),
    ]
    account = store.record("account", "A1")
    assert account is not None
    assert [t["_key"] for t in store.many("account", account, schema["account"].to_many["tasks"])] == [
        "t1",
        "t2",
    ]
    store.fill_entity("task", [])
    assert store.many("account", account, schema["account"].to_many["tasks"]) == ()


def test_tables_of_plain_rows(store: FactStore) -> None:
    columns = {"n": "BIGINT", "on": "BOOLEAN", "at": "TIMESTAMP", "text": "VARCHAR"}
    moment = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    store.fill("_work", columns, [(1, True, moment, None), (None, None, None, "")])
    assert store.execute("SELECT * FROM _work") == [
        (1, True, datetime(2026, 3, 1, 9, 30), None),
        (None, None, None, ""),
    ]
    store.create("_kept", "SELECT n FROM _work WHERE n > 0")
    assert store.execute("SELECT n + ? FROM _kept", [1]) == [(2,)]
    assert store.statements()[-1] == "SELECT n + ? FROM _kept"


def test_an_entity_may_be_filled_over_its_facts(store: FactStore) -> None:
    store.fill("account", {"_key": "VARCHAR", "account_id": "VARCHAR"}, [("A7", "A7")])
    assert store.execute("SELECT _key FROM account") == [("A7",)]


def test_what_came_from_outside_can_be_kept_and_given_again(
    store: FactStore, folder: MakeFolder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = [("a", 1, date(2026, 3, 1)), ("", None, None)]
    store.take("_history", "SELECT * FROM (VALUES ('a', 1, DATE '2026-03-01'), ('', NULL, NULL))")
    store.create("_own", "SELECT 1")
    written = store.write_taken(tmp_path_factory.mktemp("kept"))
    assert set(written) == {"_history"}
    catalog, _ = folder(CATALOG).open()
    with open_facts(store.snapshot, catalog, given=written) as again:
        again.take("_history", "SELECT 'something else'")
        again.take("_other", "SELECT 2")
        assert again.execute("SELECT * FROM _history") == rows
        assert again.execute("SELECT * FROM _other") == [(2,)]
