"""What customers answered, and quotes, decide what plays do: facts like any other."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.message import Message

import pytest

from clikit import Company, verdicts
from playcall.engine.ledger import answers, opportunities, quotes
from playcall.engine.ledger.database import open_ledger
from playcall.engine.ledger.tasks import Act
from playcall.engine.playbook.loader import load
from playcall.engine.respond.desk import Desk, Visit
from playcall.engine.respond.links import Keys
from playcall.engine.respond.survey_page import post_survey, survey_page

SURVEYS = {
    "surveys/renewal-intent.yaml": """\
survey: renewal-intent
for: contract
questions:
  intent: {ask: "Do you plan to renew?", choice: {"yes": "Yes", "no": "No", not_me: "Not me"}}
  who: {if: intent == "not_me", ask: "Who decides?", person: decision_maker}
""",
    "surveys/nps.yaml": """\
survey: nps
for: contract
questions:
  score: {ask: "How likely?", nps: true}
  bill: {ask: "Is this right?", amount: 1000 JPY}
""",
}
SAVE = """
save:
  when: answer("renewal-intent") == "no"
  do:
    - {task: "Save {{ account.name }}", assign: csm, priority: urgent, due: 2bd}
"""
NOON = datetime(2024, 3, 4, 3, 0, tzinfo=UTC)
ACT = Act("ceo@acme.test", NOON, date(2024, 3, 4))
CYCLE = "2023-07-20"


def say(company: Company, *rows: answers.AnswerRow, survey: str = "renewal-intent", **more: object) -> None:
    """The decision maker of C1 answers."""
    given: dict[str, object] = {"cycle": CYCLE, "record": "C1", "respondent": "ceo@acme.test", **more}
    quarantine = str(given.pop("quarantine", ""))
    subject = answers.Subject(survey, "contract", account="A1", **given)  # type: ignore[arg-type]
    ledger = open_ledger("sqlite:///.playcall/ledger.db", company.root)
    with ledger.writing() as connection:
        answers.submit(connection, subject, rows, ACT, answers.Sent(quarantine=quarantine))
    ledger.close()


def intent(value: str) -> answers.AnswerRow:
    return answers.AnswerRow("intent", 0, value)


@pytest.fixture
def asked(company: Company) -> Company:
    """The company with surveys, a play that saves, and a first run."""
    company.write(SURVEYS)
    company.playbook(SAVE)
    assert verdicts(company.run("2024-03-01")) == {}
    return company


def test_a_no_becomes_an_urgent_task_the_same_day(asked: Company) -> None:
    say(asked, intent("no"))
    assert verdicts(asked.run("2024-03-04")) == {"fired": 1}
    [task] = asked.tasks()
    assert (task["title"], task["priority"]) == ("Save Acme", "urgent")
    assert verdicts(asked.run("2024-03-05")) == {}


def test_a_no_that_is_taken_back_clears_the_task(asked: Company) -> None:
    say(asked, intent("no"))
    asked.run("2024-03-04")
    say(asked, intent("yes"))
    asked.run("2024-03-05")
    assert asked.tasks() == []


@pytest.mark.parametrize(
    "more",
    [{"cycle": "2022-07-20"}, {"record": "C2"}, {"survey": "nps"}, {"quarantine": "page"}],
    ids=["last year's", "of another contract", "of another survey", "kept apart"],
)
def test_other_answers_are_none(asked: Company, more: dict[str, str]) -> None:
    say(asked, intent("no"), **more)  # type: ignore[arg-type]
    assert verdicts(asked.run("2024-03-04")) == {}


def test_explain_shows_the_answer(asked: Company) -> None:
    say(asked, intent("no"))
    found = asked.json("explain", "renewals.save", "C1", "--as-of", "2024-03-04")
    assert found["verdict"] == "fired"
    assert '"no"' in str(found["trigger"]) or "'no'" in str(found["trigger"])


@pytest.mark.parametrize(
    "when",
    [
        'answered("nps")',
        'answer("nps") == "6"',
        'answer("nps", "bill") == "900 JPY"',
        'answer("renewal-intent") == "none"',
        'any(answers where survey == "nps" and number <= 6)',
        "any(answers where amount < 1000 JPY and question == 'bill')",
        'latest(answers.number by answered_on where survey == "nps") < 7',
        'count(account.answers where contact == "ceo@acme.test") == 2',
        'any(account.contacts where email == "ceo@acme.test")',
        "none(replies where not automatic)",
    ],
)
def test_answers_are_read_as_what_they_are(asked: Company, when: str) -> None:
    asked.playbook(f"""
low:
  when: {when if '"' not in when else "'" + when.replace("'", "''") + "'"}
  do: [{{task: Call, assign: csm}}]
""")
    bill = answers.AnswerRow("bill", 1, "900 JPY", amount=Decimal(900), currency="JPY")
    say(asked, answers.AnswerRow("score", 0, "6", number=6.0), bill, survey="nps")
    assert verdicts(asked.run("2024-03-04")) == {"fired": 1}


def test_quotes_and_opportunities_are_facts(asked: Company) -> None:
    asked.playbook("""
sent:
  when: quote_status() == "sent" and any(quotes where total > 500000 JPY)
  do: [{task: Call about the quote, assign: csm}]
met:
  when: 'any(opportunities where stage == "meeting" and value >= 1000 USD)'
  do: [{task: Prepare the meeting, assign: csm}]
""")
    subject = quotes.QuoteSubject("standard", "contract", "C1", CYCLE, "A1")
    lead = opportunities.OpportunityRow(
        "o1", "", "", "contract", "C1", CYCLE, "A1", "Macs", "kato", Decimal(1000), "USD", date(2024, 3, 4)
    )
    ledger = open_ledger("sqlite:///.playcall/ledger.db", asked.root)
    with ledger.writing() as connection:
        quotes.draft(connection, subject, quotes.Revision({}, Decimal("500000.5"), "JPY", None), ACT)
        quotes.send(connection, subject.id, 1, ACT)
        opportunities.add(connection, [lead])
        opportunities.move(connection, "o1", "vetted", ACT)
        opportunities.move(connection, "o1", "meeting", ACT, meeting_on=date(2024, 3, 9))
    ledger.close()
    report = asked.run("2024-03-04")
    assert verdicts(report) == {"fired": 2}
    assert asked.call("replay", report["run"]).code == 0


def test_interest_becomes_an_opportunity(asked: Company) -> None:
    asked.playbook("""
expand:
  when: devices > quantity
  do:
    - opportunity: "{{ account.name }} needs more seats"
      assign: csm
      value: 4800 JPY * (devices - quantity)
met:
  when: 'any(opportunities where stage == "spotted" and value == 48000 JPY)'
  do: [{task: "Vet it", assign: csm}]
""")
    report = asked.run("2024-03-04")
    assert report["touches"]["opportunity"] == 1
    [touch] = asked.touches()
    assert (touch["type"], touch["to"], touch["state"]) == ("opportunity", "kato", "open")
    ledger = open_ledger("sqlite:///.playcall/ledger.db", asked.root)
    with ledger.reading() as connection:
        found = opportunities.show(connection, touch["id"])
    ledger.close()
    assert (found["title"], found["amount"], found["stage"]) == ("Acme needs more seats", 48000, "spotted")
    assert verdicts(asked.run("2024-03-05")) == {"fired": 1}
    assert [task["title"] for task in asked.tasks()] == ["Vet it"]


def test_a_survey_that_is_not_there_is_said(asked: Company) -> None:
    asked.playbook(SAVE.replace("renewal-intent", "renewal-intend"))
    answer = asked.call("lint")
    assert answer.code == 1
    assert "E413: there is no survey `renewal-intend`" in answer.out
    assert "did you mean `renewal-intent`?" in answer.out


ASK = """
ask:
  when: days_to_renewal == 140
  do:
    - {survey: renewal-intent, to: decision_maker, from: csm}
remind:
  after: ask + 10d
  unless: answered("renewal-intent")
  do:
    - {survey: renewal-intent, template: remind, to: decision_maker, from: csm}
"""
LETTER = """\
---
subject: "{{ contract.product }}: do you plan to renew?"
---
Dear {{ recipient.name }},

[please tell us]({{ links.answer }})
"""
LINK_KEY = "a-key-of-thirty-two-bytes-or-more"


@pytest.fixture
def asking(company: Company, monkeypatch: pytest.MonkeyPatch) -> Company:
    """The company that asks 140 days ahead, on 2 March, and reminds."""
    monkeypatch.setenv("LINK_KEY", LINK_KEY)
    project = (company.root / "playcall.yaml").read_text("utf-8")
    links = 'links: {url: "https://renew.acme.test", keys: ["${LINK_KEY}"]}\n'
    company.write({**SURVEYS, "playcall.yaml": project + links})
    company.write({"templates/renewal-intent.md": LETTER, "templates/remind.md": LETTER})
    company.playbook(ASK)
    company.run("2024-03-01")
    return company


def desk(company: Company) -> Desk:
    loaded = load(company.root)
    assert loaded.project and loaded.catalog
    ledger = open_ledger("sqlite:///.playcall/ledger.db", company.root)
    keys = Keys((LINK_KEY,))
    return Desk(ledger, keys, loaded.surveys, loaded.catalog.schema, loaded.project.settings, "en")


def token_in(mail: Message) -> str:
    """The token of the link in a mail."""
    text = mail.get_payload(0).get_payload(decode=True).decode()  # type: ignore[union-attr]
    found = re.search(r"https://renew\.acme\.test/s/(\S+?)[\s>)]", text)
    assert found, text
    return found[1]


def test_a_survey_is_sent_opened_and_answered(asking: Company) -> None:
    report = asking.run("2024-03-02")
    assert report["touches"]["survey"] == 1
    [touch] = asking.touches()
    assert (touch["type"], touch["to"], touch["state"]) == ("survey", "ceo@acme.test", "sent")
    [mail] = asking.mails()
    token = token_in(mail)
    pages = desk(asking)
    now = datetime(2024, 3, 3, 3, 0, tzinfo=UTC)
    page = survey_page(pages, token, now, lambda value, language: str(value))
    assert [question.ask for question in page.questions] == ["Do you plan to renew?"]
    visit = Visit(now + timedelta(minutes=3), "192.0.2.1")
    assert isinstance(post_survey(pages, token, page.nonce, {"intent": ["no"]}, visit), str)
    pages.ledger.close()
    assert verdicts(asking.run("2024-03-12")) == {"declined": 1}


def test_who_has_not_answered_is_reminded_with_a_link_of_its_own(asking: Company) -> None:
    asking.runs("2024-03-02", "2024-03-12")
    tokens = [token_in(mail) for mail in asking.mails()]
    assert len(set(tokens)) == 2


def test_a_preview_shows_the_message(asking: Company) -> None:
    answer = asking.call("preview", "renewals.ask", "C1", "--as-of", "2024-03-02")
    assert answer.code == 0, answer.err
    assert "https://renew.acme.test/s/" in answer.out


@pytest.mark.parametrize(
    ("play", "code", "message"),
    [
        ("{survey: renewal-intend, to: decision_maker}", "E413", "there is no survey `renewal-intend`"),
        ("{survey: nps, template: nps, to: decision_maker}", "E401", "there is no template `nps`"),
        ("{survey: nps, template: remind}", "E106", "a survey needs `to`"),
        ("{email: remind, to: decision_maker}", "E403", "the message asks no survey"),
    ],
)
def test_what_cannot_be_asked_is_said(asking: Company, play: str, code: str, message: str) -> None:
    asking.playbook(f"\nask:\n  when: days_to_renewal == 140\n  do: [{play}]\n")
    answer = asking.call("lint")
    assert answer.code == 1
    assert code in answer.out
    assert message in answer.out


def test_a_survey_needs_an_address_for_its_page(company: Company) -> None:
    """Before there is one, the project can be linted, planned and previewed; nothing is sent or kept."""
    company.write({**SURVEYS, "templates/renewal-intent.md": LETTER, "templates/remind.md": LETTER})
    company.playbook(ASK)
    answer = company.call("lint")
    assert (answer.code, "warning W406: surveys and quotes are answered on a page" in answer.out) == (0, True)
    company.run("2024-03-01")
    assert verdicts(company.json("plan", "--as-of", "2024-03-02")) == {"fired": 1}
    shown = company.call("preview", "renewals.ask", "C1", "--as-of", "2024-03-02")
    assert "https://no-address.invalid/" in shown.out
    answer = company.call("run", "--as-of", "2024-03-02")
    assert (answer.code, "renewals.ask: surveys and quotes are answered on a page" in answer.err) == (3, True)
    assert company.touches() == []


def test_a_survey_without_a_template_has_a_message_under_its_title(asking: Company) -> None:
    survey = SURVEYS["surveys/nps.yaml"].replace(
        "questions:", 'title: {en: "{{ product }}: how is it?"}\nquestions:'
    )
    asking.write({"surveys/nps.yaml": survey})
    asking.playbook("\nask:\n  when: days_to_renewal == 140\n  do: [{survey: nps, to: decision_maker}]\n")
    asking.run("2024-03-01")
    assert verdicts(asking.run("2024-03-02")) == {"fired": 1}
    [mail] = asking.mails()
    assert str(mail["Subject"]).endswith(": how is it?")
    assert "https://renew.acme.test/s/" in str(mail.get_payload(0).get_payload(decode=True))
    assert [touch["type"] for touch in asking.touches()] == ["survey"]


def test_nothing_is_committed_without_a_proper_key(asking: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINK_KEY", "short")
    answer = asking.call("run", "--as-of", "2024-03-02")
    assert answer.code == 3
    assert "shorter than 32 bytes" in answer.err
    monkeypatch.setenv("LINK_KEY", LINK_KEY)
    assert asking.touches() == []
