"""The demo company: deterministic, of the promised size, believable, and dirty only a little."""

from __future__ import annotations

import csv
import hashlib
import io
import sqlite3
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from playcall.engine.demo.contracts import add_months
from playcall.engine.demo.generate import build, generate
from playcall.engine.demo.tables import Row, Tables

ANCHOR = date(2026, 11, 22)


@pytest.fixture(scope="module")
def tables() -> Tables:
    return build(ANCHOR, accounts=2000, contracts=3000, seed=1)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "data"
    generate(folder, ANCHOR, accounts=300, contracts=400)
    return folder


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_arguments_give_the_same_bytes(data: Path, tmp_path: Path) -> None:
    generate(tmp_path, ANCHOR, accounts=300, contracts=400)
    assert digests(tmp_path) == digests(data)


def test_writing_again_replaces_what_was_there(tmp_path: Path) -> None:
    generate(tmp_path, ANCHOR, accounts=30, contracts=40, seed=1)
    generate(tmp_path, ANCHOR, accounts=30, contracts=40, seed=2)
    with sqlite3.connect(tmp_path / "support.db") as connection:
        assert connection.execute("select count(*) from tickets").fetchone() == (80,)
    connection.close()


def test_sizes(tables: Tables) -> None:
    assert len({row["account_id"] for row in tables.accounts}) == 2000
    assert len({row["contract_id"] for row in tables.contracts}) == 3000
    assert {row["product"] for row in tables.contracts} - {None} == {"Kite", "Lantern", "Harbor", "Compass"}
    assert len(tables.contacts) > 4000
    assert len(tables.tickets) == 6000
    assert len(tables.invoices) > 3000


@pytest.mark.parametrize("anchor", [ANCHOR, date(2024, 2, 29), date(2027, 3, 31), date(2026, 4, 1)])
def test_some_contracts_pass_140_days_on_each_day_of_the_fortnight(anchor: date) -> None:
    contracts = build(anchor, 2000, 3000, seed=1).contracts
    asked = Counter(
        row["renewal_date"] for row in contracts if row["status"] == "active" and row["auto_renew"] is False
    )
    days = [anchor - timedelta(days=back) + timedelta(days=140) for back in range(14)]
    assert all(asked[day] >= 3 for day in days)


def test_renewals_cluster_at_the_end_of_the_fiscal_year(tables: Tables) -> None:
    per_day = Counter(row["renewal_date"] for row in tables.contracts)
    assert per_day.most_common(1)[0][0] == date(2027, 3, 31)
    assert per_day[date(2027, 3, 31)] > 300


def test_no_name_leads_outside(tables: Tables) -> None:
    people = [*tables.contacts, *tables.users]
    domains = {str(row["email"]).rpartition("@")[2] for row in people}
    assert all(domain == "" or domain.endswith(".example") for domain in domains)


def test_parents_have_no_parents(tables: Tables) -> None:
    known = {row["account_id"] for row in tables.accounts}
    child = {row["account_id"]: row["parent_id"] for row in tables.accounts if row["parent_id"] in known}
    assert len(child) > 100
    assert not set(child.values()) & set(child)


def repeated(rows: list[Row], key: str) -> int:
    return len(rows) - len({row[key] for row in rows})


@pytest.mark.parametrize(
    ("table", "spoiled"),
    [
        ("accounts", lambda t: repeated(t.accounts, "account_id")),
        ("accounts", lambda t: sum(row["csm"] is None for row in t.accounts)),
        ("accounts", lambda t: sum(isinstance(row["customer_since"], str) for row in t.accounts)),
        ("contacts", lambda t: repeated(t.contacts, "email")),
        ("contracts", lambda t: sum(row["account_id"] == "A77777" for row in t.contracts)),
        ("contracts", lambda t: sum(row["product"] is None for row in t.contracts)),
        ("tickets", lambda t: sum(isinstance(row["opened_at"], str) for row in t.tickets)),
    ],
)
def test_dirt_is_there_and_little(tables: Tables, table: str, spoiled: object) -> None:
    assert callable(spoiled)
    count = spoiled(tables)
    assert 0 < count < len(getattr(tables, table)) / 100


def test_sales_and_finance_disagree_on_a_few_names(tables: Tables) -> None:
    sales = {row["account_id"]: row["name"] for row in tables.accounts}
    disagreeing = sum(row["legal_name"] != sales[row["crm_id"]] for row in tables.customers)
    assert 0 < disagreeing < 20


def test_crm_files_are_as_people_export_them(data: Path) -> None:
    accounts = (data / "crm/accounts.csv").read_bytes()
    assert accounts.startswith(b"\xef\xbb\xbf")
    rows = csv.DictReader(io.StringIO(accounts.decode("utf-8-sig"), newline=""))
    assert any("\n" in row["note"] for row in rows)
    contacts = (data / "crm/contacts.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        contacts.decode("utf-8")
    assert len(list(csv.DictReader(io.StringIO(contacts.decode("cp932"))))) > 300
    assert b"\r\n\r\n" in (data / "crm/releases.csv").read_bytes()


def test_finance_files_are_typed(data: Path) -> None:
    described = duckdb.read_parquet(str(data / "finance/contracts.parquet"))
    types = dict(zip(described.columns, map(str, described.types), strict=True))
    assert types["renewal_date"] == "DATE"
    assert types["arr"] == "DECIMAL(18,2)"
    assert types["auto_renew"] == "BOOLEAN"


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), -12, date(2023, 2, 28)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
    ],
)
def test_add_months_clamps(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected
