"""The action `quote`: a statement by mail, one a record and cycle, and what stands in its way."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from clikit import Company, verdicts
from playcall.engine.ledger import quotes
from playcall.engine.ledger.database import open_ledger
from playcall.engine.ledger.errors import LedgerError
from playcall.engine.ledger.tasks import Act
from playcall.engine.service.access import Person
from playcall.engine.service.deciding import Scope, decide_all
from playcall.engine.service.facts import load_facts
from playcall.engine.service.inviting import write_commit
from playcall.engine.service.moments import moment_of
from playcall.engine.service.office import Office
from playcall.engine.service.quote_desk import Edit, revise, send_again
from playcall.engine.service.workspace import Workspace
from webkit import BOOK, KEY, PROJECT

PLAYS = """
statement:
  when: days_to_renewal in [90, 45, 7]
  do: [{quote: standard, to: decision_maker, from: csm}]
"""
STAFF = Act("kato", datetime(2024, 5, 1, tzinfo=UTC), date(2024, 5, 1))
DAYS = ["2024-04-20", "2024-04-21", "2024-06-05", "2024-07-13"]  # the day before, and 90, 45, 7 days ahead


@pytest.fixture
def quoting(company: Company, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("LINK_KEY", KEY)
    settings = (company.root / "playcall.yaml").read_text("utf-8") + PROJECT
    company.write({"playcall.yaml": settings, "pricebooks/standard.yaml": BOOK})
    company.playbook(PLAYS)
    return company


def kept(company: Company) -> list[dict[str, Any]]:
    """The quotes of the ledger with their revisions."""
    ledger = open_ledger("sqlite:///.playcall/ledger.db", company.root)
    try:
        with ledger.reading() as connection:
            rows = quotes.of_records(connection, {"C1", "C2"})
            return [{**row, "revisions": quotes.revisions(connection, row["id"])} for row in rows]
    finally:
        ledger.close()


def body(company: Company, at: int) -> str:
    """The text of a mail, counted by its date."""
    mails = sorted(company.mails(), key=lambda mail: parsedate_to_datetime(str(mail["Date"])))
    payload = mails[at].get_payload(0)
    return str(payload.get_payload(decode=True).decode())  # type: ignore[union-attr]


def test_growth_is_quoted_by_nobody(quoting: Company) -> None:
    """100 machines contracted, 110 in use: a quote for 110, in the body of the mail."""
    quoting.runs(*DAYS[:2])
    [mail] = quoting.mails()
    assert str(mail["Subject"]) == "Renewal of mdm"
    text = body(quoting, 0)
    assert "Renewal of mdm | Quantity | Amount" in text
    assert "Licences | 110 | ¥462,000" in text
    assert "uplift (Index 2027) |  | ¥13,860" in text
    assert "Total |  | ¥523,446" in text
    assert "valid until May 21, 2024" in text
    assert "https://renew.acme.test/q/" in text
    parts = [part.get_content_type() for part in mail.walk()]
    assert parts == ["multipart/alternative", "text/plain", "text/html"]  # and nothing attached
    [quote] = kept(quoting)
    assert (quote["state"], quote["revision"], str(quote["total"])) == ("sent", 1, "523446")


def test_plan_shows_the_amount_and_its_lines(quoting: Company) -> None:
    quoting.run(DAYS[0])
    [occurrence] = quoting.plan(DAYS[1])
    [action] = occurrence["actions"]
    assert (action["type"], action["template"]) == ("quote", "playcall/quote")
    [quote] = action["quotes"]
    assert (quote["total"], quote["quantity"], quote["revision"], quote["made"]) == (
        "523446 JPY",
        "110",
        1,
        True,
    )
    assert quote["lines"][0] == {"name": "licence", "amount": "462000 JPY", "how": ["110 × 4200 JPY"]}
    told = quoting.call("plan", "--as-of", DAYS[1]).out
    assert "C1: 523446 JPY (revision 1, new)" in told
    assert "licence: 462000 JPY = 110 × 4200 JPY" in told
    assert kept(quoting) == []


def test_later_statements_carry_the_current_revision(quoting: Company) -> None:
    """Its validity of 30 days is over at 45: it is made valid anew, as it was, though the fleet has grown."""
    quoting.runs(*DAYS[:2])
    quoting.contracts({"devices": 130})
    quoting.run(DAYS[2])
    [quote] = kept(quoting)
    assert [(row["number"], str(row["total"])) for row in quote["revisions"]] == [
        (1, "523446"),
        (2, "523446"),
    ]
    assert quote["revisions"][1]["reason"] == "the same once more: revision 1 was valid until 2024-05-21"
    assert "valid until July 5, 2024" in body(quoting, 1)


def test_a_corrected_date_makes_no_second_quote(quoting: Company) -> None:
    quoting.runs(*DAYS[:2])
    quoting.contracts({"term_start": "2023-07-22", "renewal_date": "2024-07-22"})
    quoting.run("2024-06-07")
    assert len(kept(quoting)) == 1
    assert len(quoting.mails()) == 2


@pytest.mark.parametrize(
    ("book", "contract", "detail"),
    [
        (("default(devices, 0)", "devices"), {"devices": ""}, "`quantity` is unknown"),
        (
            (
                "{from: 1, price: 4800 JPY}, {from: 100,",
                "{from: 0, to: 9, price: 4800 JPY}, {from: 10, to: 99,",
            ),
            {},
            "no price",
        ),
    ],
    ids=["a figure is missing", "no tier"],
)
def test_what_cannot_be_quoted_waits_and_says_why(
    quoting: Company, book: tuple[str, str], contract: dict[str, object], detail: str
) -> None:
    quoting.write({"pricebooks/standard.yaml": BOOK.replace(*book)})
    quoting.contracts(contract)
    quoting.run(DAYS[0])
    [occurrence] = quoting.plan(DAYS[1])
    assert (occurrence["verdict"], occurrence["reason"]) == ("pending", "quote")
    assert detail in occurrence["detail"]
    assert verdicts(quoting.run(DAYS[1])) == {"pending": 1}
    verdict, reason = quoting.explain("renewals.statement", "C1", DAYS[1])
    assert (verdict, reason.startswith("quote: ")) == ("pending", True)
    quoting.write({"pricebooks/standard.yaml": BOOK})
    quoting.contracts({})
    assert verdicts(quoting.run("2024-04-23")) == {"fired": 1}


def test_a_task_beside_a_quote_that_cannot_be_made_is_opened(quoting: Company) -> None:
    quoting.write({"pricebooks/standard.yaml": BOOK.replace("default(devices, 0)", "devices")})
    quoting.contracts({"devices": ""})
    quoting.playbook(PLAYS.replace("}]", "}, {task: Look at it, assign: csm}]"))
    quoting.runs(*DAYS[:2])
    states = {touch["type"]: (touch["state"], touch["reason"][:9]) for touch in quoting.touches()}
    assert states == {"quote": ("cancelled", "no quote:"), "task": ("open", "")}
    assert kept(quoting) == []


def test_an_unusual_amount_waits_for_approval(quoting: Company) -> None:
    quoting.write({"pricebooks/standard.yaml": BOOK + "approve: total > 500000 JPY\n"})
    _, report = quoting.runs(*DAYS[:2])
    assert report["held"][0]["detail"] == "total > 500000 JPY"
    assert (quoting.mails(), kept(quoting)) == ([], [])
    quoting.json("approve", "renewals", "--as-of", DAYS[1])
    assert quoting.call("deliver").code == 0
    assert len(kept(quoting)) == 1
    quoting.run(DAYS[2])  # once approved, the next statement needs no approval
    assert [quote["revision"] for quote in kept(quoting)] == [2]


def test_a_withdrawn_quote_is_not_sent_again(quoting: Company) -> None:
    quoting.runs(*DAYS[:2])
    [quote] = kept(quoting)
    ledger = open_ledger("sqlite:///.playcall/ledger.db", quoting.root)
    with ledger.writing() as connection:
        quotes.withdraw(connection, quote["id"], 1, STAFF, "a wrong price")
    ledger.close()
    [occurrence] = quoting.plan(DAYS[2])
    assert (occurrence["verdict"], occurrence["reason"]) == ("declined", "quote")
    assert occurrence["detail"] == "revision 1 is withdrawn"


def test_one_mail_for_several_contracts_has_a_quote_of_each(quoting: Company) -> None:
    quoting.contracts({}, {"contract_id": "C2", "product": "connect", "devices": 90})
    quoting.playbook(PLAYS.replace("  do:", "  together: account\n  do:"))
    quoting.runs(*DAYS[:2])
    assert len(quoting.mails()) == 1
    text = body(quoting, 0)
    assert "Renewal of mdm" in text
    assert "Renewal of connect" in text
    assert len({line.split("/q/")[1] for line in text.splitlines() if "/q/" in line}) == 2
    assert len(kept(quoting)) == 2


def test_a_revision_by_hand_is_sent_once_and_replaces_what_was_sent(quoting: Company) -> None:
    quoting.contracts({}, {"contract_id": "C2", "product": "connect", "devices": 90})
    quoting.playbook(PLAYS.replace("  do:", "  together: account\n  do:"))
    quoting.runs(*DAYS[:2])
    quote = next(row for row in kept(quoting) if row["record"] == "C2")
    workspace = Workspace.open(quoting.root, None, os.environ)
    with workspace.ledger() as ledger:
        office, kato = Office(workspace, ledger), Person("kato", "csm")
        revise(
            office, kato, quote["id"], 1, Edit({"licence": "400,000"}, frozenset(), ("", ""), "", "Agreed")
        )
        with pytest.raises(LedgerError, match="revision 1 of the quote has been replaced by revision 2"):
            send_again(office, kato, quote["id"], 1)
        send_again(office, kato, quote["id"], 2)
        with pytest.raises(LedgerError, match="revision 2 was sent by hand before"):
            send_again(office, kato, quote["id"], 2)
    assert quoting.call("deliver").code == 0
    text = body(quoting, 1)
    assert "Licences (Agreed) | 100 | ¥400,000" in text
    assert "mdm" not in text
    quote = next(row for row in kept(quoting) if row["record"] == "C2")
    assert (quote["state"], quote["revision"], len(quoting.mails())) == ("sent", 2, 2)


def test_who_accepts_while_a_run_decides_is_first(quoting: Company) -> None:
    quoting.runs(*DAYS[:2])
    [quote] = kept(quoting)
    workspace = Workspace.open(quoting.root, None, os.environ)
    moment = moment_of(DAYS[2], workspace.clock.now(), "Asia/Tokyo", workspace.playbooks)
    with workspace.ledger() as ledger, load_facts(workspace, moment, keep=True) as base:
        with ledger.reading() as connection:
            decision = decide_all(workspace, base, connection, moment, Scope(workspace.playbooks))
        with ledger.writing() as connection:
            quotes.accept(connection, quote["id"], quotes.Acceptance(1, "Carla", "yes"), STAFF)
            write_commit(connection, decision.commit, workspace.project)
    [quote] = kept(quoting)
    assert (quote["state"], quote["revision"]) == ("accepted", 1)
    [_, late] = quoting.touches()
    assert (late["state"], late["reason"]) == ("cancelled", "no quote: it was accepted or changed meanwhile")


def test_a_quote_goes_to_channels_that_systems_read(quoting: Company) -> None:
    quoting.write({"pricebooks/standard.yaml": BOOK + "export: [email, ep]\n"})
    findings = quoting.call("lint", "--format", "json").json()["diagnostics"]
    found = [one for one in findings if one["code"] == "E405"]
    assert [one["message"] for one in found] == [
        "playcall.yaml has no channel `email` that a quote can go to",
        "playcall.yaml has no channel `ep` that a quote can go to",
    ]


MISTAKES = {
    "price book": (("quote: standard", "quote: standrad"), "E413", "did you mean `standard`?"),
    "key": (("to:", "valid_fro: 30d, to:"), "E105", "did you mean `valid_for`?"),
    "nobody": (("to: decision_maker, ", ""), "E106", ""),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_have_their_place(quoting: Company, case: str) -> None:
    (old, new), code, help_text = MISTAKES[case]
    quoting.playbook(PLAYS.replace(old, new))
    found = quoting.call("lint", "--format", "json").json()["diagnostics"]
    assert [(one["code"], one["line"]) for one in found if one["severity"] == "error"] == [(code, 8)]
    assert help_text in next(one["help"] for one in found if one["code"] == code)


TEMPLATE = """\
---
subject: "{{ quote.title }}"
---
{% for line in quote.lines %}{{ line.NAME }}{% endfor %} [x]({{ links.quote }})
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("line.NAME", "line.amout", "a line of a quote has label"),
        ("quote.title", "quote.titel", "`quote` has title"),
        ("links.quote", "links.answer", "the message asks no survey"),
        ("line.NAME", "line.label }}{{ quote.lines", "`quote.lines` is a list"),
    ],
)
def test_templates_are_checked(quoting: Company, old: str, new: str, told: str) -> None:
    template = TEMPLATE.replace(old, new).replace("NAME", "label")
    quoting.write({"templates/standard.md": template})
    [found] = [
        one
        for one in quoting.call("lint", "--format", "json").json()["diagnostics"]
        if one["severity"] == "error"
    ]
    assert found["code"] == "E403"
    assert told in found["message"]


def test_a_template_of_ones_own_is_found_by_the_price_book(quoting: Company) -> None:
    quoting.write({"templates/standard.md": TEMPLATE.replace("NAME", "how")})
    quoting.runs(*DAYS[:2])
    assert body(quoting, 0).startswith("110 × 4200 JPY3% × 462000 JPY")
    shown = quoting.call("preview", "renewals.statement", "C1", "--as-of", DAYS[1])
    assert "110 × 4200 JPY" in shown.out


def fired(simulation: dict[str, Any]) -> int:
    """How often the play acted."""
    [play] = simulation["verdicts"]
    return int(play["verdicts"]["fired"])


def test_simulated_customers_accept_quotes(quoting: Company) -> None:
    """Those who have accepted are offered nothing more; the others get the statement again."""
    quoting.many(40)
    quoting.playbook(PLAYS, head='stop: quote_status() == "accepted"\n')
    answers = (
        "reactions:\n  - after: renewals.statement\n    one_of: [{share: 50%, days: 10, accept: true}]\n"
    )
    quoting.write({"answers.yaml": answers})
    period = ("simulate", "--from", "2024-04-20", "--to", "2024-06-06")
    none = quoting.json(*period)
    half = quoting.json(*period, "--answers", str(quoting.root / "answers.yaml"))
    assert fired(none) == 80
    assert 50 < fired(half) < 70
    assert kept(quoting) == []
