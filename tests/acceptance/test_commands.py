"""Every command once, its JSON against its schema, and what it says to a person."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from clikit import CONTRACT, Company, founded
from playcall.engine.service.schemas import names, read_schema

PLAYS = """
ask:
  when: days_to_renewal == 140
  grace: 7d
  do: [{email: ask, to: decision_maker, from: csm}]
low-usage:
  when: devices < quantity * 50%
  do:
    - task: "{{ account.name }} uses {{ contract.devices }}"
      assign: csm
      checklist: ["Call the sponsor"]
      due: 2bd
many:
  when: quantity > 10
  limits: {per_play: 1}
  do: [{task: "Many", assign: csm}]
"""


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A company after a run: a mail sent, a task open, something held, a cell that does not parse. Only for
    looking at; see ``mine``."""
    company = founded(tmp_path_factory.mktemp("used") / "acme")
    company.playbook(PLAYS)
    company.contracts(
        {"devices": 20}, *({"contract_id": f"X{n}", "renewal_date": "2030-01-01"} for n in range(20))
    )
    with (company.root / "data/crm/contracts.csv").open("a") as file:
        file.write("X99,A1,mdm,active,2023-02-30,2030-01-01,false,3,\n")
    company.run("2024-03-02")
    return company


@pytest.fixture
def mine(used: Company, tmp_path: Path) -> Company:
    """A copy of that company to change."""
    return Company(shutil.copytree(used.root, tmp_path / "acme"))


def check(name: str, data: Any) -> None:
    schema = json.loads(read_schema(name))
    Draft202012Validator.check_schema(schema)
    errors = list(Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(data))
    assert errors == [], f"{name}: {errors[0].json_path}: {errors[0].message}"


OUTPUTS = {
    "lint": ["lint"],
    "plan": ["plan", "--as-of", "2024-03-03"],
    "run": ["run", "--as-of", "2024-03-03"],
    "explain": ["explain", "renewals.low-usage", "C1", "--as-of", "2024-03-02"],
    "facts-show": ["facts", "show", "contract", "C1", "--as-of", "2024-03-02"],
    "facts-list": ["facts", "list", "contract", "--where", "devices < 50"],
    "facts-conflicts": ["facts", "conflicts"],
    "facts-check": ["facts", "check"],
    "touches": ["touches"],
    "tasks": ["tasks"],
    "status": ["status"],
    "doctor": ["doctor"],
    "deliver": ["deliver"],
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_json_is_as_its_schema_says(used: Company, name: str) -> None:
    answer = used.call(*OUTPUTS[name], "--format", "json")
    assert answer.code in (0, 1), answer.err
    check(name, answer.json())


@pytest.mark.parametrize("name", OUTPUTS)
def test_text_is_never_cut(used: Company, name: str) -> None:
    answer = used.call(*OUTPUTS[name])
    assert answer.code in (0, 1), answer.err
    assert "…" not in answer.out
    assert "\x1b" not in answer.out


def test_a_new_ledger_has_the_same_json(company: Company) -> None:
    company.playbook(PLAYS)
    for name in ("touches", "tasks", "status", "plan", "explain"):
        check(name, company.json(*OUTPUTS[name]))
    assert not (company.root / ".playcall/ledger.db").exists()


def test_every_schema_is_printed(company: Company) -> None:
    listed = company.call("schema").out.split()
    assert listed == sorted(("api", *names()))  # the API's description is an OpenAPI document
    assert set(OUTPUTS) <= set(listed)
    for name in names():
        printed = json.loads(company.call("schema", name).out)
        assert printed["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_detailed_exit_code(mine: Company) -> None:
    """20 tasks of the play `many` are held already, and nothing else is due."""
    assert mine.call("plan", "--as-of", "2024-03-02", "--detailed-exitcode").code == 0
    mine.contracts(*({**CONTRACT, "contract_id": f"N{n}", "quantity": 3, "devices": 0} for n in range(21)))
    assert mine.call("plan", "--as-of", "2024-03-02", "--detailed-exitcode").code == 4
    assert mine.call("plan", "--as-of", "2024-03-02").code == 0


def test_the_plan_shows_its_sql(used: Company) -> None:
    answer = used.call("plan", "--as-of", "2024-03-02", "--sql")
    assert answer.code == 0
    assert "SELECT" in answer.out.upper()


def test_explain_names_every_part(used: Company) -> None:
    found = used.json("explain", "renewals.low-usage", "C1", "--as-of", "2024-03-02")
    assert found["verdict"] == "fired"
    assert (found["trigger"]["text"], found["trigger"]["value"]) == ("devices < quantity * 50%", True)
    left, right = found["trigger"]["parts"]
    assert (left["text"], left["value"], left["type"]) == ("devices", 20, "int")
    assert right["value"] == 50
    answer = used.call("explain", "renewals.low-usage", "C1", "--as-of", "2024-03-02")
    assert "devices < quantity * 50%  true" in answer.out
    assert "devices  20" in answer.out


def test_explain_names_the_missing_field(used: Company) -> None:
    answer = used.call("explain", "renewals.low-usage", "X99", "--as-of", "2024-03-02")
    assert "unknown: no value for devices" in answer.out


def test_preview_is_the_message(used: Company) -> None:
    answer = used.call("preview", "renewals.ask", "C1", "--as-of", "2024-03-02")
    assert "Subject: mdm ends on July 20, 2024" in answer.out
    assert "To: Carla Chief <ceo@acme.test>" in answer.out
    assert "Dear Carla Chief," in answer.out
    wrong = used.call("preview", "renewals.ask", "C1", "--to", "x@acme.test")
    assert (wrong.code, "ceo@acme.test" in wrong.err) == (3, True)


def test_status_says_what_settles_each(used: Company) -> None:
    answer = used.call("status")
    assert "playcall approve renewals.many" in answer.out


def test_moments_are_shown_in_the_projects_time_zone(company: Company) -> None:
    company.playbook(PLAYS)
    company.run("2024-03-02")
    assert "2024-03-02 08:00 Asia/Tokyo" in company.call("status").out
    assert '"2024-03-01T23:00:00Z"' in company.call("status", "--format", "json").out


def test_values_cannot_forge_the_output(company: Company) -> None:
    company.playbook(PLAYS)
    company.table(
        "accounts",
        [
            {
                "account_id": "A1",
                "name": "[red]Evil[/red] \x1b[2J\u202e株式会社",
                "segment": "mid",
                "csm": "kato",
                "nps": "",
            }
        ],
    )
    company.contracts({"devices": 20})
    company.run("2024-03-01")
    for command in (["tasks"], ["facts", "show", "account", "A1"], ["facts", "list", "account"]):
        out = company.call(*command).out
        assert "[red]Evil[/red] \\x1b[2J\\u202e株式会社" in out
        assert "\x1b" not in out


def test_doctor_passes_on_a_sound_project(used: Company) -> None:
    found = used.json("doctor")
    assert found["ok"]
    names = [check["name"] for check in found["checks"]]
    assert names == [
        *("project", "disk", "clock", "time zones", "secrets", "ledger", "ledger settings"),
        *("disk of the ledger", "disk of the snapshots", "runs"),
        *("source crm.accounts", "source crm.contacts", "source crm.contracts"),
        *("channel email", "channel feed"),
    ]
    assert "journal wal, synchronous full" in found["checks"][6]["detail"]


def test_doctor_names_each_failure(mine: Company) -> None:
    (mine.root / "data/crm/contacts.csv").unlink()
    mine.write({".playcall/ledger.db": "no database" * 100})
    answer = mine.call("doctor")
    assert answer.code == 1
    assert "2 check(s) failed" in answer.out
    assert "source crm.contacts" in answer.out


@pytest.mark.parametrize("spoil", ["no project", "errors", "secret"])
def test_doctor_never_raises(mine: Company, spoil: str) -> None:
    text = (mine.root / "playcall.yaml").read_text()
    if spoil == "no project":
        (mine.root / "playcall.yaml").unlink()
    elif spoil == "errors":
        mine.playbook(PLAYS.replace("quantity", "quantty"))
    else:
        mine.write({"playcall.yaml": text + "ledger: ${NO_SUCH_SECRET}\n"})
    answer = mine.call("doctor", "--format", "json")
    assert answer.code == 1
    check("doctor", answer.json())
    assert not answer.json()["ok"]


def test_init_lints_clean_and_runs(tmp_path: Path) -> None:
    company = Company(tmp_path / "mine")
    assert company.call("init", str(company.root)).code == 0
    assert company.call("lint", "--fail-on", "warning").code == 0
    assert company.call("plan").code == 0
    assert company.json("run")["verdicts"]["fired"] >= 1
    assert company.call("doctor").code == 0
    again = company.call("init", str(company.root))
    assert (again.code, "not an empty folder" in again.err) == (3, True)


PLAYCALL = str(Path(sys.executable).with_name("playcall"))


def installed(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PLAYCALL, *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def test_the_installed_command(mine: Company) -> None:
    assert installed("--version", cwd=mine.root).stdout.strip()
    lint = installed("lint", cwd=mine.root)
    assert (lint.returncode, lint.stderr) == (0, "")
    run = installed("run", "--as-of", "2024-03-03", "--format", "json", cwd=mine.root)
    assert (run.returncode, run.stderr) == (0, "")
    check("run", json.loads(run.stdout))
    nowhere = installed("run", cwd=mine.root.parent)
    assert (nowhere.returncode, nowhere.stdout) == (3, "")
    assert nowhere.stderr.startswith("playcall: ")
    assert "Traceback" not in nowhere.stderr


# DuckDB tells of a signal once a step of the query ends, which here is the only one.
INTERRUPTED = """
import os, signal, threading
import click, duckdb
from playcall.cli import Root

@click.command()
def ask():
    base = duckdb.connect()
    threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT)).start()
    base.execute("select count(*) from range(200000000) where range * range % 7 = 8")

Root("playcall", commands={"ask": ask})(["ask"])
"""


def test_ctrl_c_ends_a_query_without_a_traceback() -> None:
    # In a process of its own: a signal is the main thread's, which need not be that of a test.
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.startswith("playcall: interrupted")) == (130, True), done


def test_a_reader_that_goes_away_is_no_error(used: Company) -> None:
    line = f"{PLAYCALL} facts list contract --format json | head -1"
    done = subprocess.run(["sh", "-c", line], cwd=used.root, capture_output=True, text=True, check=False)
    assert done.stderr == ""
