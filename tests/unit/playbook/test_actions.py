"""Actions: people, texts, templates, webhooks; and what a playbook depends on."""

from collections.abc import Callable

from playcall.dsl.typed import Checked, Const
from playcall.dsl.types import Duration
from playcall.engine.playbook.model import (
    EmailAction,
    PersonOf,
    PersonUser,
    Play,
    Playbook,
    TaskAction,
    WebhookAction,
)

from .conftest import HEAD, Lay

WHEN = "    when: days_to_renewal == 60\n    do:\n"


def test_a_task(play: Callable[..., Play]) -> None:
    read = play(
        WHEN + '      - task: "Save {{ account.name }}: {{ contract.product }}"\n'
        "        assign: [csm, kato, account.csm]\n        priority: high\n        due: 2bd\n"
        "        until: auto_renew\n        checklist: [Call, Write]\n        rank: arr\n        kind: risk\n"
    )
    (task,) = read.actions
    assert isinstance(task, TaskAction)
    shown = [part.source.text if isinstance(part, Checked) else part for part in task.title.parts]
    assert shown == ["Save ", "account.name", ": ", "contract.product"]
    assert [person.name for person in task.assign] == ["csm", "kato", "account.csm"]
    literal = task.assign[1].alternatives[0]
    assert isinstance(literal, PersonUser)
    assert isinstance(literal.user.tree, Const)
    assert literal.user.tree.value == "kato"
    assert task.due == Duration(2, "bd")
    assert isinstance(task.priority.tree, Const)
    assert (task.priority.tree.value, task.kind) == ("high", "risk")
    assert len(task.checklist) == 2
    assert task.until is not None
    assert task.rank is not None


def test_an_email_knows_what_its_template_reads(play: Callable[..., Play]) -> None:
    read = play(WHEN + "      - {email: notice, to: admin, from: csm}\n")
    (email,) = read.actions
    assert isinstance(email, EmailAction)
    assert set(email.context) == {"contract.product", "contract.renewal_date"}
    assert email.channel == "email"
    (admin,) = email.to
    (rule,) = admin.alternatives
    assert isinstance(rule, PersonOf)
    assert (rule.hops, rule.relation.entity, rule.take) == (("account",), "contact", 1)


def test_a_template_may_be_named_by_a_param(play: Callable[..., Play]) -> None:
    read = play(WHEN + "      - {email: mail, to: admin, from: csm}\n", "params: {mail: notice}\n")
    (email,) = read.actions
    assert isinstance(email, EmailAction)
    assert email.template == "notice"


def test_an_else_chain_is_followed(lay: Lay) -> None:
    recipients = (
        'recipients:\n  buyer: {of: contacts, where: role == "buyer", else: lead}\n  lead: {user: kato}\n'
    )
    body = HEAD + "plays:\n  p:\n" + WHEN + "      - {email: notice, to: buyer, from: csm}\n"
    loaded = lay({"catalog/more.yaml": recipients, "playbooks/example.yaml": body})
    assert loaded.errors == ()
    (email,) = loaded.playbooks["example"].plays["p"].actions
    assert isinstance(email, EmailAction)
    first, second = email.to[0].alternatives
    assert isinstance(first, PersonOf)
    assert isinstance(second, PersonUser)


def test_a_webhook_keeps_the_types_of_its_payload(lay: Lay) -> None:
    body = HEAD + "plays:\n  p:\n" + WHEN
    body += '      - webhook: erp\n        payload: {days: days_to_renewal, text: "{{ account.name }}!"}\n'
    project = (
        "project: example\ncurrency: JPY\nsources: {crm: {adapter: files, path: data}}\n"
        "users: {kato: {name: Kato, email: kato@vendor.example}}\n"
        'channels: {erp: {adapter: webhook, url: "https://erp.example", secret: "${ERP_SECRET}"}}\n'
    )
    loaded = lay({"playcall.yaml": project, "playbooks/example.yaml": body})
    assert loaded.errors == ()
    (webhook,) = loaded.playbooks["example"].plays["p"].actions
    assert isinstance(webhook, WebhookAction)
    assert isinstance(webhook.payload["days"], Checked)
    assert not isinstance(webhook.payload["text"], Checked)


def test_reads_names_every_source_behind_it(lay: Lay) -> None:
    project = (
        "project: example\ncurrency: JPY\nsources:\n  crm: {adapter: files, path: a}\n"
        "  support: {adapter: files, path: b}\n  finance: {adapter: files, path: c}\n"
        "users: {kato: {name: Kato, email: kato@vendor.example}}\n"
    )
    catalog = """
entities:
  ticket:
    key: id
    from: support.tickets
    belongs_to: {account: account_id}
    many: tickets
    fields: {id: text, account_id: text}
  account:
    key: account_id
    from: [crm.accounts, {table: finance.customers, match: {id: account_id}}]
    fields: {account_id: text, name: {text: true, from: finance.name}, csm: user}
    derive: {busy: count(tickets) > 3}
"""

    def reads(where: str) -> frozenset[str]:
        body = f'playbook: b\nfor: account\nwhere: {where}\nplays:\n  p:\n    when: account_id == "x"\n'
        body += "    do: [{task: Call, assign: kato}]\n"
        files = {"playcall.yaml": project, "catalog/customers.yaml": catalog, "playbooks/renewal.yaml": body}
        loaded = lay(files)
        return loaded.checked()[2]["b"].reads

    assert reads('account_id != "y"') == {"crm", "account.account_id"}
    assert reads('name != "y"') == {"crm", "finance", "account.account_id", "account.name"}
    assert reads("busy") == {"crm", "support", "account.account_id", "ticket.account_id"}


def test_extends_overrides_params_and_plays(lay: Lay) -> None:
    base = HEAD.replace("playbook: example", "playbook: base\nabstract: true\nwas: older")
    base += "params: {lead: 90, low: 3}\nplays:\n  a:\n    when: days_to_renewal == lead\n    grace: 5d\n"
    base += (
        "    do: [{task: A, assign: csm}]\n  b:\n    when: quantity < low\n    do: [{task: B, assign: csm}]\n"
    )
    own = "playbook: own\nextends: base\nparams: {lead: 60}\nplays:\n  a: {grace: 2d}\n  b: null\n"
    loaded = lay({"playbooks/base.yaml": base, "playbooks/own.yaml": own})
    assert loaded.errors == ()
    assert set(loaded.playbooks) == {"renewal", "own"}
    read: Playbook = loaded.playbooks["own"]
    assert set(read.plays) == {"a"}
    assert read.plays["a"].grace == Duration(2, "d")
    assert (read.owner, read.was) == ("cs@vendor.example", ())
