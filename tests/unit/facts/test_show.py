"""The questions that people ask of the facts: show, list, conflicts, check."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from playcall.dsl.calendar import Calendar
from playcall.dsl.compiler import CompileWorld
from playcall.dsl.interpreter import World
from playcall.engine.facts.check import check, describe
from playcall.engine.facts.conflicts import conflicts
from playcall.engine.facts.listing import list_records
from playcall.engine.facts.model import FactsError
from playcall.engine.facts.show import show
from playcall.engine.facts.store import FactStore, open_facts

from .conftest import NOW, Folder, MakeFolder

CATALOG = """
entities:
  account:
    key: account_id
    from:
      - crm.accounts
      - {table: crm.customers, match: {crm_id: account_id}}
    fields:
      account_id: text
      name: {text: true, from: [crm.customers.legal_name, crm.accounts.name]}
      phone: {text: true, nullable: true, sensitive: true, from: [crm.accounts.phone, crm.customers.phone]}
      currency: text
      arr: {money: {by: currency}, from: [crm.accounts.arr, crm.customers.arr]}
      renewal_date: {date: true, nullable: true}
      seen: {datetime: true, nullable: true}
      nps: {int: true, nullable: true}
    derive:
      days_left: days_until(renewal_date)
      happy: nps >= 9
scores:
  health:
    on: account
    parts:
      nps: {weight: 1, value: nps * 10}
    bands: {green: ">= 70", red: "< 70"}
"""
FILES = {
    "accounts.csv": (
        "account_id,name,phone,currency,arr,renewal_date,seen,nps\n"
        "A1,Acme,03-1,USD,12.5,2026-07-20,2026-01-01 09:00,9\n"
        "A2,Beta,03-2,JPY,50000,,,\n"
        "A3,Gamma,,JPY,x,2026-02-30,,3\n"
    ),
    "customers.csv": "crm_id,legal_name,phone,arr\nA1,Acme K.K.,03-9,13\nA2,,03-2,50000\n",
}


@pytest.fixture
def made(folder: MakeFolder) -> Folder:
    return folder(CATALOG, FILES)


@pytest.fixture
def store(made: Folder) -> Iterator[FactStore]:
    with open_facts(made.load(), made.open()[0]) as opened:
        yield opened


def world(made: Folder, store: FactStore) -> World:
    catalog, project = made.open()
    calendar = Calendar.around(project.settings, NOW.date())
    return World(catalog.schema, project.settings, catalog.derived(), NOW, store, calendar)


def shown(made: Folder, store: FactStore, key: str) -> dict[str, dict[str, object]]:
    found = show(store, made.open()[0], world(made, store), "account", key).to_json()
    assert (found["entity"], found["record"], found["snapshot"]) == ("account", key, store.snapshot.id)
    fields = found["fields"]
    assert isinstance(fields, dict)
    return fields


def test_a_record_with_the_source_of_each_value(made: Folder, store: FactStore) -> None:
    fields = shown(made, store, "A1")
    assert {name: field["value"] for name, field in fields.items()} == {
        "account_id": "A1",
        "name": "Acme K.K.",
        "phone": "***",
        "currency": "USD",
        "arr": "12.50 USD",
        "renewal_date": "2026-07-20",
        "seen": "2026-01-01T00:00:00Z",
        "nps": 9,
        "days_left": 141,
        "happy": True,
        "health.nps": 90,
        "health": 90.0,
        "health.band": "green",
    }
    assert fields["name"] == {
        "value": "Acme K.K.",
        "type": "text",
        "source": "crm.customers",
        "loaded_at": "2026-03-01T00:00:00Z",
        "unknown_because": [],
        "rivals": [{"source": "crm.accounts.name", "value": "Acme"}],
    }
    assert fields["arr"]["rivals"] == [{"source": "crm.customers.arr", "value": "13.00 USD"}]
    assert fields["phone"]["rivals"] == [{"source": "crm.customers.phone", "value": "***"}]
    assert (fields["happy"]["source"], fields["happy"]["loaded_at"]) == ("derived", None)


def test_a_missing_value_says_what_is_missing(made: Folder, store: FactStore) -> None:
    fields = shown(made, store, "A2")
    assert (fields["name"]["value"], fields["name"]["source"]) == ("Beta", "crm.accounts")
    assert fields["arr"]["value"] == "50000 JPY"
    for name, because in {
        "renewal_date": "renewal_date",
        "days_left": "renewal_date",
        "happy": "nps",
    }.items():
        assert (fields[name]["value"], fields[name]["unknown_because"]) == (None, [because])


@pytest.mark.parametrize(
    ("entity", "key", "message"),
    [
        ("account", "A9", "there is no account `A9`; `playcall facts list account`"),
        (
            "acount",
            "A1",
            "no entity `acount`; it has account, answer, opportunity, quote, reply, task, touch, user",
        ),
    ],
)
def test_what_is_not_there(made: Folder, store: FactStore, entity: str, key: str, message: str) -> None:
    with pytest.raises(FactsError, match=message):
        show(store, made.open()[0], world(made, store), entity, key)


def test_a_record_whose_source_is_broken(made: Folder) -> None:
    (made.root / "data" / "customers.csv").unlink()
    with (
        made.store() as store,
        pytest.raises(FactsError, match=r"no account could be loaded: crm\.customers: "),
    ):
        show(store, made.open()[0], world(made, store), "account", "A1")


def test_conflicts(made: Folder, store: FactStore) -> None:
    found = conflicts(store, made.open()[0]).to_json()
    assert (found["count"], found["fields"]) == (
        3,
        [{"entity": "account", "field": field, "count": 1} for field in ("arr", "name", "phone")],
    )
    listed = found["conflicts"]
    assert isinstance(listed, list)
    assert listed[0] == {
        "entity": "account",
        "record": "A1",
        "field": "arr",
        "value": "12.50 USD",
        "source": "crm.accounts.arr",
        "rivals": [{"source": "crm.customers.arr", "value": "13.00 USD"}],
    }
    assert listed[2]["value"] == "***"
    assert len(conflicts(store, made.open()[0], limit=1).listed) == 1
    assert conflicts(store, made.open()[0], entity="user").counts == {}


@pytest.mark.parametrize(
    ("where", "keys", "unknown"),
    [
        (None, ["A1", "A2", "A3"], 0),
        ("nps >= 9", ["A1"], 1),
        ("happy is missing", ["A2"], 0),
        ("days_left > 0", ["A1"], 2),
    ],
)
def test_list(made: Folder, store: FactStore, where: str | None, keys: list[str], unknown: int) -> None:
    catalog, project = made.open()
    derived = {place: checked.tree for place, checked in catalog.derived().items()}
    compile_world = CompileWorld(catalog.schema, project.settings, derived, NOW)
    found = list_records(store, catalog, project, compile_world, "account", where)
    assert (list(found.records), found.count, found.unknown) == (keys, len(keys), unknown)
    assert found.records[keys[0]]["arr"] in ("12.50 USD", "50000 JPY")
    assert list_records(store, catalog, project, compile_world, "account", limit=1).count == 3


def test_list_refuses_what_does_not_check(made: Folder, store: FactStore) -> None:
    catalog, project = made.open()
    compile_world = CompileWorld(catalog.schema, project.settings, {}, datetime(2026, 3, 1, tzinfo=UTC))
    with pytest.raises(FactsError, match=r"--where:1: .*`npz`.*did you mean `nps`"):
        list_records(store, catalog, project, compile_world, "account", "npz > 1")


def test_check(store: FactStore) -> None:
    found = check(store.snapshot)
    assert not found.clean
    assert list(found.bad()) == []
    lines = [f"{state.name}: {describe(problem)}" for state, problem in found.problems()]
    assert lines == [
        'crm.accounts: 1 × account.arr: not a value of the field\'s type (row 4 A3 "x")',
        'crm.accounts: 1 × account.renewal_date: not a value of the field\'s type (row 4 A3 "2026-02-30")',
    ]
    assert found.to_json()["snapshot"] == store.snapshot.id


def test_an_older_snapshot_under_a_newer_catalogue(made: Folder) -> None:
    before = made.load()
    path = made.root / "catalog" / "all.yaml"
    text = path.read_text().replace(
        "nps: {int: true", "tier: {text: true, nullable: true}\n      nps: {number: true"
    )
    path.write_text(text)
    with open_facts(before, made.open()[0]) as store:
        assert store.execute("SELECT tier, nps FROM account ORDER BY _key LIMIT 1") == [(None, 9.0)]
