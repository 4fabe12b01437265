"""The shape of the SQL: what is computed once, joined once, and asked of which table."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
from sqlglot import exp

from lawkit.conformance import load_suite
from lawkit.database import executor, load
from playcall.dsl.compiler import CompileWorld, compile_select, needs_calendar
from playcall.dsl.diagnostics import PlaycallError
from playcall.dsl.dialects import check_dialect
from playcall.dsl.typed import Typed

SUITE = load_suite("logic")
DERIVED = {place: checked.tree for place, checked in SUITE.derived.items()}
WORLD = CompileWorld(SUITE.schema, SUITE.settings, DERIVED, SUITE.now)


def tree(text: str, entity: str = "account") -> Typed:
    checked, found = SUITE.check(text, entity)
    assert checked is not None, found
    return checked.tree


def select(*texts: str, entity: str = "account", **more: object) -> exp.Select:
    outputs = {f"x{i}": tree(text, entity) for i, text in enumerate(texts)}
    return compile_select(entity, outputs, WORLD, **more)  # type: ignore[arg-type]


def sql(*texts: str, entity: str = "account") -> str:
    return select(*texts, entity=entity).sql(dialect="duckdb")


def test_one_join_a_step_however_often_it_is_taken() -> None:
    assert sql("parent.nps > 1", 'parent.name == "a"', "parent.parent.nps").count("JOIN") == 2


def test_aggregates_of_one_relation_share_one_group() -> None:
    text = sql("count(orders)", "count(orders where units > 3)", "sum(orders.units where units > 3)")
    assert text.count("GROUP BY") == 1
    assert text.count("JOIN") == 1


def test_the_same_aggregate_is_one_column() -> None:
    assert sql("count(orders) > 1", "count(orders) < 5").count("COUNT(*)") == 1


def test_an_aggregate_that_reads_the_outer_record_is_lateral() -> None:
    assert "LATERAL" in sql("count(orders where units > outer.nps)")


def test_a_derived_field_is_computed_once_and_only_where_needed() -> None:
    text = sql("order_count > 1", "order_count < 5", "parent.order_count")
    assert text.count("COUNT(*)") == 1
    assert "late" not in text


def test_constants_are_folded_by_the_reference() -> None:
    assert "CAST('2026-02-28' AS DATE)" in sql("since > date(2026, 1, 31) + 1mo")


def test_integer_overflow_is_guarded_only_where_it_can_happen() -> None:
    assert "TRY(" not in sql("days_until(since) - 5 == 3", "count(orders) + 1")
    assert "TRY(" in sql("nps + 1")


def test_money_gives_two_columns() -> None:
    names = [column.alias for column in select("budget", "fee").expressions]
    assert names == ["_key", "x0", "x0__currency", "x1", "x1__currency"]


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    load(executor(connection), SUITE.schema, SUITE.tables)
    return connection


def test_where_keeps_what_is_true(connection: duckdb.DuckDBPyConnection) -> None:
    query = select("order_count", where=tree("nps > 0")).sql(dialect="duckdb")
    assert connection.execute(query).fetchall() == [("full", 3)]


@pytest.mark.parametrize("text", ["nps", "order_count", "parent.order_count"])
def test_only_the_keys_of_a_table(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    connection.execute("create table wanted as select 'full' as _key from range(2)")
    rows = connection.execute(select(text, only="wanted").sql(dialect="duckdb")).fetchall()
    assert [key for key, _ in rows] == ["full"]


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("business_days_until(since) > 3", True),
        ("since + 5bd", True),
        ("since + 5d", False),
        ("late > 1", False),
    ],
)
def test_needs_calendar(text: str, needed: bool) -> None:
    assert needs_calendar([tree(text)], DERIVED) is needed


def test_an_engine_refuses_by_name_what_it_cannot_keep() -> None:
    assert check_dialect(tree('name matches "^a.*b"'), "duckdb") == ()
    assert check_dialect(tree('name matches "^[ab]+x?$"'), "postgres") == ()
    (sentence,) = check_dialect(tree('name matches "a.b"'), "postgres")
    assert "postgres has no RE2" in sentence
    with pytest.raises(PlaycallError, match="no engine `oracle`"):
        check_dialect(tree("nps > 1"), "oracle")


def test_fifty_conditions_are_written_quickly() -> None:
    from time import process_time

    texts = [
        f"nps == {i} and active and days_until(since) - nps in [{i}, 90] or parent.nps > {i}"
        for i in range(50)
    ]
    trees = {f"p{i}": tree(text) for i, text in enumerate(texts)}
    start = process_time()
    compile_select("account", trees, WORLD).sql(dialect="duckdb", copy=False)
    assert process_time() - start < 0.5  # 0.02 to 0.04 s; the rest is for slow machines


def test_today_is_the_project_s_date() -> None:
    assert WORLD.today == date(2026, 3, 31)
