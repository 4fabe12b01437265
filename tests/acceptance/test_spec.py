"""The catalogue and the playbooks of the specification, as written there, on real files and databases."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from clikit import Company, verdicts

PROJECT = """\
project: acme-cs
timezone: Asia/Tokyo          # IANA; `today` and schedules are in it
locale: ja                    # default language of messages
currency: JPY
holidays: JP
fiscal_year: 04-01
ledger: sqlite:///.playcall/ledger.db
engine: duckdb://
snapshots: .playcall/snapshots
sources:
  crm:     {adapter: files, path: data/crm}
  finance: {adapter: files, path: data/finance}
  support: {adapter: sql, url: "sqlite:///data/support.db", tables: {tickets: "select * from tickets"}, fresh: 24h}
channels:
  email: {adapter: maildir, path: .playcall/mail}     # the embedded default: nothing leaves the machine
users: {kato: {name: "Kato Yui", email: kato@acme.example, role: csm, manager: mori}, mori: {name: "Mori", email: mori@acme.example}}
limits: {per_play: 200}
environments:
  staging: {channels: {email: {redirect: qa@acme.example}}}
"""

CATALOG = """\
entities:
  account:
    key: account_id
    from:
      - crm.accounts
      - {table: finance.customers, match: {crm_id: account_id}}
    belongs_to: {parent: {entity: account, by: parent_id, many: children}}
    fields:
      account_id: text
      parent_id:  {text: true, nullable: true}
      name:       {text: true, from: [finance.legal_name, crm.name]}
      segment:    {enum: [enterprise, mid, smb, longtail]}
      region:     text
      csm:        user
      timezone:   {text: true, nullable: true}
      nps:        {int: true, nullable: true, describe: "latest 0–10 answer", unit: points}
      phone:      {text: true, nullable: true, sensitive: true}    # masked in logs, explain, exports
    derive:
      open_tickets: count(tickets where status == "open")
      at_risk:      health.band == "red" or open_tickets > 5
  contract:
    key: [product, number]
    from: crm.contracts
    belongs_to: {account: account_id}
    many: contracts
    cycle: term_start
    fields:
      number: int
      account_id: text
      product: text
      status: {enum: [active, cancelled, lapsed, renewed]}
      term_start: date
      renewal_date: date
      auto_renew: bool
      notice_days: {int: true, nullable: true}
      quantity: int
      devices: {int: true, nullable: true}
      currency: text
      arr: {money: {by: currency}}            # or {money: JPY}
      installed_release: {int: true, nullable: true}
    derive:
      days_to_renewal: days_until(renewal_date)
      days_to_notice: days_until(renewal_date) - notice_days
      version_lag: count(releases where product == outer.product and generally_available <= today and number > outer.installed_release)
  release: {key: [product, number], from: crm.releases, many: releases, fields: {product: text, number: int, generally_available: date}}
  ticket:  {key: ticket_id, from: support.tickets, belongs_to: {account: account_id}, many: tickets, fields: {ticket_id: int, account_id: text, status: {enum: [open, closed]}}}
  contact:
    key: email
    from: crm.contacts
    belongs_to: {account: account_id}
    many: contacts
    fields: {email: email, account_id: text, name: text, role: text, locale: {text: true, nullable: true}}

recipients:                    # people; `of` is a relation of the record or of what it belongs to, nearest first
  decision_maker: {of: contacts, where: role == "decision_maker", take: 1, else: admin}
  admin:          {of: contacts, where: role == "admin", take: 1}
  csm:            {user: account.csm}
  boss:           {user: account.csm.manager, else: csm}

scores:
  health:
    on: account
    parts:                     # a missing part is left out and the rest reweighted
      support: {weight: 40, value: "100 - min(open_tickets * 15, 100)"}
      nps:     {weight: 30, value: nps * 10}
    bands: {green: ">= 70", yellow: ">= 40", red: "< 40"}
"""

PLAYBOOK = """\
playbook: renewal-intent
describe: Ask, 140 days ahead, whether the customer intends to renew.
owner: renewals@acme.example
for: contract
where: status == "active" and not auto_renew     # the population
schedule: "0 8 * * *"                            # cron, project time zone; default daily 08:00
params:
  lead: {by: product, mdm: 140, connect: 120, else: 90}
stop: status in ["cancelled", "renewed"]
plays:
  ask:
    when: days_to_renewal == lead
    grace: 7d
    do:
      - email: ask
        to: decision_maker
        cc: boss
        from: csm
  save:
    when: account.at_risk and days_to_renewal between 0 and 180
    do:
      - task: "Save {{ account.name }}"
        assign: csm
        priority: high
        due: 2bd
        checklist: ["Call the sponsor", "Agree a recovery plan"]
        rank: arr
  escalate:
    after: save + 5bd
    if: open_task("save")
    do:
      - task: "Nobody has acted on {{ account.name }}"
        assign: boss
        priority: urgent
        due: 1bd
  behind:
    when: version_lag >= 2
    do: [{task: "Upgrade {{ contract.product }}", assign: [csm, boss]}]
"""
TEMPLATES = {
    "templates/ask.ja.md": '---\nsubject: "{{ contract.product }} の更新"\n---\n{{ recipient.name }} 様\n\n{{ contract.arr }}\n',
    "templates/ask.en.md": '---\nsubject: "Your {{ contract.product }}"\n---\nDear {{ recipient.name }}, {{ contract.arr }}\n',
}
FILES = {
    "data/crm/accounts.csv": """\
account_id,parent_id,name,segment,region,csm,timezone,nps,phone
A1,,アクメ,enterprise,東京,kato,,9,03-0000-0001
A2,A1,Acme Overseas,mid,US,kato,America/New_York,,+1-555-0100
""",
    "data/crm/contracts.csv": """\
product,number,account_id,status,term_start,renewal_date,auto_renew,notice_days,quantity,devices,currency,arr,installed_release
mdm,1,A1,active,2023-07-20,2024-07-20,false,,100,110,JPY,1200000,10
connect,7,A2,active,2023-06-30,2024-06-30,false,,5,,USD,1250.50,3
""",
    "data/crm/contacts.csv": """\
email,account_id,name,role,locale
ceo@acme.example,A1,阿久米 太郎,decision_maker,ja
it@overseas.example,A2,Ida Tee,admin,en
""",
    "data/crm/releases.csv": """\
product,number,generally_available
mdm,10,2023-01-01
mdm,11,2023-07-01
mdm,12,2024-03-10
connect,3,2022-01-01
""",
    "data/finance/customers.csv": "crm_id,legal_name\nA1,アクメ株式会社\nA2,Acme Overseas\n",
}


@pytest.fixture
def spec(tmp_path: Path) -> Company:
    company = Company(tmp_path)
    company.write(
        {"playcall.yaml": PROJECT, "catalog/all.yaml": CATALOG, "playbooks/renewal-intent.yaml": PLAYBOOK}
    )
    company.write(TEMPLATES | FILES)
    tickets(company, 1)
    return company


def tickets(company: Company, still_open: int) -> None:
    """The support database: so many open tickets of each account."""
    with sqlite3.connect(company.root / "data/support.db") as connection:
        connection.execute("drop table if exists tickets")
        connection.execute(
            "create table tickets (ticket_id integer primary key, account_id text, status text)"
        )
        rows = [(account, "open") for account in ("A1", "A2") for _ in range(still_open)]
        connection.executemany("insert into tickets (account_id, status) values (?, ?)", rows)
    connection.close()


def test_it_lints_clean(spec: Company) -> None:
    answer = spec.call("lint", "--fail-on", "warning")
    assert (answer.code, answer.out) == (0, "no findings in 5 files\n"), answer.out


def test_each_product_has_its_lead(spec: Company) -> None:
    """mdm 140 days before 20 July and connect 120 days before 30 June are both 2 March."""
    spec.run("2024-03-01")
    report = spec.run("2024-03-02")
    assert verdicts(report) == {"fired": 2}
    mdm, connect = sorted(spec.touches(), key=lambda touch: touch["record"], reverse=True)
    assert (mdm["record"], mdm["to"]) == ("mdm/1", "ceo@acme.example")
    assert (connect["record"], connect["to"]) == ("connect/7", "it@overseas.example")
    japanese, english = spec.mails()
    if "overseas" in str(japanese["To"]):
        japanese, english = english, japanese
    assert english["Subject"] == "Your connect"
    assert english["Cc"] == "mori@acme.example"
    body = english.get_payload(0).get_payload(decode=True).decode()
    assert "Dear Ida Tee, $1,250.50" in body
    text = japanese.get_payload(0).get_payload(decode=True).decode()
    assert "阿久米 太郎 様" in text


def test_a_record_has_one_truth_with_its_sources(spec: Company) -> None:
    fields = spec.json("facts", "show", "account", "A1", "--as-of", "2024-03-02")["fields"]
    assert (fields["name"]["value"], fields["name"]["source"]) == ("アクメ株式会社", "finance.customers")
    assert fields["name"]["rivals"] == [{"source": "crm.accounts.name", "value": "アクメ"}]
    assert fields["phone"]["value"] == "***"
    assert fields["open_tickets"] == {
        "value": 1,
        "type": "int",
        "source": "derived",
        "loaded_at": None,
        "unknown_because": [],
        "rivals": [],
    }
    assert fields["health"]["value"] == pytest.approx((85 * 40 + 90 * 30) / 70)
    assert fields["health.band"]["value"] == "green"
    [conflict] = spec.json("facts", "conflicts")["conflicts"]
    assert (conflict["record"], conflict["field"], conflict["value"]) == ("A1", "name", "アクメ株式会社")


def test_money_is_in_its_column_of_currencies(spec: Company) -> None:
    show = spec.json("facts", "show", "contract", "connect/7", "--as-of", "2024-03-02")["fields"]
    assert show["arr"]["value"] == "1250.50 USD"
    assert show["days_to_renewal"]["value"] == 120
    assert show["days_to_notice"]["value"] is None
    assert show["days_to_notice"]["unknown_because"] == ["notice_days"]
    listed = spec.json("facts", "list", "contract", "--where", "arr > 1000 USD", "--as-of", "2024-03-02")
    assert [one["record"] for one in listed["records"]] == ["connect/7"]


def test_a_missing_part_of_a_score_is_left_out(spec: Company) -> None:
    fields = spec.json("facts", "show", "account", "A2", "--as-of", "2024-03-02")["fields"]
    assert fields["health"]["value"] == 85
    assert fields["health.nps"]["value"] is None


def test_a_score_opens_a_task_and_nobody_acts(spec: Company) -> None:
    spec.runs("2024-03-01", "2024-03-04")
    tickets(spec, 7)
    assert verdicts(spec.run("2024-03-05")) == {"fired": 2}
    titles = {task["title"] for task in spec.tasks()}
    assert titles == {"Save アクメ株式会社", "Save Acme Overseas"}
    assert {task["due"] for task in spec.tasks()} == {"2024-03-07"}
    assert verdicts(spec.run("2024-03-11")) == {"fired": 1}  # the newest release came out yesterday
    assert verdicts(spec.run("2024-03-12")) == {"fired": 2}
    urgent = [task for task in spec.tasks() if task["priority"] == "urgent"]
    assert {task["assignee"] for task in urgent} == {"mori"}
    tickets(spec, 0)
    spec.run("2024-03-13")
    assert {task["title"] for task in spec.tasks()} == {"Upgrade mdm"}


def test_a_release_leaves_a_customer_two_behind(spec: Company) -> None:
    spec.runs("2024-03-08", "2024-03-09")
    found = spec.json("explain", "renewal-intent.behind", "mdm/1", "--as-of", "2024-03-10")
    assert (found["verdict"], found["trigger"]["value"]) == ("fired", True)
    spec.run("2024-03-10")
    assert sorted(task["assignee"] for task in spec.tasks()) == ["kato", "mori"]


def test_an_environment_sends_to_somebody_else(spec: Company) -> None:
    spec.run("2024-03-01")
    assert spec.call("--env", "staging", "run", "--as-of", "2024-03-02").code == 0
    assert {str(mail["To"]) for mail in spec.mails()} == {"qa@acme.example"}


def test_a_database_that_is_gone_holds_what_reads_it(spec: Company) -> None:
    spec.run("2024-03-01")
    (spec.root / "data/support.db").unlink()
    report = spec.run("2024-03-02")
    assert {one["reason"] for one in report["held"]} == {"source"}
    assert "support" in report["held"][0]["detail"]
    assert not (spec.root / "data/support.db").exists()


@pytest.mark.parametrize(
    "part",
    [
        "topic: renewal",
        'goal: {reached: status == "renewed", within: 180d}',
        "holdout: 10%",
    ],
)
def test_a_part_that_comes_later_is_refused_in_one_sentence(spec: Company, part: str) -> None:
    spec.write({"playbooks/renewal-intent.yaml": PLAYBOOK.replace("plays:", f"{part}\nplays:", 1)})
    answer = spec.call("lint")
    assert (answer.code, "E109" in answer.out) == (1, True), answer.out


EXTENDED = """\
playbook: renewal-intent-large
describe: The same for large customers, earlier, and without the boss.
owner: renewals@acme.example
extends: renewal-intent
where: status == "active" and account.segment == "enterprise"
params: {lead: 150}
plays:
  escalate: null
  behind: null
"""


def test_a_playbook_extends_another(spec: Company) -> None:
    spec.write({"playbooks/large.yaml": EXTENDED})
    assert spec.call("lint").code == 0, spec.call("lint").out
    spec.run("2024-02-20")
    [due] = [one for one in spec.plan("2024-02-21") if one["verdict"] == "fired"]
    assert (due["playbook"], due["play"], due["record"]) == ("renewal-intent-large", "ask", "mdm/1")


def test_two_runs_at_once_decide_once(spec: Company) -> None:
    import subprocess
    import sys

    spec.run("2024-03-01")
    playcall = Path(sys.executable).with_name("playcall")
    command = [str(playcall), "run", "--as-of", "2024-03-02"]
    started = [
        subprocess.Popen(command, cwd=spec.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in started:
        _, errors = process.communicate()
        assert (process.returncode, errors) == (0, "")
    assert len(spec.mails()) == 2
    assert len(spec.touches()) == 2


def test_the_same_on_postgresql(spec: Company, postgres_url: str) -> None:
    spec.write({"playcall.yaml": PROJECT.replace("sqlite:///.playcall/ledger.db", f'"{postgres_url}"')})
    spec.run("2024-03-01")
    assert verdicts(spec.run("2024-03-02")) == {"fired": 2}
    assert verdicts(spec.run("2024-03-02")) == {}
    assert len(spec.mails()) == 2
    assert spec.json("status")["touches"] == {"sent": 2}
    assert spec.call("doctor").code == 0
