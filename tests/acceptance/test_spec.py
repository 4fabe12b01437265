"""The catalogue and the playbooks of the specification, as written there, on real files and databases."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from clikit import Company, verdicts

HERE = Path(__file__).with_name("spec")


@pytest.fixture
def spec(tmp_path: Path) -> Company:
    company = Company(shutil.copytree(HERE, tmp_path / "spec"))
    tickets(company, 1)
    return company


def tickets(company: Company, still_open: int) -> None:
    """The support database: ten tickets of each account, so many of them open."""
    states = ["open"] * still_open + ["closed"] * (10 - still_open)
    with sqlite3.connect(company.root / "data/support.db") as connection:
        connection.execute("drop table if exists tickets")
        columns = "ticket_id integer primary key, account_id text, status text"
        connection.execute(f"create table tickets ({columns})")
        rows = [(account, state) for account in ("A1", "A2") for state in states]
        connection.executemany("insert into tickets (account_id, status) values (?, ?)", rows)
    connection.close()


def edit(company: Company, name: str, old: str, new: str) -> None:
    """Replace the first such text of a file."""
    text = (company.root / name).read_text(encoding="utf-8")
    assert old in text
    company.write({name: text.replace(old, new, 1)})


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
    assert [task["assignee"] for task in spec.tasks()] == ["kato"]  # the first of the list that there is


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
        'goal: {reached: status == "renewed", within: 180d}',
    ],
)
def test_a_part_that_comes_later_is_refused_in_one_sentence(spec: Company, part: str) -> None:
    edit(spec, "playbooks/renewal-intent.yaml", "plays:", f"{part}\nplays:")
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


@pytest.mark.usefixtures("synced")
def test_the_same_on_postgresql(spec: Company, postgres_url: str) -> None:
    edit(spec, "playcall.yaml", "sqlite:///.playcall/ledger.db", f'"{postgres_url}"')
    spec.run("2024-03-01")
    assert verdicts(spec.run("2024-03-02")) == {"fired": 2}
    assert verdicts(spec.run("2024-03-02")) == {}
    assert len(spec.mails()) == 2
    assert spec.json("status")["touches"] == {"sent": 2}
    assert spec.call("doctor").code == 0
