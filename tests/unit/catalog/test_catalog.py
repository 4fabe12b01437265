"""The catalogue: relations both ways, built-in entities, derived fields in any order, scores."""

from pathlib import Path

import pytest

from playcall.dsl.diagnostics import Diagnostic
from playcall.dsl.types import Kind, ToMany, ToOne
from playcall.engine.catalog.loader import load_catalog
from playcall.engine.catalog.model import Catalog
from playcall.engine.catalog.project import load_project
from playcall.engine.files import Files
from playcall.engine.shape import Findings

PROJECT = "project: example\nsources: {crm: {adapter: files, path: a}, fin: {adapter: files, path: b}}\n"
ENTITIES = """
entities:
  account:
    key: account_id
    from:
      - crm.accounts
      - {table: fin.customers, match: {crm_id: account_id}}
    aliases: crm.merges
    belongs_to: {parent: {entity: account, by: parent_id, many: children}}
    fields:
      account_id: text
      parent_id: {text: true, nullable: true}
      name: {text: true, from: [fin.legal_name, crm.name]}
      phone: {text: true, nullable: true, from: {newest: [crm.phone, fin.phone]}, sensitive: true}
      nps: {int: true, nullable: true, describe: "latest answer", unit: points}
      csm: user
    derive:
      at_risk: health.band == "red" or worst
      worst: open_orders > 5
      open_orders: count(contracts where region_size > 1)
  contract:
    key: [number, part]
    from: crm.contracts
    belongs_to: {account: account_id}
    many: contracts
    cycle: {by: starts, tolerance: 2w}
    fields:
      number: text
      part: int
      account_id: text
      starts: date
      price: {money: {by: currency}}
      currency: text
    derive: {region_size: count(account.contracts)}
  order:
    key: id
    from: crm.orders
    belongs_to: {contract: [number, part]}
    many: orders
    fields: {id: text, number: text, part: int}
  release: {key: number, from: crm.releases, many: releases, fields: {number: int}}
  contact:
    key: email
    from: crm.contacts
    belongs_to: {account: account_id}
    fields: {email: email, account_id: text}
scores:
  health:
    on: account
    parts:
      nps: {weight: 30, value: nps * 10}
      size: {weight: 10, value: count(contracts)}
    bands: {green: ">= 70", red: "< 70"}
"""


def _load(root: Path, text: str) -> tuple[Catalog, list[Diagnostic]]:
    (root / "catalog").mkdir(exist_ok=True)
    (root / "playcall.yaml").write_text(PROJECT, "utf-8")
    (root / "catalog" / "all.yaml").write_text(text, "utf-8")
    findings = Findings()
    project = load_project(root, None, findings, Files(root))
    assert project is not None
    return load_catalog(project, findings, Files(root)), findings.items


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    read, found = _load(tmp_path, ENTITIES)
    assert found == []
    return read


def test_relations_go_both_ways(catalog: Catalog) -> None:
    account, contract, order = (catalog.entities[name].type for name in ("account", "contract", "order"))
    assert contract.to_one["account"] == ToOne("account", "account", ("account_id",))
    assert account.to_many["contracts"] == ToMany("contracts", "contract", (("account_id", "account_id"),))
    assert account.to_one["parent"] == ToOne("parent", "account", ("parent_id",))
    assert account.to_many["children"].match == (("account_id", "parent_id"),)
    assert order.to_one["contract"].by == ("number", "part")
    assert contract.to_many["orders"].match == (("number", "number"), ("part", "part"))
    assert set(catalog.schema.relations) == {"users", "releases"}


def test_the_ledger_and_people_are_built_in(catalog: Catalog) -> None:
    types = {name: entity.type for name, entity in catalog.entities.items()}
    assert types["contract"].to_many["touches"].match == (("_key", "record"),)
    assert types["contract"].to_many["touches"].fixed == (("entity", "contract"),)
    assert types["account"].to_many["tasks"].match == (("_key", "account"),)
    assert types["contact"].to_many["touches"].match == (("_key", "to"),)
    assert types["user"].to_many["tasks"].match == (("_key", "assignee"),)
    assert types["account"].to_one["csm"] == ToOne("csm", "user", ("csm",))
    assert types["user"].fields["open_tasks"].derived
    assert types["task"].fields["state"].type.values[0] == "open"


def test_fields_know_their_columns(catalog: Catalog) -> None:
    account = catalog.entities["account"]
    assert [table.name for table in account.tables] == ["crm.accounts", "fin.customers"]
    assert account.tables[1].match == (("crm_id", "account_id"),)
    assert account.fields["name"].columns == ((1, "legal_name"), (0, "name"))
    assert account.fields["phone"].newest
    assert account.type.fields["phone"].sensitive
    assert account.type.fields["nps"].unit == "points"
    assert account.aliases is not None
    assert catalog.entities["contract"].fields["price"].currency_by == "currency"


def test_derived_fields_may_stand_in_any_order(catalog: Catalog) -> None:
    fields = catalog.entities["account"].type.fields
    assert fields["at_risk"].type.kind is Kind.BOOL
    assert fields["open_orders"].type.kind is Kind.INT
    assert not fields["worst"].type.nullable
    assert ("account", "at_risk") in catalog.derived()


def test_a_cycle_has_a_tolerance(catalog: Catalog) -> None:
    cycle = catalog.entities["contract"].cycle
    assert cycle is not None
    assert (cycle.checked.source.text, cycle.tolerance_days) == ("starts", 14)


def test_a_score_is_a_number_and_a_band(catalog: Catalog) -> None:
    fields = catalog.entities["account"].type.fields
    assert (fields["health"].type.kind, fields["health"].type.nullable) == (Kind.NUMBER, True)
    assert fields["health.band"].type.values == ("green", "red")
    score = catalog.scores["health"]
    assert {name: weight for name, (weight, _) in score.parts.items()} == {"nps": 30.0, "size": 10.0}
    text = catalog.entities["account"].derived["health"].checked.source.text
    assert text == (
        "(default(health.nps * 30, 0) + health.size * 10) / ((30 if health.nps is not missing else 0) + 10)"
    )


def test_mistakes_of_all_files_are_found_in_one_pass(tmp_path: Path) -> None:
    _, found = _load(tmp_path, ENTITIES.replace("crm.orders", "crn.orders").replace("nps * 10", "npz * 10"))
    assert sorted(one.code for one in found) == ["E203", "E502"]


_ONE = "entities:\n  account:\n    key: id\n    from: crm.accounts\n    fields:\n      id: text\n"
REFUSED = {
    "a field that differs in case": (_ONE + "      Id: text\n", ["E501 7:7"]),
    "a derived field that differs in case": (_ONE + "    derive:\n      ID: 1\n", ["E501 8:7"]),
    "an entity in capitals": (_ONE + "  Account: {key: i, from: crm.a, fields: {i: text}}\n", ["E501 7:3"]),
    "a built-in one": (_ONE + "  Touch: {key: i, from: crm.a, fields: {i: text}}\n", ["E501 7:3"]),
    "a field of the engine's": (_ONE + "      _key: text\n", ["E107 7:7"]),
    "a currency's column": (_ONE + "      arr__currency: text\n", ["E107 7:7"]),
    "an enum of nothing": (_ONE + "      state: {enum: []}\n", ["E107 7:15"]),
    "a currency that is none": (_ONE + "      arr: {money: ZZZ}\n", ["E107 7:13"]),
    "a key of money": (_ONE.replace("id: text", "id: {money: JPY}"), ["E107 3:10"]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_no_engine_could_keep_is_refused_in_its_place(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    _, found = _load(tmp_path, text)
    assert [f"{one.code} {one.location.line}:{one.location.column}" for one in found] == expected
