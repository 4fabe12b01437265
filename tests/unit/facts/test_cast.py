"""Which cells are values of which types: from text, and from columns that have a type already."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest

from playcall.dsl.types import Kind, Type
from playcall.engine.facts.cast import cast
from playcall.engine.facts.sql import connect

BAD = object()
TOKYO = "Asia/Tokyo"

TEXT: list[tuple[Kind, str, object]] = [
    (Kind.TEXT, " as it is ", " as it is "),
    (Kind.TEXT, "", None),
    (Kind.ENUM, "active", "active"),
    (Kind.ENUM, " active ", "active"),
    (Kind.ENUM, "Active", BAD),
    (Kind.EMAIL, "a@b.example", "a@b.example"),
    (Kind.EMAIL, "a@", BAD),
    (Kind.EMAIL, "a b@c", BAD),
    (Kind.USER, "kato ", "kato"),
    (Kind.INT, "42", 42),
    (Kind.INT, " -7 ", -7),
    (Kind.INT, "42.0", 42),
    (Kind.INT, "42.5", BAD),
    (Kind.INT, "1,000", BAD),
    (Kind.INT, "1_000", BAD),
    (Kind.INT, "1e3", BAD),
    (Kind.INT, "４２", BAD),
    (Kind.INT, "99999999999999999999", BAD),
    (Kind.INT, "  ", None),
    (Kind.NUMBER, "1.5", 1.5),
    (Kind.NUMBER, "-.5", -0.5),
    (Kind.NUMBER, "1e3", 1000.0),
    (Kind.NUMBER, "1e999", BAD),
    (Kind.NUMBER, "nan", BAD),
    (Kind.NUMBER, "1,5", BAD),
    (Kind.MONEY, "1200.50", Decimal("1200.500000")),
    (Kind.MONEY, "¥1200", BAD),
    (Kind.MONEY, "1,200", BAD),
    (Kind.BOOL, "TRUE", True),
    (Kind.BOOL, "yes", True),
    (Kind.BOOL, "1", True),
    (Kind.BOOL, "0", False),
    (Kind.BOOL, "no", False),
    (Kind.BOOL, "y", BAD),
    (Kind.DATE, "2026-07-20", date(2026, 7, 20)),
    (Kind.DATE, "2026/7/2", date(2026, 7, 2)),
    (Kind.DATE, "2026-02-30", BAD),
    (Kind.DATE, "20/07/2026", BAD),
    (Kind.DATE, "20260720", BAD),
    (Kind.DATE, "46223", BAD),
    (Kind.DATE, "2026年7月20日", BAD),
    (Kind.DATE, "2026-07-20 23:30:00", date(2026, 7, 20)),
    (Kind.DATE, "2026-07-20T23:30:00Z", date(2026, 7, 21)),
    (Kind.DATETIME, "2026-07-20 09:00", datetime(2026, 7, 20)),
    (Kind.DATETIME, "2026-07-20T09:00:00Z", datetime(2026, 7, 20, 9)),
    (Kind.DATETIME, "2026-07-20 09:00:00.250+0900", datetime(2026, 7, 20, 0, 0, 0, 250_000)),
    (Kind.DATETIME, "2026/07/20 09:00:00+01", datetime(2026, 7, 20, 8)),
    (Kind.DATETIME, "2026-07-20", datetime(2026, 7, 19, 15)),
    (Kind.DATETIME, "2026-07-20 25:00", BAD),
    (Kind.DATETIME, "yesterday", BAD),
]

TYPED: list[tuple[Kind, str, object]] = [
    (Kind.TEXT, "12::INTEGER", "12"),
    (Kind.TEXT, "12.0::DOUBLE", "12"),
    (Kind.TEXT, "12.5::DOUBLE", "12.5"),
    (Kind.TEXT, "DATE '2026-07-20'", "2026-07-20"),
    (Kind.TEXT, "'nan'::DOUBLE", None),
    (Kind.INT, "12.0::DOUBLE", 12),
    (Kind.INT, "12.5::DOUBLE", BAD),
    (Kind.INT, "1e30::DOUBLE", BAD),
    (Kind.INT, "'nan'::DOUBLE", None),
    (Kind.INT, "7::UTINYINT", 7),
    (Kind.INT, "true", BAD),
    (Kind.NUMBER, "7::INTEGER", 7.0),
    (Kind.NUMBER, "'inf'::DOUBLE", BAD),
    (Kind.MONEY, "12.345::DECIMAL(9, 3)", Decimal("12.345")),
    (Kind.MONEY, "0.1::DOUBLE + 0.2::DOUBLE", Decimal("0.3")),
    (Kind.BOOL, "true", True),
    (Kind.BOOL, "1::INTEGER", True),
    (Kind.BOOL, "2::INTEGER", BAD),
    (Kind.DATE, "DATE '2026-07-20'", date(2026, 7, 20)),
    (Kind.DATE, "DATE '12026-07-20'", BAD),
    (Kind.DATE, "TIMESTAMP '2026-07-20 23:30:00'", date(2026, 7, 20)),
    (Kind.DATE, "TIMESTAMPTZ '2026-07-20 23:30:00+00'", date(2026, 7, 21)),
    (Kind.DATE, "46223::INTEGER", BAD),
    (Kind.DATETIME, "TIMESTAMP '2026-07-20 09:00:00'", datetime(2026, 7, 20)),
    (Kind.DATETIME, "TIMESTAMPTZ '2026-07-20 09:00:00+09'", datetime(2026, 7, 20)),
    (Kind.DATETIME, "DATE '2026-07-20'", datetime(2026, 7, 19, 15)),
    (Kind.DATETIME, "1700000000::BIGINT", BAD),
]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = connect(1)
    yield opened
    opened.close()


def read(connection: duckdb.DuckDBPyConnection, kind: Kind, cell: str) -> object:
    """The value that a SQL literal is read as, or BAD."""
    column_type = str(connection.execute(f"SELECT typeof({cell})").fetchall()[0][0])
    target = Type(kind, values=("active",) if kind is Kind.ENUM else ())
    parsed = cast("c", column_type, target, TOKYO)
    select = f"SELECT {parsed.raw}, {parsed.value} FROM (SELECT {cell} AS c)"
    raw, value = connection.execute(select).fetchall()[0]
    return BAD if value is None and raw is not None else value


@pytest.mark.parametrize(("kind", "cell", "value"), TEXT, ids=[f"{k.value} {cell}" for k, cell, _ in TEXT])
def test_text(connection: duckdb.DuckDBPyConnection, kind: Kind, cell: str, value: object) -> None:
    assert read(connection, kind, f"'{cell}'::VARCHAR") == value
    assert read(connection, kind, f"to_json('{cell}')") == value


@pytest.mark.parametrize(("kind", "cell", "value"), TYPED, ids=[f"{k.value} {cell}" for k, cell, _ in TYPED])
def test_typed(connection: duckdb.DuckDBPyConnection, kind: Kind, cell: str, value: object) -> None:
    assert read(connection, kind, cell) == value
