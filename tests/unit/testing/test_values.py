"""Values of a test's records: what they are read as is what a load of the same values gives."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from playcall.dsl.types import Money
from playcall.engine.document import File, read_document
from playcall.engine.facts.load import load as load_facts
from playcall.engine.facts.model import Snapshot
from playcall.engine.facts.store import FactStore, open_facts
from playcall.engine.playbook.loader import Loaded, load
from playcall.engine.ports import FixedClock
from playcall.engine.shape import Findings
from playcall.engine.testing.records import RecordReader
from playcall.engine.testing.values import completed, read_key

PROJECT = """\
project: values
timezone: Asia/Tokyo
currency: JPY
sources: {crm: {adapter: files, path: data}}
"""
CATALOG = """\
entities:
  thing:
    key: [kind, number]
    from: crm.things
    fields:
      kind: text
      number: int
      name: text
      note: {text: true, nullable: true}
      state: {enum: [new, old]}
      good: bool
      count: int
      share: number
      since: date
      seen: datetime
      mail: email
      owner: user
      home: url
      fixed: {money: USD}
      price: {money: {by: currency}}
      currency: text
      rest: {int: true, nullable: true}
"""
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    (tmp_path / "catalog").mkdir()
    (tmp_path / "playcall.yaml").write_text(PROJECT)
    (tmp_path / "catalog" / "all.yaml").write_text(CATALOG)
    found = load(tmp_path)
    assert found.errors == ()
    return found


def read(loaded: Loaded, fields: str) -> tuple[dict[str, object], list[tuple[str, str]]]:
    """The record `a/1` with these fields (YAML), completed; and what is wrong with them."""
    assert loaded.catalog is not None and loaded.project is not None
    findings = Findings()
    node = read_document(File("t.yaml", f"thing: {{a/1: {{{fields}}}}}"), findings.items)
    assert node is not None
    records = RecordReader(loaded.catalog, loaded.project.settings, findings).records(node)
    given = records.get(("thing", "a/1")) or {}
    values = completed(loaded.catalog.entities["thing"].type, "a/1", given, "JPY")
    return dict(values), [(one.code, one.message) for one in findings.items]


GIVEN = {
    "name": ("Acme, Inc.", "Acme, Inc."),
    "note": ("“quoted”", "“quoted”"),
    "state": ("old", "old"),
    "good": ("true", True),
    "count": ("-12", -12),
    "share": ("0.25", 0.25),
    "since": ("2026-03-01", date(2026, 3, 1)),
    "seen": ("2026-03-01T09:30:00", datetime(2026, 3, 1, 0, 30, tzinfo=UTC)),
    "mail": ("a@b.test", "a@b.test"),
    "owner": ("kato", "kato"),
    "home": ("https://b.test/x", "https://b.test/x"),
    "fixed": ("12.50", Money(Decimal("12.50"), "USD")),
    "price": ("1200", Money(Decimal(1200), "EUR")),
    "currency": ("EUR", "EUR"),
    "rest": ("7", 7),
}


def test_values_are_those_of_a_load(loaded: Loaded) -> None:
    project, catalog, _ = loaded.checked()
    fields = ", ".join(
        f'{name}: "{text}"' if name in ("name", "home") else f"{name}: {text}"
        for name, (text, _) in GIVEN.items()
    )
    values, wrong = read(loaded, fields)
    assert wrong == []
    data = project.root / "data"
    data.mkdir()
    with (data / "things.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["kind", "number", *GIVEN])
        writer.writerow(["a", 1, *(text for text, _ in GIVEN.values())])
    snapshot = load_facts(catalog, project, FixedClock(NOW))
    with open_facts(snapshot, catalog) as real, FactStore(Snapshot("t", NOW, NOW, {}, ()), catalog) as store:
        store.put("thing", [values])  # type: ignore[list-item]
        expected = real.record("thing", "a/1")
        assert expected is not None
        assert dict(store.record("thing", "a/1") or {}) == dict(expected)
        columns = ", ".join(f'"{name}"' for name in values)
        assert store.execute(f"SELECT {columns} FROM thing") == real.execute(f"SELECT {columns} FROM thing")
    assert {name: values[name] for name in GIVEN} == {name: value for name, (_, value) in GIVEN.items()}


def test_what_is_not_given_has_a_default_of_its_type(loaded: Loaded) -> None:
    values, wrong = read(loaded, "")
    assert wrong == []
    assert values == {
        "_key": "a/1",
        "kind": "a",
        "number": 1,
        "name": "",
        "note": None,
        "state": "new",
        "good": False,
        "count": 0,
        "share": 0.0,
        "since": date(2000, 1, 1),
        "seen": datetime(2000, 1, 1, tzinfo=UTC),
        "mail": "",
        "owner": "",
        "home": "",
        "fixed": Money(Decimal(0), "USD"),
        "price": Money(Decimal(0), "JPY"),
        "currency": "JPY",
        "rest": None,
    }


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ("name: missing", "name", None),
        ('name: "missing"', "name", "missing"),
        ("count: null", "count", None),
        ("price: 12 EUR", "price", Money(Decimal(12), "EUR")),
        ("price: 12 EUR", "currency", "EUR"),
        ("price: 12, currency: USD", "price", Money(Decimal(12), "USD")),
        ("price: 12, currency: missing", "price", None),
        ('seen: "2026-03-01T09:30:00Z"', "seen", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
    ],
)
def test_one_value(loaded: Loaded, fields: str, name: str, value: object) -> None:
    values, wrong = read(loaded, fields)
    assert (values[name], wrong) == (value, [])


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ("count: 1.5", "E104", "something else to YAML"),
        ("count: 012", "E104", "something else to YAML"),
        ("good: yes", "E104", "YAML reads `yes` as true"),
        ("since: 2026-02-30", "E107", "there is no day 2026-02-30"),
        ("since: tomorrow", "E107", "a date such as 2026-03-01"),
        ("seen: noon", "E107", "a moment such as 2026-03-01T09:30"),
        ("mail: nobody", "E107", "is an e-mail address"),
        ("fixed: 12 JPY", "E207", "`fixed` is in USD, not in JPY"),
        ("fixed: 12 XXQ", "E107", "`XXQ` is not a currency"),
        ("price: 12 EUR, currency: USD", "E207", "`currency` is USD"),
        ("price: 1.2345678", "E107", "an amount such as 12000"),
        ("state: NEW", "E206", "`NEW` is not a value of `state`"),
        ("kind: b", "E107", "is part of the key"),
        ("colour: red", "E203", "thing has no field `colour`"),
    ],
)
def test_wrong_values(loaded: Loaded, fields: str, code: str, message: str) -> None:
    _, wrong = read(loaded, fields)
    assert [one for one, _ in wrong] == [code]
    assert message in wrong[0][1]


@pytest.mark.parametrize(
    ("text", "key"),
    [("a/1", {"kind": "a", "number": 1}), ("a", None), ("a/b", None), ("a/1/2", None), ("a/", None)],
)
def test_keys_of_several_fields(loaded: Loaded, text: str, key: object) -> None:
    assert loaded.catalog is not None
    assert read_key(text, loaded.catalog.entities["thing"].type) == key
