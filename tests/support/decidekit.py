"""Decisions without facts or ledger: a project of two plays, and as many candidates as a test wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from playcall.engine.decide.cases import Room, Setting
from playcall.engine.decide.contacts import Contacts, normal
from playcall.engine.decide.model import Candidate
from playcall.engine.decide.policy import Policy, policy_of
from playcall.engine.evaluate.gather import Gathered, RecordFacts, expressions, rules_of
from playcall.engine.evaluate.model import Person
from playcall.engine.playbook.loader import load
from playcall.engine.playbook.model import Playbook

DAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)

CATALOG = """\
entities:
  account: {key: id, from: crm.accounts, fields: {id: text}}
  contract:
    key: id
    from: crm.contracts
    belongs_to: {account: account_id}
    many: contracts
    fields: {id: text, account_id: text, ends: date}
  contact:
    key: email
    from: crm.contacts
    belongs_to: {account: account_id}
    many: contacts
    fields: {email: email, account_id: text}
recipients: {customer: {of: contacts}}
"""
PLAYBOOK = """\
playbook: renewals
describe: Two plays that compete.
owner: cs@acme.test
for: contract
plays:
  low: {when: days_until(ends) == 140, priority: 10, do: [{email: ask, to: customer}]}
  high: {when: days_until(ends) == 140, priority: 90, do: [{email: ask, to: customer}]}
"""


@dataclass(frozen=True)
class Site:
    """A loaded project."""

    policy: Policy
    book: Playbook
    catalog: Any

    def facts(self, people: Mapping[str, tuple[str, str]]) -> Gathered:
        """Facts of records by key: (the account, the only contact's address)."""
        found = {}
        for play in self.book.plays.values():
            trees = [checked.tree for checked in expressions(self.catalog, self.book, play)]
            positions = {id(tree): place for place, tree in enumerate(trees)}
            rules = [id(rule) for rule in rules_of(play)]
            found[self.book.name, play.name] = {
                record: RecordFacts(
                    (None,) * len(trees),
                    positions,
                    {rule: (_person(address, customer=True),) for rule in rules},
                    _person(account, customer=False),
                )
                for record, (account, address) in people.items()
            }
        return Gathered(found)

    def setting(self, contacts: Contacts | None = None, now: datetime = NOW, **changes: Any) -> Setting:
        """What the decisions of a run share."""
        day = (now + timedelta(hours=9)).date()
        rooms = {(self.book.name, play): (Room(10**9, 10**9),) for play in self.book.plays}
        setting = Setting(
            run="r",
            now=now,
            today=day,
            playbooks={self.book.name: self.book},
            bad_sources={},
            is_paused=lambda book, play: False,
            limits=rooms,
            approved=frozenset(),
            ended=frozenset(),
            later=lambda day, duration: day,
            cycle_of=lambda entity: None,
            locale="en",
            policy=self.policy,
            contacts=contacts or Contacts(),
        )
        return replace(setting, **changes)


def site(root: Path, project: str = "", playbook: str = PLAYBOOK) -> Site:
    """A project in a folder; ``project`` is more of its playcall.yaml."""
    files = {
        "playcall.yaml": f"project: acme\nsources: {{crm: {{adapter: files, path: data}}}}\n{project}",
        "catalog/all.yaml": CATALOG,
        "playbooks/renewals.yaml": playbook,
        "templates/ask.md": "---\nsubject: Hello\n---\nHello.\n",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    loaded, catalog, playbooks = load(root).checked()
    return Site(policy_of(loaded.rules, playbooks.values()), playbooks["renewals"], catalog)


def candidates(
    records: Iterable[str], plays: Iterable[str] = ("low", "high"), **changes: Any
) -> list[Candidate]:
    """New occurrences that are due on ``DAY``."""
    given = {"deadline": DAY + timedelta(days=3)} | changes
    listed = list(records)
    return [
        Candidate("renewals", play, "contract", record, "k", "moment", None, "", None, DAY, **given)
        for play in plays
        for record in listed
    ]


def _person(key: str, *, customer: bool) -> Person:
    return Person(key, normal(key) if customer else None, None, None, None, None, customer)
