"""From the files of a project to the tables of its entities, with everything that is wrong counted."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from decimal import Decimal

import pytest

from playcall.engine.facts.tables import find_adapter
from playcall.engine.ports import SourceError

from .conftest import MakeFolder, problems, state

CATALOG = """
entities:
  account:
    key: account_id
    from: crm.accounts
    fields: {account_id: text, name: text, csm: user, phone: {int: true, nullable: true, sensitive: true}}
  contract:
    key: [product, number]
    from: crm.contracts
    belongs_to: {account: account_id}
    many: contracts
    fields:
      product: text
      number: int
      account_id: text
      renewal_date: date
      currency: {text: true, nullable: true}
      arr: {money: {by: currency}}
      seen: {datetime: true, nullable: true}
      paused: {bool: true, nullable: true}
"""
ACCOUNTS = "account_id,name,csm,phone\nA1,Acme,kato,\nA2,株式会社サクラ,kato,\n"
CONTRACTS = """\
product,number,account_id,renewal_date,currency,arr,seen,paused
mdm,1,A1,2026-07-20,JPY,120000,2026-01-01 09:00,yes
mdm,2,A1,2026-02-30,USD,12.50,,
edge,1,A9,2026/08/01,JPY,"1,200",2026-01-01T09:00:00Z,no
mdm,1,A2,2026-01-01,JPY,5,,
,7,A1,2026-01-01,JPY,5,,
edge,2,A1,,,77,,maybe
"""


def test_records_and_problems(folder: MakeFolder) -> None:
    made = folder(CATALOG, {"accounts.csv": ACCOUNTS, "contracts.csv": CONTRACTS})
    assert made.rows("SELECT _key, renewal_date, arr, seen, paused FROM contract ORDER BY _key") == [
        ("edge/1", date(2026, 8, 1), None, datetime(2026, 1, 1, 9), False),
        ("edge/2", None, None, None, None),
        ("mdm/1", date(2026, 7, 20), Decimal(120000), datetime(2026, 1, 1), True),
        ("mdm/2", None, Decimal("12.5"), None, None),
    ]
    snapshot = made.load()
    found = problems(snapshot, "crm.contracts")
    assert {
        place: [(e.row, e.key, e.cell) for e in problem.examples] for place, problem in found.items()
    } == {
        ("renewal_date", "unparsed"): [(3, "mdm/2", "2026-02-30")],
        ("arr", "unparsed"): [(4, "edge/1", "1,200")],
        ("paused", "unparsed"): [(7, "edge/2", "maybe")],
        ("renewal_date", "missing"): [(7, "edge/2", None)],
        ("arr", "no_currency"): [(7, "edge/2", "77.000000")],
        ("product/number", "no_key"): [(6, None, None)],
        ("product/number", "duplicate"): [(5, "mdm/1", "mdm/1")],
        ("account_id", "broken_reference"): [(4, "edge/1", "A9")],
    }
    assert (state(snapshot, "crm.contracts").rows, state(snapshot, "crm.contracts").status) == (6, "ok")
    assert snapshot.entities["contract"].rows == 4


def test_people_of_the_project_are_users(folder: MakeFolder) -> None:
    made = folder(CATALOG, {"accounts.csv": ACCOUNTS, "contracts.csv": CONTRACTS})
    assert made.rows('SELECT _key, id, name, email, team FROM "user"') == [
        ("kato", "kato", "Kato", "kato@acme.example", None)
    ]


def test_rows_are_numbered_as_a_spreadsheet_does(folder: MakeFolder) -> None:
    accounts = (
        'account_id,name,csm,phone\n\nA1,"Ac\nme",kato,\n\nA2,Beta\nA3,Gamma,kato,x\nA4,Delta,nobody,\n,,,\n'
    )
    made = folder(CATALOG, {"accounts.csv": accounts, "contracts.csv": CONTRACTS})
    found = problems(made.load(), "crm.accounts")
    assert {
        place: [(e.row, e.key, e.cell) for e in problem.examples] for place, problem in found.items()
    } == {
        ("", "bad_row"): [(5, None, "2 cells where the header has 4")],
        ("phone", "unparsed"): [(6, "A3", "***")],
        ("csm", "broken_reference"): [(7, "A4", "nobody")],
    }
    assert [key for (key,) in made.rows("SELECT _key FROM account ORDER BY 1")] == ["A1", "A3", "A4"]


@pytest.mark.parametrize("kind", ["json", "jsonl", "parquet", "xlsx"])
def test_formats(folder: MakeFolder, kind: str) -> None:
    made = folder(CATALOG, {"accounts.csv": ACCOUNTS})
    columns = ("product", "number", "account_id", "renewal_date", "currency", "arr", "seen", "paused")
    cells = [
        ("mdm", 1, "A1", "2026-07-20", "JPY", 120, None, None),
        ("mdm", 2, "A1", "2026-02-30", "USD", 12.5, None, None),
    ]
    rows = [dict(zip(columns, row, strict=True)) for row in cells]
    if kind == "json":
        made.write("contracts.json", b"\xef\xbb\xbf" + json.dumps(rows).encode())
    elif kind == "jsonl":
        made.write("contracts.jsonl", "\n".join(map(json.dumps, rows)))
    elif kind == "parquet":
        made.write("rows.json", json.dumps(rows))
        made.parquet("contracts.parquet", f"SELECT * FROM '{made.root / 'data' / 'rows.json'}'")
        (made.root / "data" / "rows.json").unlink()
    else:
        openpyxl = pytest.importorskip("openpyxl")
        book = openpyxl.Workbook()
        book.active.append(list(rows[0]))
        for row in rows:
            book.active.append(list(row.values()))
        book.save(made.root / "data" / "contracts.xlsx")
    assert made.rows("SELECT _key, renewal_date, arr FROM contract ORDER BY 1") == [
        ("mdm/1", date(2026, 7, 20), Decimal(120)),
        ("mdm/2", None, Decimal("12.5")),
    ]
    problem = problems(made.load(), "crm.contracts")["renewal_date", "unparsed"]
    assert (problem.count, problem.examples[0].key, problem.examples[0].cell) == (1, "mdm/2", "2026-02-30")
    assert problem.examples[0].row == (3 if kind == "xlsx" else 2)


BROKEN: dict[str, tuple[dict[str, str | bytes], str]] = {
    "file gone": ({}, r"no file for the table contracts"),
    "empty file": ({"contracts.csv": ""}, "empty file"),
    "column gone": (
        {"contracts.csv": CONTRACTS.replace("renewal_date", "renewal")},
        "no column 'renewal_date'; did you mean 'renewal'",
    ),
    "no parquet": ({"contracts.parquet": "hello"}, r"contracts\.parquet cannot be read"),
    "no json": ({"contracts.json": "{"}, r"contracts\.json cannot be read"),
}


@pytest.mark.parametrize(("files", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_table_takes_its_entity_alone(
    folder: MakeFolder, files: dict[str, str | bytes], reason: str
) -> None:
    made = folder(CATALOG, {"accounts.csv": ACCOUNTS})
    for file, content in files.items():
        made.write(file, content)
    snapshot = made.load()
    found = state(snapshot, "crm.contracts")
    assert found.status == "broken"
    assert re.search(reason, found.reason), found.reason
    assert sorted(snapshot.entities) == ["account", "user"]
    assert state(snapshot, "crm.accounts").status == "ok"
    assert made.rows("SELECT count(*) FROM contract") == [(0,)]


SEVERAL = """
entities:
  account:
    key: account_id
    from:
      - crm.accounts
      - {table: crm.customers, match: {crm_id: account_id}}
    aliases: crm.merges
    fields:
      account_id: text
      name: {text: true, from: [crm.customers.legal_name, crm.accounts.name]}
      city: {text: true, nullable: true, from: {newest: [crm.accounts.city, crm.customers.city]}}
      balance: {money: JPY, nullable: true, from: [crm.customers.balance]}
  contract:
    key: contract_id
    from: crm.contracts
    belongs_to: {account: account_id}
    many: contracts
    fields: {contract_id: text, account_id: text}
"""
SEVERAL_FILES = {
    "accounts.csv": (
        "account_id,name,city,changed\n"
        "A1,Acme,Tokyo,2026-01-01\nA2,Beta,Osaka,2026-03-01\nA3,Gamma,,2026-01-01\n"
    ),
    "customers.csv": (
        "crm_id,legal_name,city,balance,changed\n"
        "A1,Acme K.K.,Kyoto,100,2026-02-01\nA2,,Nara,200,2026-02-01\n"
        "A1,Acme again,Kobe,1,2026-02-01\nA7,Nobody,Kobe,1,2026-02-01\nA3,Gamma,Sendai,x,2026-01-01\n"
    ),
    "merges.csv": "old,new\nA0,A8\nA8,A1\n",
    "contracts.csv": "contract_id,account_id\nC1,A0\nC2,A2\n",
}
BY_CHANGED = "{crm: {adapter: files, path: data, fresh: {within: 9999d, by: changed}}}"


def test_several_tables_are_one_entity(folder: MakeFolder) -> None:
    made = folder(SEVERAL, SEVERAL_FILES, BY_CHANGED)
    with made.store() as store:
        assert store.execute(
            "SELECT _key, name, city, balance, _src_name, _src_city FROM account ORDER BY 1"
        ) == [
            ("A1", "Acme K.K.", "Kyoto", Decimal(100), 0, 1),
            ("A2", "Beta", "Osaka", Decimal(200), 1, 0),
            ("A3", "Gamma", "Sendai", None, 0, 1),
        ]
        assert store.snapshot.entities["account"].conflicts == 3
        found = problems(store.snapshot, "crm.customers")
    examples = {place: [(e.row, e.key, e.cell) for e in p.examples] for place, p in found.items()}
    assert examples == {
        ("balance", "unparsed"): [(6, "A3", "x")],
        ("crm_id", "unmatched"): [(5, "A7", "A7")],
        ("crm_id", "duplicate_match"): [(4, "A1", "A1")],
    }


def test_aliases_lead_old_keys_to_new_ones(folder: MakeFolder) -> None:
    files = {
        **SEVERAL_FILES,
        "accounts.csv": SEVERAL_FILES["accounts.csv"] + "A0,Old Acme,Tokyo,2026-01-01\n",
    }
    made = folder(SEVERAL, files, BY_CHANGED)
    assert made.rows("SELECT contract_id, account_id FROM contract ORDER BY 1") == [
        ("C1", "A1"),
        ("C2", "A2"),
    ]
    assert made.rows("SELECT count(*), max(name) FILTER (_key = 'A1') FROM account") == [(3, "Acme K.K.")]
    assert ("account_id", "duplicate") not in problems(made.load(), "crm.accounts")


def test_aliases_in_a_circle(folder: MakeFolder) -> None:
    made = folder(SEVERAL, {**SEVERAL_FILES, "merges.csv": "old,new\nA0,A8\nA8,A0\n"}, BY_CHANGED)
    snapshot = made.load()
    assert state(snapshot, "crm.merges").reason.endswith("aliases go in a circle: A0 → A8 → A0")
    assert "account" not in snapshot.entities


def test_a_database_is_a_source(folder: MakeFolder, postgres_url: str) -> None:
    import psycopg

    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        connection.execute(
            b"create table contracts as select 'mdm' as product, i as number, 'A1' as account_id,"
            b" date '2026-07-20' as renewal_date, 'JPY' as currency, 10.5::numeric as arr,"
            b" timestamptz '2026-01-01 09:00+09' as seen, i = 1 as paused from generate_series(1, 3) i"
        )
    sources = f'{{crm: {{adapter: files, path: data}}, db: {{adapter: sql, url: "{postgres_url}"}}}}'
    made = folder(CATALOG.replace("crm.contracts", "db.contracts"), {"accounts.csv": ACCOUNTS}, sources)
    assert made.rows("SELECT _key, renewal_date, arr, seen, paused FROM contract ORDER BY 1")[:2] == [
        ("mdm/1", date(2026, 7, 20), Decimal("10.5"), datetime(2026, 1, 1), True),
        ("mdm/2", date(2026, 7, 20), Decimal("10.5"), datetime(2026, 1, 1), False),
    ]
    assert not problems(made.load(), "db.contracts")


def test_an_adapter_that_is_not_installed() -> None:
    with pytest.raises(SourceError, match="no adapter 'carrier_pigeon'; installed are files, sql"):
        find_adapter("carrier_pigeon")
