"""A company whose staff has something to do: tasks of two teams, a held play, a quote, an opportunity, and
names that mean harm to whoever shows them carelessly."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from clikit import CONTACT, CONTRACT, Company, founded
from playcall.engine.ledger import quotes
from playcall.engine.ledger.database import open_ledger
from playcall.engine.ledger.tasks import Act
from playcall.engine.respond.content import to_content
from playcall.engine.respond.quote import Quote, QuoteLine
from staffkit import add_user
from webkit import KEY

SCRIPT = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("https://evil.test")'
NOON = datetime(2024, 3, 4, 3, 0, tzinfo=UTC)
SUBJECT = quotes.QuoteSubject("standard", "contract", "C1", "2023-07-20", "A1")
PEOPLE = {"kato": "csm", "sato": "csm", "abe": "csm", "vera": "viewer", "omar": "ops", "ada": "admin"}
PROJECT = """\
project: acme-cs
timezone: Asia/Tokyo
locale: en
currency: JPY
holidays: JP
sources:
  crm: {{adapter: files, path: data/crm}}
users:
  kato: {{name: Kato Yui, email: kato@acme.test, role: csm, team: east, manager: mori}}
  sato: {{name: Sato Jun, email: sato@acme.test, role: csm, team: east, manager: mori}}
  abe: {{name: Abe Rei, email: abe@acme.test, role: csm, team: west}}
  mori: {{name: Mori Ken, email: mori@acme.test, role: manager}}
links: {{url: "{url}", keys: ["${{LINK_KEY}}"]}}
"""
PLAYS = """
save:
  when: days_to_renewal == 140
  do:
    - task: "{{ account.name }}"
      assign: csm
      priority: high
      due: 3d
      checklist: ["Call the sponsor", "Agree a plan"]
      mails: [{email: ask, to: decision_maker, subject: "About {{ account.name }}"}]
      outcomes: {saved: "They stay", lost: {en: "They leave", ja: "解約"}}
upsell:
  when: days_to_renewal == 140
  do: [{opportunity: "More seats for {{ account.name }}", assign: csm, value: 120000 JPY}]
careful:
  when: days_to_renewal == 140
  approve: true
  do: [{email: ask, to: decision_maker, from: csm}]
"""
SCORES = """\
scores:
  health:
    on: account
    parts:
      nps: {weight: 60, value: nps * 10}
      work: {weight: 40, value: "100 - min(count(tasks where state == \\"open\\") * 20, 100)"}
    bands: {green: ">= 70", yellow: ">= 40", red: "< 40"}
"""
QUOTE = Quote(
    pricebook="standard",
    currency="JPY",
    title={"en": "Your renewal"},
    quantity=Decimal(110),
    starts=date(2024, 7, 20),
    ends=date(2025, 7, 19),
    lines=(
        QuoteLine("unit", "licence", {"": "MDM"}, Decimal(462000), ("110 × 4200 JPY",), Decimal(110)),
        QuoteLine("tax", "tax", {"": "Tax"}, Decimal(46200), ("10%",)),
    ),
    net=Decimal(462000),
    tax=Decimal(46200),
    total=Decimal(508200),
    approval="",
    round_to=Decimal(1),
    tax_rate=Decimal("0.1"),
)


NOTHING: Mapping[str, str] = {}


def staffed(
    root: Path,
    url: str = "https://renew.acme.test",
    files: Mapping[str, str] = NOTHING,
    settings: str = "",
    playbooks: Mapping[str, str] = NOTHING,
) -> Company:
    """The company after its run of 2 March 2024; everybody of ``PEOPLE`` has an account. ``files``,
    ``settings`` of playcall.yaml and ``playbooks`` (name → plays): what its project has besides."""
    os.environ["LINK_KEY"] = KEY
    company = founded(root)
    project = PROJECT.format(url=url) + settings
    company.write({"playcall.yaml": project, "catalog/scores.yaml": SCORES, **files})
    for name, plays in playbooks.items():
        company.playbook(plays, name=name)
    account = {"segment": "mid", "nps": "7"}
    company.table(
        "accounts",
        [
            {"account_id": "A1", "name": SCRIPT, "csm": "kato", **account},
            {"account_id": "A2", "name": FORMULA, "csm": "kato", **account},
            {"account_id": "A3", "name": "Plain", "csm": "abe", **account},
        ],
    )
    company.table(
        "contracts", [{**CONTRACT, "contract_id": f"C{n}", "account_id": f"A{n}"} for n in (1, 2, 3)]
    )
    company.table(
        "contacts", [{**CONTACT, "email": f"ceo{n}@acme.test", "account_id": f"A{n}"} for n in (1, 2, 3)]
    )
    company.playbook(PLAYS)
    company.run("2024-03-02")
    ledger = open_ledger("sqlite:///.playcall/ledger.db", root)
    with ledger.writing() as connection:
        act = Act("kato", NOON, NOON.date())
        made = quotes.Revision(to_content(QUOTE), QUOTE.total, QUOTE.currency, None)
        quotes.draft(connection, SUBJECT, made, act)
        quotes.send(connection, SUBJECT.id, 1, act)
    ledger.close()
    for name, role in PEOPLE.items():
        add_user(root, name, role)
    return company
