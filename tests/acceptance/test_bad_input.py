"""Whatever is wrong: one clear message, the right exit code, no traceback, and a ledger that is whole."""

from __future__ import annotations

import os
import shutil
import socket
import socketserver
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clikit import ACCOUNT, CATALOG, CONTACT, CONTRACT, PROJECT, Answer, Company, verdicts

ASK = """
ask:
  when: days_to_renewal == 140
  grace: 7d
  do: [{email: ask, to: decision_maker, from: csm}]
"""


@pytest.fixture
def asking(company: Company) -> Company:
    company.playbook(ASK)
    return company


def is_whole(company: Company) -> bool:
    """Whether the ledger's file is sound and every touch belongs to a decision."""
    with sqlite3.connect(company.root / ".playcall/ledger.db") as connection:
        sound = connection.execute("pragma integrity_check").fetchone() == ("ok",)
        orphans = connection.execute("pragma foreign_key_check").fetchall()
    connection.close()
    return sound and not orphans


def one_message(answer: Answer) -> str:
    """The only thing that was said on standard error."""
    assert answer.code == 3, (answer.code, answer.err)
    lines = answer.err.strip().splitlines()
    assert len([line for line in lines if line.startswith("playcall: ")]) == 1
    return answer.err


COMMANDS = [
    ["lint"],
    ["plan"],
    ["run"],
    ["deliver"],
    ["explain", "renewals.ask", "C1"],
    ["preview", "renewals.ask", "C1"],
    ["approve", "renewals"],
    ["adopt", "renewals"],
    ["pause", "renewals"],
    ["resume", "renewals"],
    ["settle", "x", "sent"],
    ["cancel", "x"],
    ["touches"],
    ["status"],
    ["tasks"],
    ["tasks", "show", "x"],
    ["tasks", "done", "x"],
    ["facts", "show", "contract", "C1"],
    ["facts", "list", "contract"],
    ["facts", "conflicts"],
    ["facts", "check"],
    ["db", "upgrade"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_folder_that_is_no_project(tmp_path: Path, command: list[str]) -> None:
    message = one_message(Company(tmp_path).call(*command))
    assert "has no playcall.yaml" in message
    assert "playcall init DIR" in message
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "playcall.yaml" in one_message(Company(tmp_path / "nowhere").call("run"))


def test_an_environment_that_is_not_there(asking: Company) -> None:
    answer = asking.call("--env", "staging", "plan")
    assert "staging" in one_message(answer)


def remove_file(company: Company) -> None:
    (company.root / "data/crm/contracts.csv").unlink()


def empty_file(company: Company) -> None:
    (company.root / "data/crm/contracts.csv").write_bytes(b"")


def remove_folder(company: Company) -> None:
    shutil.rmtree(company.root / "data")


def lose_column(company: Company) -> None:
    company.table("contracts", [{name: value for name, value in CONTRACT.items() if name != "renewal_date"}])


def other_type(company: Company) -> None:
    company.contracts({"renewal_date": "soon"})


def garbage(company: Company) -> None:
    (company.root / "data/crm/contracts.csv").write_bytes(bytes(range(256)) * 40)


def no_parquet(company: Company) -> None:
    (company.root / "data/crm/contracts.csv").rename(company.root / "data/crm/contracts.parquet")


def a_folder(company: Company) -> None:
    remove_file(company)
    (company.root / "data/crm/contracts.csv").mkdir()


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (remove_file, "contracts"),
        (empty_file, "contracts"),
        (remove_folder, "data"),
        (lose_column, "renewal_date"),
        (other_type, "renewal_date"),
        (garbage, "contract"),
        (no_parquet, "contracts.parquet"),
        (a_folder, "contracts"),
    ],
)
def test_a_spoilt_source_holds_what_reads_it(
    asking: Company, spoil: Callable[[Company], None], word: str
) -> None:
    asking.run("2024-03-01")
    spoil(asking)
    report = asking.run("2024-03-02")
    [held] = report["held"]
    assert (held["playbook"], held["play"], held["reason"]) == ("renewals", "ask", "source")
    assert word in held["detail"]
    assert asking.mails() == []
    assert asking.call("facts", "check").code in (0, 1)
    assert asking.call("run", "--as-of", "2024-03-02", "--strict").code == 1
    assert is_whole(asking)
    for table in ("contracts.csv", "contracts.parquet"):
        path = asking.root / "data/crm" / table
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    asking.contracts(CONTRACT)
    asking.table("accounts", [ACCOUNT])
    asking.table("contacts", [CONTACT])
    assert verdicts(asking.run("2024-03-04")) == {"fired": 1}


def test_a_first_run_over_a_missing_file(asking: Company) -> None:
    remove_file(asking)
    report = asking.run("2024-03-02")
    assert [one["reason"] for one in report["held"]] == ["source"]


def test_a_duplicate_key_is_counted_with_its_row(asking: Company) -> None:
    asking.contracts(
        {}, {"quantity": 7}, *({"contract_id": f"X{n}", "auto_renew": "true"} for n in range(20))
    )
    answer = asking.call("facts", "check", "--format", "json")
    assert answer.code == 1
    [problem] = [
        p for source in answer.json()["sources"] for p in source["problems"] if p["kind"] == "duplicate"
    ]
    assert (problem["entity"], problem["count"]) == ("contract", 1)
    assert problem["examples"] == [{"row": 3, "key": "C1", "cell": "C1"}]
    found = asking.json("facts", "show", "contract", "C1", "--as-of", "2024-03-02")
    assert found["fields"]["quantity"]["value"] == 100


def test_a_date_that_is_none_is_counted_with_its_row(asking: Company) -> None:
    good = ({"contract_id": f"X{n}", "term_start": "2020-01-01"} for n in range(20))
    asking.contracts({"renewal_date": "2026-02-30"}, *good)
    report = asking.run("2024-03-02")
    problems = [p for source in report["sources"] for p in source["problems"]]
    assert {"kind": "unparsed", "field": "renewal_date", "count": 1}.items() <= problems[0].items()
    assert problems[0]["examples"] == [{"row": 2, "key": "C1", "cell": "2026-02-30"}]
    assert {"playbook": "renewals", "play": "ask", "field": "renewal_date", "count": 1} in report["unknown"]
    assert asking.touches("--record", "C1") == []


def test_a_relation_that_is_not_there(asking: Company) -> None:
    asking.write({"catalog/all.yaml": CATALOG.replace("many: contacts", "many: people")})
    answer = asking.call("run", "--as-of", "2024-03-02")
    assert "contacts" in one_message(answer)
    assert "catalog/all.yaml:" in answer.err


def test_a_template_that_lost_a_name_after_it_was_queued(asking: Company) -> None:
    asking.run("2024-03-01")
    asking.run("2024-03-02", "--no-deliver")
    asking.write({"templates/ask.md": '---\nsubject: "x"\n---\n{{ nothing.at_all }}\n'})
    answer = asking.call("deliver")
    assert answer.code == 3
    assert "templates/ask.md" in answer.err
    assert is_whole(asking)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process that holds the ledger."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("begin immediate")
    try:
        yield
    finally:
        connection.execute("rollback")
        connection.close()


def test_a_ledger_that_is_locked(asking: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    from playcall.engine.ledger import database

    asking.run("2024-03-01")
    monkeypatch.setattr(database, "WAITS", database.Waits(person=0.2, run=0.2))
    with locked(asking.root / ".playcall/ledger.db"):
        message = one_message(asking.call("run", "--as-of", "2024-03-02"))
    assert "locked by another run" in message
    assert is_whole(asking)
    assert verdicts(asking.run("2024-03-02")) == {"fired": 1}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_ledger_that_is_read_only(asking: Company) -> None:
    asking.run("2024-03-01")
    folder = asking.root / ".playcall"
    (folder / "ledger.db").chmod(0o400)
    folder.chmod(0o500)
    try:
        assert "read-only" in one_message(asking.call("run", "--as-of", "2024-03-02"))
    finally:
        folder.chmod(0o700)


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("sqlite:////proc/nowhere/ledger.db", "/proc/nowhere"),
        ("postgresql://nobody@127.0.0.1:1/none", "cannot be reached"),
    ],
)
def test_a_ledger_that_cannot_be_had(asking: Company, url: str, word: str) -> None:
    asking.write({"playcall.yaml": f"{PROJECT}ledger: {url}\n"})
    for command in (["run", "--as-of", "2024-03-02"], ["pause", "renewals"]):
        message = one_message(asking.call(*command))
        assert word in message
    assert asking.mails() == []


def test_a_ledger_that_is_no_database(asking: Company) -> None:
    asking.write({".playcall/ledger.db": "this is not a database, " * 100})
    assert "no SQLite database" in one_message(asking.call("run", "--as-of", "2024-03-02"))


def test_a_secret_that_is_not_set(asking: Company) -> None:
    asking.write(
        {
            "playcall.yaml": PROJECT
            + 'channels:\n  email: {adapter: smtp, url: "smtp://u:${NO_SUCH_SECRET}@x"}\n'
        }
    )
    assert "NO_SUCH_SECRET" in one_message(asking.call("run", "--as-of", "2024-03-02"))


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def smtp_server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A mail server that behaves as ``talk`` does; gives its port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            talk(self.request)

    with _Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def refuses(connection: socket.socket) -> None:
    """No service."""
    connection.sendall(b"554 go away\r\n")


def drops_after_the_final_dot(connection: socket.socket) -> None:
    """Takes the whole message and says nothing more."""
    connection.sendall(b"220 here\r\n")
    reader = connection.makefile("rb")
    while line := reader.readline():
        if line.upper().startswith(b"DATA"):
            connection.sendall(b"354 go on\r\n")
            while reader.readline() != b".\r\n":
                pass
            return
        connection.sendall(b"250 ok\r\n")


def rejects_the_recipient(connection: socket.socket) -> None:
    """Refuses every recipient for good."""
    connection.sendall(b"220 here\r\n")
    for line in connection.makefile("rb"):
        answer = b"550 5.1.1 no such person\r\n" if line.upper().startswith(b"RCPT") else b"250 ok\r\n"
        connection.sendall(answer)


def smtp_project(port: int) -> str:
    return (
        f'{PROJECT}channels:\n  email: {{adapter: smtp, url: "smtp://127.0.0.1:{port}", '
        'from: "Acme <cs@acme.test>"}\n'
    )


def test_a_mail_server_that_refuses_leaves_the_mail_queued(asking: Company) -> None:
    with smtp_server(refuses) as port:
        asking.write({"playcall.yaml": smtp_project(port)})
        answer = asking.call("run", "--as-of", "2024-03-02")
    assert "email" in one_message(answer)
    assert [one["state"] for one in asking.touches()] == ["queued"]
    assert is_whole(asking)


def test_a_mail_server_that_is_not_there_leaves_the_mail_queued(asking: Company) -> None:
    asking.write({"playcall.yaml": smtp_project(1)})
    assert "127.0.0.1" in one_message(asking.call("run", "--as-of", "2024-03-02"))
    assert [one["state"] for one in asking.touches()] == ["queued"]
    asking.write({"playcall.yaml": PROJECT})
    assert asking.json("deliver")["sent"] == 1


def test_a_mail_whose_fate_nobody_knows_waits_for_a_person(asking: Company) -> None:
    with smtp_server(drops_after_the_final_dot) as port:
        asking.write({"playcall.yaml": smtp_project(port)})
        answer = asking.call("run", "--as-of", "2024-03-02", "--format", "json")
        assert answer.json()["delivery"] == {"sent": 0, "failed": 0, "unknown": 1, "queued": 0}
        asking.call("run", "--as-of", "2024-03-03")
        asking.call("deliver")
    [touch] = asking.touches("--state", "unknown")
    assert touch["id"] in asking.call("status").out
    assert asking.call("settle", touch["id"], "sent").code == 0
    assert [one["state"] for one in asking.touches()] == ["sent"]
    assert is_whole(asking)


def test_a_recipient_that_is_refused_has_failed(asking: Company) -> None:
    with smtp_server(rejects_the_recipient) as port:
        asking.write({"playcall.yaml": smtp_project(port)})
        assert asking.call("run", "--as-of", "2024-03-02").code == 0
    [touch] = asking.touches()
    assert (touch["state"], "no such person" in touch["reason"]) == ("failed", True)


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (["explain", "renewal.ask", "C1"], "did you mean renewals"),
        (["explain", "renewals.aks", "C1"], "did you mean ask"),
        (["explain", "renewals.ask", "C9"], "facts list contract"),
        (["preview", "renewals.ask", "C9"], "facts list contract"),
        (["facts", "show", "contrakt", "C1"], "contract"),
        (["facts", "show", "contract", "C9"], "facts list contract"),
        (["facts", "list", "contract", "--where", "quantty > 3"], "quantity"),
        (["facts", "list", "contract", "--where", "quantity >"], "--where"),
        (["run", "--playbook", "nothing"], "renewals"),
        (["approve", "renewals.nothing"], "ask"),
        (["pause", "nothing"], "renewals"),
        (["tasks", "done", "nothing"], "playcall tasks"),
        (["settle", "nothing", "sent"], "nothing"),
        (["schema", "plans"], "plan"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_names_that_are_not_there(asking: Company, command: list[str], word: str) -> None:
    assert word in one_message(asking.call(*command))


WRONG_USE = ["nothing", "run --nothing", "settle x lost", "plan --format xml", "explain"]


@pytest.mark.parametrize("command", WRONG_USE)
def test_usage(asking: Company, command: str) -> None:
    answer = asking.call(*command.split())
    assert answer.code == 2
    assert "Error: " in answer.err
