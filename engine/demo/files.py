"""The demo company's tables as the files that three systems would hand over.

CRM: CSV exports (one with a byte-order mark and line breaks inside cells, one in CP932, one with empty
lines). Finance: Parquet. Support: an SQLite database.
"""

from __future__ import annotations

import csv
import io
import sqlite3
import tempfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from .tables import Row, Tables

_PARQUET_TYPES = {
    "customer_no": "BIGINT",
    "term_start": "DATE",
    "renewal_date": "DATE",
    "auto_renew": "BOOLEAN",
    "notice_days": "INTEGER",
    "quantity": "INTEGER",
    "arr": "DECIMAL(18, 2)",
    "amount": "DECIMAL(18, 2)",
    "issued_on": "DATE",
    "due_on": "DATE",
    "paid_on": "DATE",
}  # every other column is text
_SQLITE_TYPES = {
    "ticket_id": "integer primary key",
    "csat": "integer",
    "devices": "integer",
    "installed_release": "integer",
}
_AS_TEXT = (date, Decimal)  # of what SQLite has no type for


def write(tables: Tables, directory: Path) -> None:
    """Write ``crm/``, ``finance/`` and ``support.db`` under ``directory``, over what stands there."""
    crm, finance = directory / "crm", directory / "finance"
    crm.mkdir(parents=True, exist_ok=True)
    finance.mkdir(exist_ok=True)
    (crm / "accounts.csv").write_bytes(_csv(tables.accounts).encode("utf-8-sig"))
    (crm / "contacts.csv").write_bytes(_csv(tables.contacts).encode("cp932"))
    (crm / "releases.csv").write_bytes(_with_empty_lines(_csv(tables.releases)).encode("utf-8"))
    for name in ("customers", "contracts", "invoices"):
        _write_parquet(getattr(tables, name), finance / f"{name}.parquet")
    write_daily(tables, directory)


def write_daily(tables: Tables, directory: Path) -> None:
    """Write what changes from day to day: the renewals in the CRM, and the support database."""
    (directory / "crm" / "renewals.csv").write_bytes(_csv(tables.renewals).encode("utf-8"))
    _write_sqlite(tables, directory / "support.db")


def _text(value: object) -> str:
    """A cell as a spreadsheet program exports it: empty where nothing stands."""
    if value is None:
        return ""
    return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)


def _csv(rows: list[Row]) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(rows[0])
    writer.writerows([_text(value) for value in row.values()] for row in rows)
    return buffer.getvalue()


def _with_empty_lines(text: str) -> str:
    """An empty line after every tenth row and two at the end, as hand-kept files have."""
    lines = text.splitlines(keepends=True)
    spaced = (line + "\r\n" * (number % 10 == 0) for number, line in enumerate(lines, start=1))
    return "".join(spaced) + "\r\n\r\n"


def _write_parquet(rows: list[Row], path: Path) -> None:
    import duckdb  # takes 0.2 s; only who writes a demo needs it

    columns = {name: _PARQUET_TYPES.get(name, "VARCHAR") for name in rows[0]}
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        cells = Path(folder) / "cells.csv"
        cells.write_text(_csv(rows), encoding="utf-8", newline="")
        # One thread, so that the same rows give the same bytes.
        connection.execute("set threads = 1")
        relation = connection.read_csv(str(cells), header=True, dtype=columns)
        relation.write_parquet(str(path), compression="zstd", overwrite=True)


def _write_sqlite(tables: Tables, path: Path) -> None:
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    try:
        with connection:
            for name in ("tickets", "users", "installations"):
                rows: list[Row] = getattr(tables, name)
                columns = ", ".join(f"{column} {_SQLITE_TYPES.get(column, 'text')}" for column in rows[0])
                connection.execute(f"create table {name} ({columns})")
                marks = ", ".join("?" * len(rows[0]))
                connection.executemany(
                    f"insert into {name} values ({marks})",
                    ([_sqlite_value(value) for value in row.values()] for row in rows),
                )
    finally:
        connection.close()


def _sqlite_value(value: object) -> object:
    return _text(value) if isinstance(value, _AS_TEXT) else value
