"""The project whose playbooks are made up: every kind of field, relation and people rule that they read."""

from __future__ import annotations

from typing import Final

FILES: Final = {
    "playcall.yaml": """\
project: law
timezone: Asia/Tokyo
locale: en
currency: JPY
holidays: JP
sources: {crm: {adapter: files, path: data}, extra: {adapter: files, path: more}}
channels: {email: {adapter: maildir, path: mail, from: "Acme <cs@acme.test>"}}
users: {kato: {name: Kato Yui, email: kato@acme.test}, mori: {name: Mori Ken, email: mori@acme.test}}
topics: {news: {class: operational}}
limits: {per_contact: 2 per 7d, per_account: 4 per 7d}
links: {url: "https://answers.acme.test", keys: ["${PLAYCALL_KEY}"]}
""",
    "catalog/company.yaml": """\
entities:
  account:
    key: account_id
    from: crm.accounts
    belongs_to: {parent: {entity: account, by: parent_id, many: children}}
    fields:
      account_id: text
      parent_id: {text: true, nullable: true}
      name: text
      segment: {enum: [enterprise, mid, smb]}
      csm: {user: true, nullable: true}
      timezone: {text: true, nullable: true}
      nps: {int: true, nullable: true}
    derive:
      at_risk: nps <= 6 or count(contracts where status == "lapsed") > 0
  contract:
    key: [product, number]
    from: crm.contracts
    belongs_to: {account: account_id}
    many: contracts
    cycle: {by: term_start, tolerance: 10d}
    fields:
      product: text
      number: int
      account_id: text
      status: {enum: [active, cancelled, lapsed]}
      term_start: {date: true, nullable: true}
      renewal_date: {date: true, nullable: true}
      notice_days: {int: true, nullable: true}
      quantity: int
      devices: {int: true, nullable: true}
      score: {number: true, nullable: true}
      arr: {money: JPY, nullable: true}
      seen_at: {datetime: true, nullable: true}
    derive:
      days_to_renewal: days_until(renewal_date)
      days_to_notice: days_until(renewal_date) - notice_days
      helpers: count(account.contacts where role != "buyer")
  contact:
    key: email
    from: extra.contacts
    belongs_to: {account: account_id}
    many: contacts
    fields:
      email: email
      account_id: text
      name: text
      role: {text: true, nullable: true}
      rank: {int: true, nullable: true}
recipients:
  buyer: {of: contacts, where: role == "buyer", take: 1, else: anybody}
  anybody: {of: contacts, by: rank, take: 2}
  everybody: {of: contacts}
  csm: {user: account.csm}
  desk: {of: users, by: open_tasks, take: 1}
""",
    "templates/note.md": '---\nsubject: "For {{ recipient.name }}"\n---\n{{ account.name }}\n',
    "templates/contract.md": (
        '---\nsubject: "{{ contract.product }} {{ contract.quantity }}"\n---\n'
        "{{ contract.arr | default('nothing') }} {{ contract.renewal_date | default('never') }}\n"
    ),
    "surveys/intent.yaml": """\
survey: intent
for: contract
title: Your renewal
questions: {renew: {ask: "Do you renew?", choice: {"yes": "Yes", "no": "No"}}}
""",
}

# Conditions by entity: certain ones, ones that may be unknown, ones that read relations and the ledger.
CONDITIONS: Final = {
    "contract": (
        'status == "active"',
        "devices < quantity * 50%",
        "account.nps <= 6",
        "account.at_risk",
        "account.parent.nps > 3",
        "helpers == 0",
        "days_to_renewal < 40",
        "score / quantity > 0.5",
        "arr >= 1000 JPY",
        "any(account.contacts where rank > outer.devices)",
        'fired("p0")',
        'days_since_fired("p0") > 2',
        'open_task("p0")',
        "touched_within(4d)",
        'answered("intent")',
        'answer("intent") == "no"',
        'count(touches where state == "sent") > 1',
        "devices is missing",
        "weekday(today) <= 3",
        "seen_at > now",
    ),
    "account": (
        'segment != "smb"',
        "nps < 7",
        "at_risk",
        "sum(contracts.quantity) > 20",
        "avg(contracts.score where devices > 5) > 1",
        "none(contacts where rank > 1)",
        "parent.nps is not missing and nps > parent.nps",
        'open_task("p0")',
        "count(tasks) > 1",
        'latest(contracts.status by renewal_date) == "active"',
    ),
}

MOMENTS: Final = {
    "contract": (
        "days_to_renewal == {n}",
        "days_to_renewal in [{n}, {m}]",
        "days_to_notice == 0",
        "days_until(renewal_date) == default(devices, {n})",
        "days_since(term_start) == {n}",
        "business_days_until(renewal_date) == {m}",
        "business_days_until(renewal_date) in [{m}, 2, -1]",
        "days_until(renewal_date) + 1 == {n}",
        "days_since(seen_at) in [0, {m}]",
    ),
    "account": ("days_until(max(contracts.renewal_date)) == {n}",),
}
SCHEDULES: Final = ("0 9 * * *", "0 9 * * 1", "30 7 2,5 * *")
