"""A small company in a temporary folder, driven through the command line as a user drives it."""

from __future__ import annotations

import csv
import json
import mailbox
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from playcall.cli import main

Row = Mapping[str, object]

PROJECT = """\
project: acme-cs
timezone: Asia/Tokyo
locale: en
currency: JPY
holidays: JP
sources:
  crm: {adapter: files, path: data/crm}
users:
  kato: {name: Kato Yui, email: kato@acme.test, role: csm}
  mori: {name: Mori Ken, email: mori@acme.test, role: manager}
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
      csm: {user: true, nullable: true}
      nps: {int: true, nullable: true}
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
      status: {enum: [active, cancelled, lapsed, renewed]}
      term_start: date
      renewal_date: date
      auto_renew: bool
      quantity: int
      devices: {int: true, nullable: true}
    derive:
      days_to_renewal: days_until(renewal_date)
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
recipients:
  decision_maker: {of: contacts, where: role == "decision_maker", take: 1, else: admin}
  admin: {of: contacts, where: role == "admin", take: 1}
  csm: {user: account.csm}
"""

MAIL = """\
---
subject: "{{ contract.product }} ends on {{ contract.renewal_date }}"
---
Dear {{ recipient.name }},

your contract {{ contract.contract_id }} ends soon. Do you plan to renew?
"""

CONTRACT: Row = {
    "contract_id": "C1",
    "account_id": "A1",
    "product": "mdm",
    "status": "active",
    "term_start": "2023-07-20",
    "renewal_date": "2024-07-20",
    "auto_renew": "false",
    "quantity": 100,
    "devices": 110,
}
ACCOUNT: Row = {"account_id": "A1", "name": "Acme", "segment": "mid", "csm": "kato", "nps": ""}
CONTACT: Row = {
    "email": "ceo@acme.test",
    "account_id": "A1",
    "name": "Carla Chief",
    "role": "decision_maker",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command gave."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Company:
    """A project's folder. Days lie in 2024, so that no clock has to be moved."""

    root: Path

    def write(self, files: Mapping[str, str]) -> None:
        """Write files by their path in the project."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def table(self, name: str, rows: Iterable[Row]) -> None:
        """Write ``data/crm/NAME.csv``."""
        listed = list(rows)
        path = self.root / "data" / "crm" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(listed[0]))
            writer.writeheader()
            writer.writerows(listed)

    def contracts(self, *changes: Row) -> None:
        """Write the table of contracts: the usual one with these changes, a row for each."""
        self.table("contracts", [{**CONTRACT, **change} for change in changes])

    def many(self, count: int, **changes: object) -> None:
        """``count`` contracts C001, C002, …, each of an account and with a decision maker of its own."""
        names = [f"{number:03}" for number in range(1, count + 1)]
        self.contracts(*({"contract_id": f"C{n}", "account_id": f"A{n}", **changes} for n in names))
        self.table("accounts", [{**ACCOUNT, "account_id": f"A{n}", "name": f"Acme {n}"} for n in names])
        self.table(
            "contacts", [{**CONTACT, "email": f"ceo{n}@acme.test", "account_id": f"A{n}"} for n in names]
        )

    def playbook(self, plays: str, head: str = "", name: str = "renewals") -> None:
        """Write a playbook for contracts. ``plays`` is the YAML below ``plays:``, ``head`` further keys."""
        body = "".join(f"  {line}\n" if line else "\n" for line in plays.strip("\n").split("\n"))
        text = (
            f"playbook: {name}\ndescribe: A test.\nowner: cs@acme.test\nfor: contract\n{head}plays:\n{body}"
        )
        self.write({f"playbooks/{name}.yaml": text})

    def call(self, *arguments: str) -> Answer:
        """One command. A traceback is never an answer."""
        result = CliRunner().invoke(main, ["--project", str(self.root), *arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.output
        return Answer(result.exit_code, result.stdout, result.stderr)

    def json(self, *arguments: str) -> Any:
        """The JSON of a command that succeeds."""
        answer = self.call(*arguments, "--format", "json")
        assert answer.code == 0, answer.err
        return answer.json()

    def run(self, day: str, *arguments: str) -> Any:
        """The JSON of a run on a day."""
        return self.json("run", "--as-of", day, *arguments)

    def runs(self, *days: str) -> list[Any]:
        """The JSON of a run on each day."""
        return [self.run(day) for day in days]

    def plan(self, day: str) -> list[dict[str, Any]]:
        """The occurrences that a run would decide."""
        occurrences: list[dict[str, Any]] = self.json("plan", "--as-of", day)["occurrences"]
        return occurrences

    def touches(self, *arguments: str) -> list[dict[str, Any]]:
        touches: list[dict[str, Any]] = self.json("touches", *arguments)["touches"]
        return touches

    def tasks(self, *arguments: str) -> list[dict[str, Any]]:
        tasks: list[dict[str, Any]] = self.json("tasks", *arguments)["tasks"]
        return tasks

    def explain(self, target: str, record: str, day: str) -> tuple[str, str]:
        """(verdict, reason) that `explain` gives."""
        found = self.json("explain", target, record, "--as-of", day)
        return found["verdict"], found["reason"]

    def mails(self) -> list[Message]:
        """What lies in the Maildir, by recipient."""
        folder = self.root / ".playcall" / "mail"
        if not folder.exists():
            return []
        return sorted(mailbox.Maildir(folder, create=False), key=lambda mail: str(mail["To"]))


def founded(root: Path) -> Company:
    """One contract that ends on 20 July 2024 (140 days before: 2 March), its account and decision maker."""
    made = Company(root)
    made.write({"playcall.yaml": PROJECT, "catalog/all.yaml": CATALOG, "templates/ask.md": MAIL})
    made.contracts(CONTRACT)
    made.table("accounts", [ACCOUNT])
    made.table("contacts", [CONTACT])
    return made


def verdicts(report: Any) -> dict[str, int]:
    """The verdicts of a run that are not nought."""
    return {name: count for name, count in report["verdicts"].items() if count}
