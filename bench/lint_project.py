"""A project to lint: as many playbooks as wanted, three expressions each, over a believable catalogue.

Deterministic: the n-th playbook is the same in every run. No two expressions need be alike: names, figures,
dates, lists and how many conditions are joined all vary, as they do in a project that grew over years.
"""

from __future__ import annotations

import random
from pathlib import Path

EXPRESSIONS_EACH = 3

PROJECT = """\
project: bench
timezone: Asia/Tokyo
locale: en
currency: JPY
sources: {crm: {adapter: files, path: data}}
channels: {email: {adapter: maildir, path: mail}}
users:
  kato: {name: Kato Yui, email: kato@vendor.example, role: csm}
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
      region: {enum: [apac, emea, amer]}
      csm: user
      nps: {int: true, nullable: true}
      seats: int
      since: date
    derive:
      open_tickets: count(tickets where status == "open")
      urgent: count(tickets where status == "open" and priority <= 2)
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
      used: {int: true, nullable: true}
      arr: {money: JPY}
      release: int
    derive:
      days_to_renewal: days_until(renewal_date)
      usage: default(used, 0) / quantity
  ticket:
    key: ticket_id
    from: crm.tickets
    belongs_to: {account: account_id}
    many: tickets
    fields: {ticket_id: text, account_id: text, status: {enum: [open, closed]}, priority: int, opened: date}
  contact:
    key: email
    from: crm.contacts
    belongs_to: {account: account_id}
    many: contacts
    fields: {email: email, account_id: text, name: text, role: text}

recipients:
  decision_maker: {of: contacts, where: role == "decision_maker", take: 1, else: admin}
  admin: {of: contacts, where: role == "admin", take: 1, else: csm}
  csm: {user: account.csm}
"""

TEMPLATE = """\
---
subject: "About {{{{ contract.product }}}} ({number})"
---
Dear {{{{ recipient.name }}}},

contract {{{{ contract.contract_id }}}} of {{{{ account.name }}}} ends on {{{{ contract.renewal_date }}}}.
{{% if contract.quantity > {number} %}}You have {{{{ contract.quantity }}}} seats.{{% endif %}}
"""

PLAYBOOK = """\
# {title}, agreed with the regional team
playbook: {name}
describe: {title}
owner: team{team}@vendor.example
for: contract
where: {where}
schedule: "{minute} {hour} * * *"
plays:
  ask:
    when: {moment}
    grace: {grace}d
    do:
      - email: notice-{template}
        to: decision_maker
        from: csm
  watch:
    when: {state}
    for: {hold}d
    do:
      - task: "{title} {{{{ account.name }}}}"
        assign: csm
        priority: {priority}
        due: {due}bd
"""

_TITLES = ("Renewal intent", "Adoption check", "Seat review", "Upgrade offer", "Health follow-up", "Year end")
_SEGMENTS = ("enterprise", "mid", "smb", "longtail")
_REGIONS = ("apac", "emea", "amer")


def write_project(root: Path, playbooks: int) -> int:
    """Writes a project that lints without an error into an empty folder; gives how many expressions its
    playbooks hold."""
    for folder in ("catalog", "playbooks", "templates", "data"):
        (root / folder).mkdir(parents=True)
    (root / "playcall.yaml").write_text(PROJECT, encoding="utf-8")
    (root / "catalog" / "all.yaml").write_text(CATALOG, encoding="utf-8")
    templates = max(1, playbooks // 25)
    for number in range(templates):
        text = TEMPLATE.format(number=number)
        (root / "templates" / f"notice-{number}.md").write_text(text, encoding="utf-8")
    for number in range(playbooks):
        text = _playbook(number, templates)
        (root / "playbooks" / f"play-{number:05}.yaml").write_text(text, encoding="utf-8")
    return playbooks * EXPRESSIONS_EACH


def write_rules(root: Path, files: int) -> None:
    """As many Prometheus rules files, three alerting rules each."""
    for number in range(files):
        rules = "".join(_rule(number, index) for index in range(EXPRESSIONS_EACH))
        text = f"groups:\n- name: group{number}\n  rules:\n{rules}"
        (root / f"rules-{number:05}.yaml").write_text(text, encoding="utf-8")


def _playbook(number: int, templates: int) -> str:
    draw = random.Random(number)
    return PLAYBOOK.format(
        title=draw.choice(_TITLES),
        name=f"play-{number:05}",
        team=draw.randrange(12),
        where=_where(draw),
        minute=draw.randrange(60),
        hour=draw.randrange(6, 20),
        moment=_moment(draw),
        state=_state(draw),
        grace=draw.randrange(2, 8),
        hold=draw.randrange(2, 15),
        template=number % templates,
        priority=draw.choice(("urgent", "high", "normal", "low")),
        due=draw.randrange(1, 9),
    )


def _where(draw: random.Random) -> str:
    parts = ['status == "active"']
    parts += draw.sample(
        [
            f'account.segment == "{draw.choice(_SEGMENTS)}"',
            f"arr between {draw.randrange(1, 50) * 10000} JPY and {draw.randrange(51, 900) * 10000} JPY",
            f'account.region in ["{_REGIONS[draw.randrange(3)]}"]',
            "not auto_renew",
            f'product starts with "p{draw.randrange(900)}"',
            f"release < {draw.randrange(2, 40)}",
        ],
        draw.randrange(1, 4),
    )
    return " and ".join(parts)


def _moment(draw: random.Random) -> str:
    days = draw.randrange(10, 200)
    choices = [
        f"days_to_renewal == {days}",
        f"days_until(renewal_date) == {days}",
        f"days_to_renewal in [{days + 90}, {days}]",
        f"days_since(term_start) == {days}",
        f"business_days_until(renewal_date) == {days}",
    ]
    return draw.choice(choices)


def _state(draw: random.Random) -> str:
    few, some = draw.randrange(1, 9), draw.randrange(10, 500)
    choices = [
        f"usage < 0.{few} and quantity > {some}",
        f"account.open_tickets > {some} or account.urgent >= {few}",
        f"default(account.nps, {few}) <= {few} and account.seats * {few} > quantity + {some}",
        f'count(account.tickets where status == "open" and days_since(opened) > {some}) >= {few}',
        f"arr / quantity < {some * 10} JPY if account.seats > {some} else release < {few}",
        f"sum(account.contracts.quantity where release < outer.release) > {some}",
        f'used is missing and any(account.tickets where priority == {few}) and product contains "{some}"',
    ]
    return draw.choice(choices)


def _rule(number: int, index: int) -> str:
    draw = random.Random(f"{number}/{index}")
    metric, label = f"contract_{draw.choice(('usage', 'seats', 'arr', 'tickets'))}", draw.choice(_SEGMENTS)
    expression = (
        f'sum by (account) ({metric}{{segment="{label}",region=~"{draw.choice(_REGIONS)}.*"}})'
        f" > {draw.randrange(500)} and on (account) rate({metric}_total[{draw.randrange(1, 60)}m]) < 0.5"
    )
    return (
        f"  - alert: Rule{number}_{index}\n    expr: {expression}\n    for: {draw.randrange(1, 60)}m\n"
        f"    labels: {{severity: page}}\n    annotations: {{summary: 'About {{{{ $labels.account }}}}'}}\n"
    )
