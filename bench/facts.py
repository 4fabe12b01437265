"""How long a load takes: contracts and tickets from Parquet, accounts from CSV, to a snapshot.

    python bench/facts.py [--scale 1.0] [--threads N]

At scale 1: 1,000,000 contracts of 12 columns, 300,000 accounts, 1,500,000 tickets. The limit is 6 seconds and
2 GiB on two cores.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from playcall.engine.catalog.loader import load_catalog
from playcall.engine.catalog.project import load_project
from playcall.engine.facts.load import load
from playcall.engine.files import Files
from playcall.engine.ports import FixedClock
from playcall.engine.shape import Findings

PROJECT = """
project: bench
timezone: Asia/Tokyo
currency: JPY
sources: {crm: {adapter: files, path: data}}
users: {u0: {name: Nobody, email: u0@vendor.example}}
"""

CATALOG = """
entities:
  account:
    key: account_id
    from: crm.accounts
    fields:
      account_id: text
      parent_id: {text: true, nullable: true}
      name: text
      segment: {enum: [enterprise, mid, smb, longtail]}
      region: text
      timezone: {text: true, nullable: true}
      nps: {int: true, nullable: true}
      since: date
  contract:
    key: contract_id
    from: crm.contracts
    belongs_to: {account: account_id}
    many: contracts
    fields:
      contract_id: text
      account_id: text
      product: text
      status: {enum: [active, cancelled, lapsed, renewed]}
      term_start: date
      renewal_date: date
      auto_renew: bool
      notice_days: {int: true, nullable: true}
      quantity: int
      currency: text
      arr: {money: {by: currency}}
      installed_release: {int: true, nullable: true}
  ticket:
    key: ticket_id
    from: crm.tickets
    belongs_to: {account: account_id}
    many: tickets
    fields:
      ticket_id: int
      account_id: text
      status: {enum: [open, closed]}
      opened_at: datetime
      csat: {int: true, nullable: true}
"""

TABLES = {
    "contracts.parquet": (
        1_000_000,
        """SELECT 'C' || lpad(((i * 7919) % 1000000)::VARCHAR, 7, '0') AS contract_id,
        'A' || lpad((i % 300000)::VARCHAR, 6, '0') AS account_id,
        ['mdm', 'connect', 'edge', 'core'][1 + i % 4] AS product,
        ['active', 'cancelled', 'lapsed', 'renewed'][1 + (i // 7) % 4] AS status,
        DATE '2024-01-01' + (i % 700)::INT AS term_start, DATE '2025-01-01' + (i % 900)::INT AS renewal_date,
        i % 3 = 0 AS auto_renew, CASE WHEN i % 5 < 4 THEN (30 + i % 90)::INT END AS notice_days,
        (1 + i % 500)::INT AS quantity, ['JPY', 'USD'][1 + i % 2] AS currency,
        ((i * 37) % 1000000 / 100)::DECIMAL(18, 2) AS arr,
        CASE WHEN i % 6 > 0 THEN (i % 14)::INT END AS installed_release FROM range({rows}) t(i)""",
    ),
    "accounts.csv": (
        300_000,
        """SELECT 'A' || lpad(i::VARCHAR, 6, '0') AS account_id,
        CASE WHEN i % 10 = 0 THEN 'A' || lpad((i // 10)::VARCHAR, 6, '0') END AS parent_id,
        '株式会社 ' || i AS name, ['enterprise', 'mid', 'smb', 'longtail'][1 + i % 4] AS segment,
        ['east', 'west'][1 + i % 2] AS region, 'Asia/Tokyo' AS timezone,
        CASE WHEN i % 3 = 0 THEN i % 11 END AS nps, DATE '2015-01-01' + (i % 3000)::INT AS since
        FROM range({rows}) t(i)""",
    ),
    "tickets.parquet": (
        1_500_000,
        """SELECT i AS ticket_id, 'A' || lpad(((i * 31) % 300000)::VARCHAR, 6, '0') AS account_id,
        ['open', 'closed'][1 + (i // 3) % 2] AS status,
        TIMESTAMP '2026-01-01' + INTERVAL (i % 100000) MINUTE AS opened_at,
        CASE WHEN i % 4 = 0 THEN (1 + i % 5)::INT END AS csat FROM range({rows}) t(i)""",
    ),
}


def write_project(root: Path, scale: float) -> None:
    """A project with the bench's catalogue and data."""
    (root / "catalog").mkdir()
    (root / "data").mkdir()
    (root / "playcall.yaml").write_text(PROJECT, encoding="utf-8")
    (root / "catalog" / "bench.yaml").write_text(CATALOG, encoding="utf-8")
    with duckdb.connect() as connection:
        for file, (rows, select) in TABLES.items():
            connection.execute(f"COPY ({select.format(rows=int(rows * scale))}) TO '{root / 'data' / file}'")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    clock = FixedClock(datetime.now(UTC))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_project(root, options.scale)
        findings = Findings()
        files = Files(root)
        project = load_project(root, None, findings, files)
        assert project is not None, findings.items
        catalog = load_catalog(project, findings, files)
        assert not findings.items, findings.items
        for attempt in ("first load", "same again"):
            started = time.perf_counter()
            snapshot = load(catalog, project, clock, threads=options.threads)
            seconds = time.perf_counter() - started
            rows = sum(entity.rows for entity in snapshot.entities.values())
            print(f"{attempt}: {rows:,} records in {seconds:.2f} s, snapshot {snapshot.id}")
        size = sum(path.stat().st_size for path in (project.snapshots / "objects").iterdir())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"on disk {size / 2**20:.0f} MiB, peak memory {peak:.2f} GiB")


if __name__ == "__main__":
    main()
