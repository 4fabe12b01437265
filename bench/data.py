"""A believable company for the benchmarks: contracts, accounts, tickets and contacts, and 50 plays
over them.

At scale 1: 1,000,000 contracts and 1,500,000 tickets in Parquet, 300,000 accounts and as many
contacts in CSV. Everything is computed from the row's number, so that two runs see the same
company.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
from conditions import GROUPS, Trigger, plays

TODAY = date(2026, 3, 2)
AS_OF = f"{TODAY}T08:00"

PROJECT = """\
project: bench
timezone: Asia/Tokyo
locale: en
currency: JPY
ledger: sqlite:///ledger.db
snapshots: snapshots
sources: {crm: {adapter: files, path: data}}
channels: {email: {adapter: maildir, path: mail}}
limits: {per_play: 10000000}
users:
"""

CATALOG = """\
entities:
  account:
    key: account_id
    from: crm.accounts
    fields:
      account_id: text
      name: text
      segment: {enum: [enterprise, mid, smb, longtail]}
      region: text
      csm: user
      locale: {text: true, nullable: true}
      timezone: {text: true, nullable: true}
      nps: {int: true, nullable: true}
    derive:
      open_tickets: count(tickets where status == "open")
  contract:
    key: contract_id
    from: crm.contracts
    belongs_to: {account: account_id}
    many: contracts
    cycle: term_start
    fields:
      contract_id: text
      account_id: text
      product: text
      edition: text
      status: {enum: [active, cancelled, lapsed, renewed]}
      term_start: date
      renewal_date: date
      auto_renew: bool
      notice_days: {int: true, nullable: true}
      quantity: int
      devices: {int: true, nullable: true}
      arr: {money: JPY}
      installed_release: {int: true, nullable: true}
      intent: {enum: ["yes", "no", undecided], nullable: true}
    derive:
      days_to_renewal: days_until(renewal_date)
      days_to_notice: days_until(renewal_date) - notice_days
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
  contact:
    key: email
    from: crm.contacts
    belongs_to: {account: account_id}
    many: contacts
    fields:
      email: email
      account_id: text
      name: text
      role: text
      locale: {text: true, nullable: true}
recipients:
  decision_maker: {of: contacts, where: role == "decision_maker", take: 1}
  csm: {user: account.csm}
"""

TEMPLATE = """\
---
subject: "Your {{ contract.product }} contract ends on {{ contract.renewal_date }}"
---
Dear {{ recipient.name }},

your contract {{ contract.contract_id }} for {{ contract.quantity }} seats of **{{ contract.product }}** at
{{ account.name }} ends on {{ contract.renewal_date }}. Please tell us how you see it.

{{ sender.name }}
"""

CSMS = 40

TABLES = {
    "contracts.parquet": (
        1_000_000,
        """SELECT 'C' || lpad(i::VARCHAR, 7, '0') AS contract_id,
        'A' || lpad((hash(i, 1) % {accounts})::VARCHAR, 6, '0') AS account_id,
        ['mdm', 'connect', 'edge', 'core', 'vault', 'desk', 'print', 'sign', 'flow', 'scan']
          [1 + (hash(i, 2) % 10)::INT] AS product,
        ['standard', 'plus', 'premium, on premise', 'legacy perpetual', 'standard, on premise']
          [1 + (hash(i, 3) % 5)::INT] AS edition,
        ['active', 'active', 'active', 'cancelled', 'lapsed', 'renewed'][1 + (hash(i, 4) % 6)::INT] AS status,
        renewal_date - 365 AS term_start, renewal_date, hash(i, 6) % 2 = 0 AS auto_renew,
        CASE WHEN hash(i, 7) % 3 > 0 THEN 30 * (1 + hash(i, 8) % 3)::INT END AS notice_days,
        (1 + hash(i, 9) % 500)::INT AS quantity,
        CASE WHEN hash(i, 10) % 3 > 0 THEN (hash(i, 11) % 620)::INT END AS devices,
        (1000 * (1 + hash(i, 12) % 20000))::DECIMAL(18, 2) AS arr,
        CASE WHEN hash(i, 13) % 6 > 0 THEN
          CASE WHEN hash(i, 14) % 400 = 0 THEN 0 ELSE 1 + hash(i, 15) % 14 END::INT END AS installed_release,
        ['yes', 'no', 'undecided', NULL, NULL, NULL][1 + (hash(i, 16) % 6)::INT] AS intent
        FROM (
            SELECT i, DATE '2025-09-01' + (hash(i, 5) % 730)::INT AS renewal_date FROM range({rows}) t(i)
        )""",
    ),
    "accounts.csv": (
        300_000,
        """SELECT 'A' || lpad(i::VARCHAR, 6, '0') AS account_id, '株式会社 ' || i AS name,
        ['enterprise', 'mid', 'smb', 'longtail'][1 + (hash(i, 20) % 4)::INT] AS segment,
        ['east', 'west', 'north', 'south'][1 + (hash(i, 21) % 4)::INT] AS region,
        'u' || (hash(i, 22) % {csms}) AS csm, CASE WHEN hash(i, 23) % 2 = 0 THEN 'ja' END AS locale,
        'Asia/Tokyo' AS timezone, CASE WHEN hash(i, 24) % 4 > 0 THEN hash(i, 25) % 11 END AS nps
        FROM range({rows}) t(i)""",
    ),
    "contacts.csv": (
        300_000,
        """SELECT 'person' || i || '@customer.example' AS email,
        'A' || lpad(i::VARCHAR, 6, '0') AS account_id,
        '担当 ' || i AS name, ['decision_maker', 'decision_maker', 'admin'][1 + (i % 3)::INT] AS role,
        NULL AS locale FROM range({rows}) t(i)""",
    ),
    "tickets.parquet": (
        1_500_000,
        """SELECT i AS ticket_id, 'A' || lpad((hash(i, 30) % {accounts})::VARCHAR, 6, '0') AS account_id,
        ['open', 'closed', 'closed'][1 + (hash(i, 31) % 3)::INT] AS status,
        TIMESTAMP '2026-01-01' + INTERVAL (i % 80000) MINUTE AS opened_at,
        CASE WHEN hash(i, 32) % 4 = 0 THEN (1 + hash(i, 33) % 5)::INT END AS csat FROM range({rows}) t(i)""",
    ),
}

EMAIL = """\
    unless: intent is "no"
    do:
      - email: renewal
        to: decision_maker
        from: csm
"""

TASK = """\
    do:
      - task: "{{ account.name }}: look after {{ contract.product }} ({{ contract.contract_id }})"
        assign: csm
        priority: '"high" if account.segment == "enterprise" else "normal"'
        due: 3bd
        checklist: ["Call the sponsor", "Note what was agreed"]
        rank: quantity
"""


def write_project(root: Path, scale: float, behind: int) -> None:
    """A project with its data; ``behind``: releases below this are out of date (1: few, 8: about half)."""
    write_files(root, behind)
    (root / "data").mkdir()
    with duckdb.connect() as connection:
        for file, (rows, select) in TABLES.items():
            accounts = max(1, int(300_000 * scale))
            filled = select.format(rows=max(1, int(rows * scale)), accounts=accounts, csms=CSMS)
            connection.execute(f"COPY ({filled}) TO '{root / 'data' / file}'")


def write_files(root: Path, behind: int) -> None:
    """The project's own files, without data."""
    users = (f"  u{i}: {{name: CSM {i}, email: u{i}@vendor.example, role: csm}}\n" for i in range(CSMS))
    (root / "playcall.yaml").write_text(PROJECT + "".join(users), encoding="utf-8")
    for folder in ("catalog", "playbooks", "templates"):
        (root / folder).mkdir(exist_ok=True)
    (root / "catalog" / "bench.yaml").write_text(CATALOG, encoding="utf-8")
    (root / "templates" / "renewal.md").write_text(TEMPLATE, encoding="utf-8")
    for group in GROUPS:
        (root / "playbooks" / f"{group}.yaml").write_text(_playbook(group, behind), encoding="utf-8")


def _playbook(group: str, behind: int) -> str:
    lines = [
        (
            f"playbook: {group}\nowner: success@vendor.example\nfor: contract\n"
            f"where: {GROUPS[group].playcall()}\nplays:\n"
        )
    ]
    for play in plays(behind):
        if play.group == group:
            is_moment = isinstance(play.trigger, Trigger)
            lines.append(
                f"  {play.name}:\n    when: {play.trigger.playcall()}\n{EMAIL if is_moment else TASK}"
            )
    return "".join(lines)
