"""Posted answers: what is kept, and what is said about the rest."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from formkit import NOW, value_of

from playcall.dsl.types import Money, Value
from playcall.engine.forms.late import late_world
from playcall.engine.forms.survey import Survey
from playcall.engine.playbook.loader import Loaded
from playcall.engine.respond.answers import Accepted, Refused, check_answers
from playcall.engine.respond.parse import Given

Read = Callable[[str], tuple[Loaded, Survey]]

QUESTIONS = """
  intent: {ask: Do you plan to renew?, choice: {"yes": "Yes", "no": "No", not_me: Not me}}
  who: {if: intent == "not_me", ask: Who decides?, person: admin}
  nps: {ask: How likely?, nps: true}
  words: {ask: Why?, text: {max: 10}}
  start: {ask: From when?, date: {min: renewal_date, max: renewal_date + 30d}}
  seats: {ask: How many?, number: {min: 1, max: quantity * 2}}
  bill: {ask: Is this right?, amount: arr}
  big: {if: seats > quantity and account.segment == "enterprise", ask: More?, csat: true}
"""
RECORD: dict[str, Value] = {
    "renewal_date": date(2026, 7, 20),
    "quantity": 100,
    "arr": Money(Decimal(480000), "JPY"),
}


def posted(
    read: Read, before: dict[str, Given] | None = None, segment: str = "enterprise", **form: str | list[str]
) -> Accepted | Refused:
    """What a post comes to."""
    loaded, survey = read(QUESTIONS)
    assert loaded.catalog and loaded.project
    values = value_of(loaded.catalog, loaded, RECORD, {"_key": "A1", "segment": segment})
    world = late_world(loaded.catalog.schema, loaded.project.settings, NOW)
    lists = {
        name.replace("__", "."): [value] if isinstance(value, str) else value for name, value in form.items()
    }
    return check_answers(survey, before or {}, lists, values, world)


@pytest.mark.parametrize(
    ("question", "text", "kept"),
    [
        ("intent", "no", "no"),
        ("nps", "9", "9"),
        ("nps", "１０", "10"),
        ("words", " 高い \r\n", "高い"),
        ("words", "a\r\nb", "a\nb"),
        ("words", "e\u0301", "é"),
        ("start", "2026-07-20", "2026-07-20"),
        ("start", "2026/8/1", "2026-08-01"),
        ("start", "２０２６年８月１日", "2026-08-01"),
        ("seats", "1", "1"),
        ("seats", "150.5", "150.5"),
        ("bill", "480,000", "480000 JPY"),
        ("bill", "0", "0 JPY"),
    ],
)
def test_an_answer_is_kept_in_one_spelling(survey: Read, question: str, text: str, kept: str) -> None:
    found = posted(survey, **{"intent": "yes", question: text})
    assert isinstance(found, Accepted)
    assert found.answers[question].text == kept


@pytest.mark.parametrize(
    ("question", "text", "code"),
    [
        ("intent", "maybe", "choice"),
        ("intent", "YES", "choice"),
        ("nps", "11", "too_large"),
        ("nps", "-1", "too_small"),
        ("nps", "9.5", "number"),
        ("nps", "nine", "number"),
        ("nps", "1e1", "number"),
        ("nps", "٣٣x", "number"),
        ("words", "12345678901", "too_long"),
        ("words", "a\x00b", "characters"),
        ("words", "a\x1b[1mb", "characters"),
        ("words", "a\u202eb", "characters"),
        ("words", "a\ud800", "characters"),
        ("start", "2026-07-19", "too_small"),
        ("start", "2026-08-20", "too_large"),
        ("start", "2026-02-30", "date"),
        ("start", "soon", "date"),
        ("seats", "0", "too_small"),
        ("seats", "200.000001", "too_large"),
        ("seats", "nan", "number"),
        ("seats", "Infinity", "number"),
        ("seats", "9" * 5000, "number"),
        ("seats", "1,00", "number"),
        ("bill", "-1", "too_small"),
        ("bill", "480000.5", "decimals"),
        ("bill", "9" * 18, "too_large"),
        ("big", "3", "hidden"),
        ("who.email", "x@y.example", "hidden"),
        ("nobody", "x", "unknown"),
        ("nps.email", "9", "unknown"),
    ],
)
def test_what_is_wrong_is_said_of_its_question(survey: Read, question: str, text: str, code: str) -> None:
    found = posted(survey, **{"intent": "yes", question: text})
    assert isinstance(found, Refused)
    assert [problem.code for problem in found.problems.values()] == [code]
    problem = next(iter(found.problems.values()))
    assert problem.said("en") != problem.said("ja")
    assert "{" not in problem.said("en") + problem.said("ja")


def test_the_first_question_is_required_and_others_are_not(survey: Read) -> None:
    found = posted(survey)
    assert isinstance(found, Refused)
    assert {name: one.code for name, one in found.problems.items()} == {"intent": "required"}
    assert isinstance(posted(survey, intent="yes"), Accepted)


def test_two_values_for_one_question_are_refused(survey: Read) -> None:
    found = posted(survey, intent=["yes", "no"])
    assert isinstance(found, Refused)
    assert found.problems["intent"].code == "several"


def test_a_condition_reads_earlier_answers_and_the_record(survey: Read) -> None:
    shown = posted(survey, intent="yes", seats="150", big="3")
    assert isinstance(shown, Accepted)
    assert shown.answers["big"].value == 3
    assert isinstance(posted(survey, segment="smb", intent="yes", seats="150", big="3"), Refused)
    assert isinstance(posted(survey, intent="yes", seats="50", big="3"), Refused)


def test_somebody_is_named_by_address(survey: Read) -> None:
    found = posted(survey, intent="not_me", who__email=" ceo＠acme.example ", who__name="佐藤 花子")
    assert isinstance(found, Accepted)
    assert found.answers["who"] == Given("ceo@acme.example", "ceo@acme.example", "佐藤 花子")


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"who__email": "nobody"}, "address"),
        ({"who__name": "Only a name"}, "address"),
        ({"who__email": "a@b.example\r\nBcc: x@y.example"}, "address"),
        ({"who__email": "a@b.example", "who__name": "x\ny"}, "characters"),
        ({"who__email": "a@b.example", "who__name": "x" * 201}, "too_long"),
        ({"who__email": "a@b.example", "who__role": "boss"}, "unknown"),
    ],
)
def test_a_person_that_cannot_be_written_to_is_refused(survey: Read, form: dict[str, str], code: str) -> None:
    found = posted(survey, intent="not_me", **form)
    assert isinstance(found, Refused)
    assert found.problems["who"].code == code


def test_answers_stay_until_they_are_changed_emptied_or_hidden(survey: Read) -> None:
    first = posted(survey, intent="not_me", who__email="ceo@acme.example", nps="9")
    assert isinstance(first, Accepted)
    kept = posted(survey, dict(first.answers), words="ok")
    assert isinstance(kept, Accepted)
    assert list(kept.answers) == ["intent", "who", "nps", "words"]
    emptied = posted(survey, dict(first.answers), nps="")
    assert isinstance(emptied, Accepted)
    assert list(emptied.answers) == ["intent", "who"]
    hidden = posted(survey, dict(first.answers), intent="yes")
    assert isinstance(hidden, Accepted)
    assert list(hidden.answers) == ["intent", "nps"]
