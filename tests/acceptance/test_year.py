"""The renewal of one contract over a year, by the library: real mails, real pages, real hooks."""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clikit import Company
from playcall.engine.ledger import quotes
from playcall.engine.ledger.database import open_ledger
from smtpkit import ScriptedSmtp
from webkit import KEY, URL
from yearkit import Wall, Year, hooks, hosting, path_in, text_of, with_library

PROJECT = """\
project: acme-cs
timezone: Asia/Tokyo
locale: en
currency: JPY
holidays: JP
links: {{url: "{url}", keys: ["${{LINK_KEY}}"]}}
sources:
  crm: {{adapter: files, path: data/crm}}
  finance: {{adapter: files, path: data/finance}}
  support: {{adapter: files, path: data/support}}
channels:
  email: {{adapter: smtp, url: "{smtp}", from: cs@vendor.test}}
  erp: {{adapter: webhook, url: "{hook}", secret: "${{HOOK_SECRET}}", allow_private: true}}
  archive: {{adapter: folder, path: accepted}}
"""
ACCOUNT = {
    "account_id": "A1",
    "parent_id": "",
    "name": "Acme",
    "segment": "mid",
    "country": "JP",
    "region": "Kanto",
    "csm": "kato",
    "timezone": "Asia/Tokyo",
    "locale": "en",
    "nps": "",
    "phone": "",
    "customer_since": "",
}
CONTRACT = {
    "contract_id": "C1",
    "account_id": "A1",
    "product": "Kite",
    "status": "active",
    "term_start": "2023-07-20",
    "renewal_date": "2024-07-20",
    "auto_renew": "false",
    "notice_days": "",
    "quantity": "100",
    "currency": "JPY",
    "arr": "480000",
}
TABLES: dict[str, dict[str, str]] = {
    "crm/accounts": ACCOUNT,
    "crm/contacts": {
        "email": "ceo@acme.test",
        "account_id": "A1",
        "name": "Carla Chief",
        "role": "decision_maker",
        "locale": "en",
        "last_seen": "",
    },
    "crm/releases": {"product": "Kite", "number": "1", "generally_available": "2023-01-01"},
    "crm/renewals": {"contract_id": "C9", "intent": "", "budget_date": ""},
    "finance/customers": {"crm_id": "A1", "legal_name": "Acme"},
    "finance/contracts": CONTRACT,
    "finance/invoices": {
        "invoice_id": "I1",
        "contract_id": "C1",
        "amount": "1",
        "currency": "JPY",
        "issued_on": "2023-07-20",
        "due_on": "2023-08-20",
        "paid_on": "2023-08-01",
    },
    "support/tickets": {
        "ticket_id": "1",
        "account_id": "A1",
        "product": "Kite",
        "subject": "x",
        "severity": "low",
        "status": "closed",
        "opened_at": "2023-08-01T00:00:00Z",
        "closed_at": "2023-08-02T00:00:00Z",
        "csat": "",
    },
    "support/users": {
        "user_id": "kato",
        "name": "Kato Yui",
        "email": "kato@vendor.test",
        "role": "csm",
        "team": "renewals",
        "manager": "",
        "locale": "en",
        "away_until": "",
    },
    "support/installations": {"contract_id": "C1", "devices": "110", "installed_release": "1"},
}


def write(company: Company, table: str, *changes: dict[str, str]) -> None:
    """A table: its usual row with these changes, a row for each."""
    path = company.root / "data" / f"{table}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(TABLES[table]))
        writer.writeheader()
        writer.writerows({**TABLES[table], **change} for change in changes)


@pytest.fixture
def year(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Year]:
    monkeypatch.setenv("LINK_KEY", KEY)
    monkeypatch.setenv("HOOK_SECRET", "a secret of both sides")
    company = with_library(tmp_path / "acme")
    post, wall = ScriptedSmtp({}), Wall(datetime(2024, 3, 1, tzinfo=UTC))
    with hooks() as other:
        company.write({"playcall.yaml": PROJECT.format(url=URL, smtp=post.url, hook=other.url)})
        book = (company.root / "pricebooks/standard.yaml").read_text("utf-8")
        company.write({"pricebooks/standard.yaml": book + "export: [erp, archive]\n"})
        for table in TABLES:
            write(company, table, {})
        company.run("2024-03-01")
        with hosting(company.root, wall) as served:
            yield Year(company, served, post, wall, other)
    post.close()


def ledger(company: Company) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The quote and its acceptance."""
    opened = open_ledger("sqlite:///.playcall/ledger.db", company.root)
    try:
        with opened.reading() as connection:
            [quote] = quotes.of_records(connection, {"C1"})
            return quote, quotes.acceptance(connection, quote["id"])
    finally:
        opened.close()


def test_a_renewal_from_the_question_to_the_system_of_record(year: Year) -> None:
    company = year.company

    # 140 days ahead: one question, signed by the CSM, to who is thought to decide.
    year.day("2024-03-02")
    [(to, mail)] = year.mails().items()
    assert (to, str(mail["From"])) == ("ceo@acme.test", "Kato Yui <kato@vendor.test>")
    page = year.opened(path_in(mail, "s"))
    assert [page.body.count(word) for word in (">Yes<", ">No<", ">I am not the decision maker<")] == [1, 1, 1]

    # "Not me", and who is: the question goes there, and the CSM is told.
    asked = year.answer(path_in(mail, "s"), intent="not_me")
    assert "Who decides?" in asked.body
    year.answer(path_in(mail, "s"), intent="not_me", who__email="cfo@acme.test", who__name="Frank Figures")
    year.day("2024-03-03")
    [(to, mail)] = year.mails().items()
    assert (to, str(mail["To"])) == ("cfo@acme.test", "Frank Figures <cfo@acme.test>")
    assert [task["title"] for task in company.tasks()] == ["Acme: cfo@acme.test decides about Kite"]

    # No answer: reminded after ten days; the answer is a fact at once, and closes the task.
    year.day("2024-03-13")
    [(to, mail)] = year.mails().items()
    assert (to, str(mail["Subject"])) == ("cfo@acme.test", "Reminder: do you plan to renew Kite?")
    year.answer(path_in(mail, "s"), intent="yes")
    year.day("2024-03-23")
    assert (year.mails(), company.tasks()) == ({}, [])

    # 90 days ahead: 100 machines contracted, 110 in use; a quote for 110, in the body of the mail.
    year.day("2024-04-21")
    [(to, mail)] = year.mails().items()
    assert to == "cfo@acme.test"
    assert "Licences | 110 | ¥528,000" in text_of(mail)
    assert "Total |  | ¥598,224" in text_of(mail)
    early = path_in(mail, "q")

    # 45 days ahead: the same, with a link of its own; both show it, nothing changes by looking.
    year.day("2024-06-05")
    [(to, mail)] = year.mails().items()
    assert "Total |  | ¥598,224" in text_of(mail)
    late = path_in(mail, "q")
    assert "¥598,224" in year.opened(early).body
    assert ledger(company)[0]["state"] == "sent"

    # Accepted by name, once: whoever comes with the other link finds it done.
    done = year.answer(late, name="Frank Figures", tick="yes")
    assert "has been accepted" in done.body
    assert "<form" not in year.opened(early).body
    quote, given = ledger(company)
    assert given is not None
    assert (quote["state"], given["name"], given["revision"]) == ("accepted", "Frank Figures", 1)
    assert given["terms"] == "I accept this quote of ¥598,224 on behalf of my company."

    # The confirmation and the exports go with the next delivery; one that is put off is tried again.
    year.hooks.answers.append(503)
    year.day("2024-06-06")
    [(to, mail)] = year.mails().items()
    assert to == "cfo@acme.test"
    assert str(mail["Subject"]).startswith("Thank you:")
    assert "Frank Figures has accepted our quote on June 5, 2024" in text_of(mail)
    assert year.hooks.got == []
    [kept] = (company.root / "accepted").glob("*.json")
    year.day("2024-06-07")
    [posted] = year.hooks.got
    payload = posted["payload"]
    assert payload == json.loads(kept.read_bytes())["payload"]
    assert (payload["event"], payload["record"]) == ("quote.accepted", "C1")
    assert payload["content"]["total"] == "598224"
    assert payload["accepted"]["name"] == "Frank Figures"
    headers = year.hooks.headers[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode()
    body = json.dumps(posted, ensure_ascii=False, sort_keys=True).encode()
    expected = hmac.new(b"a secret of both sides", signed + body, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(expected).decode()

    # Nothing more is asked in this cycle.
    year.day("2024-07-13")
    assert (year.mails(), company.tasks(), len(year.hooks.got)) == ({}, [], 1)
    assert company.call("audit", "verify").code == 0

    # The next cycle begins with the question again, to who is in the CRM by then.
    write(company, "crm/contacts", {"email": "cfo@acme.test", "name": "Frank Figures"})
    renewed = {"term_start": "2024-07-20", "renewal_date": "2025-07-20", "quantity": "110"}
    write(company, "finance/contracts", renewed)
    year.day("2025-03-02")
    [(to, mail)] = year.mails().items()
    assert (to, "ends on July 20, 2025" in str(mail["Subject"])) == ("cfo@acme.test", True)

    # Who is forgotten is forgotten in what other systems were told, too.
    erased = company.call("erase", "cfo@acme.test")
    assert erased.code == 0, erased.out + erased.err
    for kept in (company.root / ".playcall").glob("ledger.db*"):
        assert b"cfo@acme.test" not in kept.read_bytes()
