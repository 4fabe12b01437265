"""A customer opens a link, is shown what was meant for them, and posts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from formkit import NOW, laid, quoted, show, value_of

from playcall.engine.forms.late import key_of
from playcall.engine.forms.spans import closes_at
from playcall.engine.ledger import answers, links, quotes
from playcall.engine.ledger.database import Ledger, open_ledger
from playcall.engine.ledger.tasks import Act
from playcall.engine.ledger.values import to_json
from playcall.engine.playbook.loader import Loaded
from playcall.engine.respond.answers import Refused
from playcall.engine.respond.desk import Desk, Invited, Visit, new_link
from playcall.engine.respond.links import Keys, LinkRefusedError
from playcall.engine.respond.quote import Quote
from playcall.engine.respond.quote_page import Accepts, accept_quote, offer, quote_page, revision_of
from playcall.engine.respond.survey_page import post_survey, survey_page

SURVEY = """survey: renewal-intent
for: contract
open: 140d
title: {ja: "{{ product }} のご更新", en: "Renewing {{ product }}"}
questions:
  answer:
    ask: {ja: "更新をされる予定ですか？", en: "Do you plan to renew?"}
    choice:
      "yes": {ja: "はい", en: "Yes"}
      "no": {ja: "いいえ", en: "No"}
      not_me: {ja: "別の者です", en: "Not me"}
  who: {if: answer == "not_me", ask: "Who decides?", person: admin}
  seats: {if: quantity > 10, ask: "How many?", number: {min: 1}}
  bill: {ask: "Is this right?", amount: arr}
"""
BOOK = """pricebook: standard
for: contract
currency: JPY
quantity: quantity
lines: {licence: {unit: 4800 JPY}}
tax: 10%
valid_for: 31d
"""
ACCOUNT = {"_key": "A1"}
RECORD = {"product": "mdm", "quantity": 100, "arr": None, "renewal_date": date(2026, 7, 20)}
INVITED = Invited("contract", "C1", "2025-07-20", "A1", "ceo@acme.test", "ja")
SUBJECT = quotes.QuoteSubject("standard", "contract", "C1", "2025-07-20", "A1")
STAFF = Act("kato", NOW, NOW.date())
LATER = NOW + timedelta(minutes=10)
HERE = Visit(LATER, "192.0.2.1")
YES = Accepts("佐藤 花子", True, "I accept the price")


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    """A project with a survey and a price book."""
    found = laid(tmp_path / "p", {"surveys/s.yaml": SURVEY, "pricebooks/b.yaml": BOOK})
    assert found.diagnostics == ()
    return found


@pytest.fixture
def desk(loaded: Loaded, tmp_path: Path) -> Iterator[Desk]:
    """The pages over a new ledger."""
    ledger: Ledger = open_ledger("sqlite:///ledger.db", tmp_path)
    assert loaded.catalog and loaded.project
    keys = Keys(("n" * 32,))
    yield Desk(ledger, keys, loaded.surveys, loaded.catalog.schema, loaded.project.settings, "en")
    ledger.close()


@pytest.fixture
def survey_token(desk: Desk, loaded: Loaded) -> str:
    """A link to the survey."""
    assert loaded.catalog is not None
    values = value_of(loaded.catalog, loaded, RECORD, ACCOUNT)
    with desk.ledger.writing() as connection:
        survey = loaded.surveys["renewal-intent"]
        kept = {key_of(checked): to_json(values(checked)) for checked in survey.reads()}
        until = closes_at(survey.open, NOW)
        row, token = new_link("survey", survey.name, INVITED, NOW, until, kept, desk.keys)
        links.add(connection, [row])
        return token


@pytest.fixture
def quote_token(desk: Desk, loaded: Loaded) -> str:
    """A link to a quote that was sent."""
    with desk.ledger.writing() as connection:
        quotes.draft(connection, SUBJECT, revision(loaded), STAFF)
        quotes.send(connection, SUBJECT.id, 1, STAFF)
        return offer(desk, connection, SUBJECT, INVITED, NOW, NOW + timedelta(days=60))


def revision(loaded: Loaded, quantity: int = 100) -> quotes.Revision:
    found = quoted(loaded, loaded.pricebooks["standard"], {**RECORD, "quantity": quantity})
    assert isinstance(found, Quote)
    return revision_of(found, loaded.pricebooks["standard"], NOW.date())


def why(act: Callable[[], object]) -> str:
    with pytest.raises(LinkRefusedError) as refused:
        act()
    return refused.value.refusal


def test_the_page_speaks_the_readers_language_and_shows_what_is_asked(desk: Desk, survey_token: str) -> None:
    page = survey_page(desk, survey_token, LATER, show)
    assert page.title == "mdm のご更新"
    assert [question.name for question in page.questions] == ["answer", "seats", "bill"]
    assert page.questions[0].options == (("yes", "はい"), ("no", "いいえ"), ("not_me", "別の者です"))


def test_a_post_is_kept_and_stands_on_the_page(desk: Desk, survey_token: str) -> None:
    nonce = survey_page(desk, survey_token, NOW, show).nonce
    kept = post_survey(
        desk, survey_token, nonce, {"answer": ["not_me"], "who.email": ["cfo@acme.test"]}, HERE
    )
    assert isinstance(kept, str)
    page = survey_page(desk, survey_token, LATER, show)
    given = {question.name: question.given.text for question in page.questions if question.given}
    assert given == {"answer": "not_me", "who": "cfo@acme.test"}
    with desk.ledger.reading() as connection:
        (row,) = answers.versions(connection, answers.Subject("renewal-intent", *_about()))
        assert (row["actor"], row["quarantine"], len(row["source"])) == ("ceo@acme.test", "", 32)


def _about() -> tuple[str, str, str | None, str | None, str]:
    return INVITED.entity, INVITED.record, INVITED.cycle, INVITED.account, INVITED.recipient


def test_an_answer_may_be_changed_and_what_was_said_stays(desk: Desk, survey_token: str) -> None:
    for answer, seats in (("yes", "150"), ("no", "")):
        nonce = survey_page(desk, survey_token, NOW, show).nonce
        assert isinstance(
            post_survey(desk, survey_token, nonce, {"answer": [answer], "seats": [seats]}, HERE), str
        )
    with desk.ledger.reading() as connection:
        rows = answers.versions(connection, answers.Subject("renewal-intent", *_about()))
        assert [row["answers"] for row in rows] == [{"answer": "yes", "seats": "150"}, {"answer": "no"}]


def test_a_mistake_keeps_nothing_and_may_be_mended_with_the_same_page(desk: Desk, survey_token: str) -> None:
    nonce = survey_page(desk, survey_token, NOW, show).nonce
    found = post_survey(desk, survey_token, nonce, {"answer": ["maybe"]}, HERE)
    assert isinstance(found, Refused)
    assert found.problems["answer"].code == "choice"
    assert isinstance(post_survey(desk, survey_token, nonce, {"answer": ["no"]}, HERE), str)


def test_a_post_counts_once(desk: Desk, survey_token: str) -> None:
    nonce = survey_page(desk, survey_token, NOW, show).nonce
    post_survey(desk, survey_token, nonce, {"answer": ["no"]}, HERE)
    assert why(lambda: post_survey(desk, survey_token, nonce, {"answer": ["yes"]}, HERE)) == "used"


def test_a_post_right_after_the_page_is_kept_apart(desk: Desk, survey_token: str) -> None:
    nonce = survey_page(desk, survey_token, NOW, show).nonce
    at_once = Visit(NOW + timedelta(seconds=1), "192.0.2.1")
    post_survey(desk, survey_token, nonce, {"answer": ["no"]}, at_once)
    with desk.ledger.reading() as connection:
        assert [row["quarantine"] for row in answers.quarantined(connection)] == ["page"]
    assert all(question.given is None for question in survey_page(desk, survey_token, LATER, show).questions)


def test_looking_changes_nothing(desk: Desk, survey_token: str, quote_token: str) -> None:
    with desk.ledger.reading() as connection:
        before = "\n".join(connection.connection.iterdump())  # type: ignore[attr-defined]
    survey_page(desk, survey_token, LATER, show)
    quote_page(desk, quote_token, LATER)
    with desk.ledger.reading() as connection:
        assert "\n".join(connection.connection.iterdump()) == before  # type: ignore[attr-defined]


def test_links_open_only_what_they_are_for(desk: Desk, survey_token: str, quote_token: str) -> None:
    assert why(lambda: survey_page(desk, quote_token, NOW, show)) == "purpose"
    assert why(lambda: quote_page(desk, survey_token, NOW)) == "purpose"
    closed = datetime(2026, 7, 19, 23, 0, tzinfo=NOW.tzinfo)
    assert why(lambda: survey_page(desk, survey_token, closed, show)) == "expired"
    survey_page(desk, survey_token, closed - timedelta(seconds=1), show)
    nonce = survey_page(desk, survey_token, NOW, show).nonce
    assert why(lambda: accept_quote(desk, quote_token, nonce, YES, HERE)) == "purpose"
    without = replace(desk, surveys={})
    assert why(lambda: survey_page(without, survey_token, NOW, show)) == "unknown"
    with desk.ledger.writing() as connection:
        links.revoke(connection, STAFF, purpose="survey", record_key="C1")
    assert why(lambda: survey_page(desk, survey_token, NOW, show)) == "revoked"
    assert why(lambda: post_survey(desk, survey_token, nonce, {"answer": ["no"]}, HERE)) == "revoked"


def test_a_quote_is_accepted_by_name(desk: Desk, quote_token: str) -> None:
    page = quote_page(desk, quote_token, NOW)
    assert (page.standing, page.revision, page.quote.total) == ("open", 1, Decimal(528000))
    assert accept_quote(desk, quote_token, page.nonce, YES, HERE) == "accepted"
    assert quote_page(desk, quote_token, LATER).standing == "accepted"
    assert accept_quote(desk, quote_token, page.nonce, YES, HERE) == "accepted"
    with desk.ledger.reading() as connection:
        given = quotes.acceptance(connection, SUBJECT.id)
        assert given is not None
        assert (given["name"], given["terms"], given["revision"]) == (YES.name, YES.terms, 1)


@pytest.mark.parametrize(
    ("accepts", "missing"),
    [
        (replace(YES, name="  "), "name"),
        (replace(YES, name="x" * 201), "name"),
        (replace(YES, name="a\x00b"), "name"),
        (replace(YES, ticked=False), "tick"),
    ],
)
def test_what_an_acceptance_needs(desk: Desk, quote_token: str, accepts: Accepts, missing: str) -> None:
    nonce = quote_page(desk, quote_token, NOW).nonce
    assert accept_quote(desk, quote_token, nonce, accepts, HERE) == missing
    assert accept_quote(desk, quote_token, nonce, YES, HERE) == "accepted"


def test_an_old_link_says_that_there_is_a_newer_quote(desk: Desk, loaded: Loaded, quote_token: str) -> None:
    nonce = quote_page(desk, quote_token, NOW).nonce
    with desk.ledger.writing() as connection:
        quotes.revise(connection, SUBJECT.id, 1, revision(loaded, 90), STAFF)
        quotes.send(connection, SUBJECT.id, 2, STAFF)
        newer = offer(desk, connection, SUBJECT, INVITED, LATER, NOW + timedelta(days=60))
    page = quote_page(desk, quote_token, LATER)
    assert (page.standing, page.revision, page.quote.total) == ("replaced", 1, Decimal(528000))
    assert accept_quote(desk, quote_token, nonce, YES, HERE) == "replaced"
    assert quote_page(desk, newer, LATER).standing == "open"


def test_a_quote_that_is_withdrawn_or_over_cannot_be_accepted(desk: Desk, quote_token: str) -> None:
    late = datetime(2026, 4, 2, tzinfo=NOW.tzinfo)
    nonce = quote_page(desk, quote_token, late).nonce
    assert quote_page(desk, quote_token, late).standing == "expired"
    assert accept_quote(desk, quote_token, nonce, YES, Visit(late, "192.0.2.1")) == "expired"
    with desk.ledger.writing() as connection:
        quotes.withdraw(connection, SUBJECT.id, 1, STAFF, "wrong price")
    assert quote_page(desk, quote_token, NOW).standing == "withdrawn"
