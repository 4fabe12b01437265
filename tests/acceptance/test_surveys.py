"""What customers answered, and quotes, decide what plays do: facts like any other."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from clikit import Company, verdicts
from playcall.engine.ledger import answers, opportunities, quotes
from playcall.engine.ledger.database import open_ledger
from playcall.engine.ledger.tasks import Act

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


def test_a_survey_that_is_not_there_is_said(asked: Company) -> None:
    asked.playbook(SAVE.replace("renewal-intent", "renewal-intend"))
    answer = asked.call("lint")
    assert answer.code == 1
    assert "E413: there is no survey `renewal-intend`" in answer.out
    assert "did you mean `renewal-intent`?" in answer.out
