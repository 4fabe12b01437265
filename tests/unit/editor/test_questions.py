"""Completion, hover and definition, by the place that the cursor is in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lspcore import BOOK, Asked

from playcall.dsl.functions import FUNCTION_NAMES
from playcall.dsl.history import HISTORY_FORMS
from playcall.dsl.ledger_forms import LEDGER_FORMS
from playcall.dsl.related import AGGREGATE_NAMES
from playcall.engine.editor.functions import FUNCTIONS

CATALOG = "catalog/customers.yaml"
InPlay = Callable[[str], str]

# lines of a play → (some of what is offered, some of what is not)
COMPLETIONS: dict[str, tuple[str, str]] = {
    "when: |": ("status days_to_renewal account count days_until lead today not", "contacts role and"),
    "when: status |": ("== in and", "status today"),
    "when: status == |": ('"active" "cancelled" "renewed" quantity', "and"),
    'when: status == "|': ("active cancelled renewed", "status"),
    'when: status in ["active", "|"]': ("active renewed", "status"),
    'when: "status == |"': ("'active'", '"active"'),
    "when: account.segment != |": ('"mid"', '"active"'),
    "when: account.|": ("name segment open_tickets health csm", "status tickets contacts count"),
    "when: account.csm.|": ("email team", "segment"),
    "when: account.health.|": ("band support size", "name"),
    "when: contract.|": ("status account", "count"),
    "when: params.|": ("lead steps", "status"),
    "when: count(|": ("account", "and"),
    "when: count(account.|": ("tickets contacts contracts", "count"),
    "when: sum(account.tickets.|": ("csat status", "segment"),
    "when: count(account.tickets where |": ("csat status outer lead", "days_to_renewal fired"),
    "when: count(account.tickets where status == |": ('"open" "closed"', '"active"'),
    "when: count(account.tickets where outer.|": ("days_to_renewal", "csat"),
    "when: any(account.contacts where none(account.tickets where |": ("csat", "role"),
    'when: fired("|': ("ask call renewal.notice", "active"),
    'when: convert(arr, "|': ("JPY USD", "arr"),
    "after: |": ("ask", "call"),
    "after: ask + |": ("10d 5bd", "ask"),
    "once: |": ("ever", "true"),
    "keep: |": ("true false", "ever"),
    "together: |": ("recipient account", "status"),
    "|": ("when after do grace", "email playbook"),
    "when: x\nd|": ("do", "when"),
    "do:\n  - |": ("email task webhook", "cc due when"),
    "do:\n  - email: |": ("notice", "admin"),
    "do:\n  - email: notice\n    |": ("to cc from via", "assign email"),
    "do:\n  - email: notice\n    to: |": ("admin csm kato account", "notice status"),
    "do:\n  - email: notice\n    to: [admin, |]": ("csm", "notice"),
    "do:\n  - email: notice\n    to: account.|": ("csm", "admin"),
    "do:\n  - task: 'Call {{ account.|'": ("name", "status"),
    "do:\n  - task: Call | them": ("", "name account"),
    "do:\n  - {task: Call, assign: csm, until: |": ("status", "csm"),
    "# playcall: |": ("allow", "W202"),
    "# playcall: allow W|": ("W202 E303", "allow"),
    "describe: some |": ("", "status when"),
}


@pytest.mark.parametrize(("lines", "expected"), COMPLETIONS.items(), ids=COMPLETIONS)
def test_completions_in_a_play(ask: Asked, in_play: InPlay, lines: str, expected: tuple[str, str]) -> None:
    offered, not_offered = expected[0].split(), expected[1].split()
    labels = ask.labels(in_play(lines))
    assert set(offered) <= set(labels)
    assert not set(not_offered) & set(labels)
    assert len(labels) == len(set(labels))


# (file, text, some of what is offered, some of what is not)
ELSEWHERE = (
    ("playbooks/x.yaml", "playbook: x\nfor: |", "contract account", "touch task status"),
    ("playbooks/x.yaml", "playbook: x\nextends: |", "renewal example", "x"),
    ("playbooks/x.yaml", "playbook: x\n|", "for plays where", "playbook when"),
    ("playbooks/x.yaml", "playbook: x\nextends: example\nwhere: |", "status lead", "role"),
    ("playbooks/x.yaml", "playbook: x\nextends: example\nplays:\n  b:\n    after: |", "ask", "b"),
    ("playbooks/x.yaml", "playbook: x\nfor: contract\nparams:\n  p: {by: |", "product status", "role"),
    ("playbooks/x.yaml", "playbook: x\nwhere: |", "", "status role"),
    (CATALOG, "entities:\n  account:\n    derive:\n      x: |", "segment count", "status"),
    (CATALOG, "entities:\n  account:\n    |", "key derive fields", "when"),
    (CATALOG, "entities:\n  contract:\n    belongs_to: {account: |", "account_id product", "status_"),
    (CATALOG, "entities:\n  contract:\n    from: |", "crm.", "contract"),
    (CATALOG, "recipients:\n  boss: {of: |", "contacts tickets", "account"),
    (CATALOG, "recipients:\n  boss: {of: contacts, where: |", "role name", "status"),
    (CATALOG, "recipients:\n  boss: {user: |", "account", "role"),
    (CATALOG, "recipients:\n  boss: {user: account.csm, else: |", "admin csm", "contacts"),
    (CATALOG, "scores:\n  risk:\n    on: |", "account contract", "admin"),
    (CATALOG, "scores:\n  x:\n    on: account\n    parts:\n      a: {value: |", "segment", "status"),
    ("playcall.yaml", "project: x\nsources:\n  crm: {adapter: |", "files sql", "smtp"),
    ("playcall.yaml", "project: x\nchannels:\n  email: {adapter: |", "smtp maildir", "files"),
    ("playcall.yaml", "project: x\n|", "timezone currency", "project"),
    ("templates/notice.md", "---\nsubject: x\n---\n{{ |", "contract account status recipient", "today and"),
    ("templates/notice.md", "---\nsubject: x\n---\n{{ account.|", "name segment", "status"),
    ("templates/notice.md", "---\nsubject: x\n---\n{{ recipient.|", "name email", "status"),
    ("templates/notice.md", "---\nsubject: x\n---\n{% if contract.|", "status", "recipient"),
    ("templates/notice.md", "---\nsubject: x\n---\n{{ x }} plain |", "", "status"),
    ("surveys/x.yaml", "survey: x\nfor: |", "contract", "touch"),
    ("surveys/x.yaml", "survey: x\nfor: contract\nquestions:\n  a: {if: |", "status", "role"),
    ("pricebooks/x.yaml", "pricebook: x\nfor: contract\nquantity: max(|", "quantity seats", "role"),
    ("reports/x.yaml", "report: x\nfor: |", "", "contract"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "text", "offered", "not_offered"), ELSEWHERE)
def test_completions_elsewhere(ask: Asked, name: str, text: str, offered: str, not_offered: str) -> None:
    labels = set(ask.labels(text, name))
    assert set(offered.split()) <= labels
    assert not set(not_offered.split()) & labels


def test_what_a_completion_writes(ask: Asked, in_play: InPlay) -> None:
    found = ask.complete(in_play("when: days_u|nt"))
    assert (found.before, found.after) == (6, 2)
    items = {item.label: item for item in found.items}
    assert (items["days_until"].insert, items["days_until"].snippet) == ("days_until($0)", True)
    keys = {item.label: item.insert for item in ask.complete(in_play("gr|")).items}
    assert (keys["grace"], keys["do"]) == ("grace: ", "do: ")
    keys = {item.label: item.insert for item in ask.complete(in_play("gr|ace: 7d")).items}
    assert keys["grace"] == "grace"


# lines of a play → words of what is shown
HOVERS: dict[str, str] = {
    "when: a|rr > 1 JPY": "contract.arr money (JPY) never missing crm.contracts.arr",
    "when: dev|ices > 1": "contract.devices int may be missing",
    "when: days_to|_renewal == 1": "countdown (days) derived: `days_until(renewal_date)`",
    "when: account.segm|ent == 'mid'": "account.segment enum: enterprise, mid, smb",
    "when: acc|ount.segment == 'mid'": "a record of **account** key `account_id` `crm.accounts` `tickets`",
    "when: account.health.ba|nd == 'red'": "account.health.band green, red",
    "when: account.csm.em|ail == ''": "user.email",
    "when: account.cs|m.email == ''": "a record of **user**",
    "when: count(account.tick|ets where csat > 1)": "records of **ticket**",
    "when: count(seats where flo|or > outer.devices)": "seat.floor where the seat stands unit: storeys",
    "when: count(account.tickets where csat > outer.dev|ices)": "contract.devices",
    "when: le|ad == 1": "param **lead** `140`",
    "when: params.ste|ps == 1": "param **steps** `[90, 45]`",
    'when: status == "act|ive"': "contract.status active, cancelled, renewed",
    "when: day|s_until(renewal_date) == 1": "days_until(date) → countdown",
    "when: tod|ay > renewal_date": "**today** local date",
    "when: status a|nd x": "**and** unknown",
    'when: fired("as|k")': "play **ask** `when: days_to_renewal == lead`",
    'when: fired("renewal.no|tice")': "play **renewal.notice**",
    "after: as|k + 3d": "play **ask**",
    "aft|er: ask + 3d": "**after** PLAY + DURATION",
    "do:\n  - em|ail: notice": "**email** required template",
    "do:\n  - email: not|ice": "template **notice** `templates/notice.md`",
    "do:\n  - {email: notice, to: adm|in}": 'recipient **admin** `of: contacts` `where: role == "admin"`',
    "do:\n  - {email: notice, to: ka|to}": "user **kato**",
    "do:\n  - {task: 'Call {{ account.na|me }}', assign: csm}": "account.name",
}


@pytest.mark.parametrize(("lines", "words"), HOVERS.items(), ids=HOVERS)
def test_hovers(ask: Asked, in_play: InPlay, lines: str, words: str) -> None:
    shown = ask.hover(in_play(lines))
    for word in words.split():
        assert word in shown, shown


@pytest.mark.parametrize(
    "lines",
    ["when: nothing_k|nown == 1", "when: account.no|thing", "when: 14|0", "describe: sta|tus", "x|yz: 1"],
)
def test_nothing_is_said_of_what_is_not_known(ask: Asked, in_play: InPlay, lines: str) -> None:
    assert ask.hover(in_play(lines)) == ""
    assert ask.places(in_play(lines)) == []


def test_what_is_declared_is_described_where_it_is(ask: Asked) -> None:
    text = "entities:\n  account:\n    fields:\n      seg|ment: text\n"
    assert "account.segment" in ask.hover(text, CATALOG)
    assert "a record of **account**" in ask.hover("entities:\n  acc|ount: {}\n", CATALOG)


# lines of a play → file and what stands in the line that is found; None: it is declared nowhere
DEFINITIONS: dict[str, tuple[str, str] | None] = {
    "when: a|rr > 1": (CATALOG, "arr:"),
    "when: days_to|_renewal == 1": (CATALOG, "days_to_renewal:"),
    "when: account.health.ba|nd == 'red'": ("catalog/scores.yaml", "health:"),
    "when: account.health.supp|ort > 1": ("catalog/scores.yaml", "support:"),
    "when: acc|ount.segment == 'mid'": (CATALOG, "account:"),
    "when: le|ad == 1": (BOOK, "lead: 140"),
    'when: fired("as|k")': (BOOK, "ask:"),
    'when: fired("renewal.no|tice")': ("playbooks/renewal.yaml", "notice:"),
    "after: as|k + 3d": (BOOK, "ask:"),
    "do:\n  - email: not|ice": ("templates/notice.md", "---"),
    "do:\n  - {email: notice, to: adm|in}": (CATALOG, "admin:"),
    "do:\n  - {email: notice, to: ka|to}": ("playcall.yaml", "kato:"),
    "when: account.csm.em|ail == ''": None,
    "when: tod|ay == 1": None,
}


@pytest.mark.parametrize(("lines", "expected"), DEFINITIONS.items(), ids=DEFINITIONS)
def test_definitions(ask: Asked, in_play: InPlay, lines: str, expected: tuple[str, str] | None) -> None:
    places = ask.places(in_play(lines))
    assert len(places) == (expected is not None)
    if expected is not None:
        assert places[0][0] == expected[0]
        assert places[0][1].startswith(expected[1])


def test_definitions_in_heads(ask: Asked) -> None:
    ((file, line),) = ask.places("playbook: x\nextends: exam|ple\n", "playbooks/x.yaml")
    assert (file, line) == (BOOK, "playbook: example")
    ((file, line),) = ask.places("playbook: x\nfor: contr|act\n", "playbooks/x.yaml")
    assert (file, line) == (CATALOG, "contract:")


def test_every_function_is_explained() -> None:
    assert set(FUNCTIONS) == {*FUNCTION_NAMES, *AGGREGATE_NAMES, *LEDGER_FORMS, *HISTORY_FORMS}
