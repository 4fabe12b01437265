"""The adapter `sql`, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from playcall.adapters.sources.sql import SqlSource
from playcall.engine.ports import SourceError


def database(root: Path) -> None:
    connection = sqlite3.connect(root / "support.db")
    with connection:
        connection.execute("create table tickets (id integer primary key, title text, score real)")
        connection.execute("create view opened as select id from tickets where id > 1")
        connection.executemany("insert into tickets values (?, ?, ?)", [(1, "a:b", 0.5), (2, "", None)])
    connection.close()


def source(root: Path, url: str = "sqlite:///support.db", **options: object) -> SqlSource:
    return SqlSource("support", {"url": url, **options}, root)


def rows(found: SqlSource, table: str, scratch: Path) -> list[tuple[object, ...]]:
    return [row for batch in found.open(table, scratch).rows for row in batch]


def test_sqlite_tables_and_views(tmp_path: Path) -> None:
    database(tmp_path)
    found = source(tmp_path)
    assert found.tables() == ["opened", "tickets"]
    assert found.open("tickets", tmp_path).columns == ("id", "title", "score")
    assert rows(found, "tickets", tmp_path) == [(1, "a:b", 0.5), (2, "", None)]


def test_queries_are_tables(tmp_path: Path) -> None:
    database(tmp_path)
    found = source(tmp_path, tables={"t": "select id, title from tickets where title = 'a:b'"})
    assert found.tables() == ["t"]
    assert rows(found, "t", tmp_path) == [(1, "a:b")]


def test_sqlite_is_never_made_nor_changed(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"support\.db does not exist; correct `url`"):
        source(tmp_path)
    assert not (tmp_path / "support.db").exists()
    database(tmp_path)
    with pytest.raises(SourceError, match="readonly database"):
        rows(source(tmp_path, tables={"t": "delete from tickets"}), "t", tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tables": {"t": "select nope from tickets"}}, "no such column: nope"),
        ({"tables": ["t"]}, "`tables` must be a mapping"),
        ({"url": ""}, "`url` is missing"),
        ({"url": "no url, hunter2"}, "is not a database URL"),
        ({"url": "nodriver://host/db"}, "the driver is not installed"),
        ({"query": "select 1"}, "unknown key `query`"),
        ({"tables": {"u": "select 1"}}, "no table t in .*there are u"),
    ],
)
def test_refused(tmp_path: Path, options: dict[str, object], message: str) -> None:
    database(tmp_path)
    with pytest.raises(SourceError, match=message) as caught:
        rows(SqlSource("support", {"url": "sqlite:///support.db", **options}, tmp_path), "t", tmp_path)
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "support.db").write_text("hello, this is not a database, but long enough to be looked at")
    with pytest.raises(SourceError, match="not a database"):
        source(tmp_path).tables()


def test_the_password_is_never_shown(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="needs psycopg")
    found = source(tmp_path, url="postgresql://me:hunter2@127.0.0.1:1/db", tables={"t": "select 1"})
    with pytest.raises(SourceError, match=r"me:\*\*\*@127\.0\.0\.1") as caught:
        rows(found, "t", tmp_path)
    assert "hunter2" not in str(caught.value)


DEALS = """
create table deals (id int, amount numeric(12, 2), signed date, at timestamptz, extra jsonb);
insert into deals
  select i, 10.5, '2026-07-20', '2026-07-20 10:00+09', null from generate_series(1, 50000) i;
update deals set extra = '{"a": [1]}' where id = 40001;
create sequence counter;
"""


@pytest.fixture
def deals(postgres_url: str) -> str:
    """The URL of a database with 50,000 deals."""
    import psycopg

    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        connection.execute(DEALS.encode())
    return postgres_url


def test_postgresql_arrives_in_batches(tmp_path: Path, deals: str) -> None:
    found = source(tmp_path, url=deals)
    assert found.tables() == ["deals"]
    batches = list(found.open("deals", tmp_path).rows)
    assert sum(map(len, batches)) == 50_000
    assert len(batches) > 1
    moment = datetime(2026, 7, 20, 1, tzinfo=UTC)
    assert (1, Decimal("10.50"), date(2026, 7, 20), moment, None) in [
        row for batch in batches for row in batch
    ]


def test_postgresql_queries(tmp_path: Path, deals: str) -> None:
    query = "select extra from deals where id::text = '40001' and 'x' like '%x'"
    assert rows(source(tmp_path, url=deals, tables={"t": query}), "t", tmp_path) == [('{"a": [1]}',)]


def test_dates_that_python_has_none_for_are_cells(tmp_path: Path, postgres_url: str) -> None:
    """One `infinity` in a million rows spoils a cell, not the table."""
    query = (
        "select * from (values (date '2026-07-20', timestamptz '2026-07-20 10:00+09'),"
        " ('infinity', 'infinity'), ('0044-03-15 BC', '-infinity')) t"
    )
    assert rows(source(tmp_path, url=postgres_url, tables={"t": query}), "t", tmp_path) == [
        (date(2026, 7, 20), datetime(2026, 7, 20, 1, tzinfo=UTC)),
        ("infinity", "infinity"),
        ("0044-03-15 BC", "-infinity"),
    ]


def test_postgresql_is_not_changed(tmp_path: Path, deals: str) -> None:
    writing = source(tmp_path, url=deals, tables={"t": "select nextval('counter')"})
    with pytest.raises(SourceError, match="read-only transaction"):
        rows(writing, "t", tmp_path)
