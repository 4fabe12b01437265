"""A survey on its page: what is shown, what is posted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from ...dsl.frozen import frozen
from ...dsl.typed import Checked
from ...dsl.types import Money, Value
from ..forms.late import ValueOf, key_of
from ..forms.survey import Amount, Answering, Choice, Day, Number, Question, Scale, Survey
from ..forms.wording import Show, Wording, choose
from ..ledger import answers as kept
from ..ledger.answers import AnswerRow, Subject
from ..ledger.links import LinkRow
from ..ledger.tasks import Act
from ..ledger.values import from_json
from .answers import Posted, Refused, asked_with, check_answers
from .desk import Desk, Visit, checked_nonce, opened, page_nonce, suspected, use_nonce
from .links import LinkRefusedError
from .parse import Given


@frozen
class ShownQuestion:
    """A question as the page shows it. ``options``: of a choice, (what is posted, what people read);
    ``given``: the answer that stands, to start from. ``expected``: of an amount, what the record says."""

    name: str
    ask: str
    answering: Answering
    required: bool
    options: tuple[tuple[str, str], ...]
    given: Given | None
    expected: Value = None


@frozen
class SurveyPage:
    """What the page of a link shows. Posting needs ``nonce``."""

    title: str
    questions: tuple[ShownQuestion, ...]
    locale: str
    nonce: str


def survey_page(
    desk: Desk, token: str, now: datetime, show: Show, posted: Posted | None = None
) -> SurveyPage:
    """The page of a link; with ``posted``, which was refused, the questions that belong to it. Nothing
    changes. Raises ``LinkRefusedError``."""
    with desk.ledger.reading() as connection:
        link = opened(desk, connection, "survey", token, now)
        survey = _survey(desk, link)
        standing = standing_answers(connection, survey, _subject(link))
    value_of, say = _kept_values(link), _speaker(desk, link, show)
    asked = asked_with(survey, standing, posted or {}, value_of, desk.world(now))
    shown = tuple(_shown(survey.questions[name], given, say, value_of) for name, given in asked.items())
    return SurveyPage(say(survey.title), shown, link.locale, page_nonce(desk, link, now))


def post_survey(desk: Desk, token: str, nonce: str, posted: Posted, visit: Visit) -> Refused | str:
    """Keeps what was posted as the next version of the answers. Gives its id, or what is wrong with which
    answer: then nothing was kept and the page may post again. Raises ``LinkRefusedError``."""
    now = visit.now
    with desk.ledger.writing() as connection:
        link = opened(desk, connection, "survey", token, now)
        genuine = checked_nonce(desk, link, nonce, now)
        survey = _survey(desk, link)
        before = standing_answers(connection, survey, _subject(link))
        found = check_answers(survey, before, posted, _kept_values(link), desk.world(now))
        if isinstance(found, Refused):
            return found
        use_nonce(connection, genuine, now)
        source = visit.source(desk.keys)
        sent = kept.Sent(link.id, suspected(connection, link, genuine, now, source), source)
        act = Act(link.recipient, now, now.astimezone(ZoneInfo(desk.settings.timezone)).date())
        return kept.submit(connection, _subject(link), answer_rows(survey, found.answers), act, sent)


def answer_rows(survey: Survey, answers: Mapping[str, Given]) -> list[AnswerRow]:
    """The answers as the ledger keeps them."""
    return [
        _row(name, position, answers[name])
        for position, name in enumerate(survey.questions)
        if name in answers
    ]


def _row(question: str, position: int, given: Given) -> AnswerRow:
    value = given.value
    money = value if isinstance(value, Money) else None
    return AnswerRow(
        question,
        position,
        given.text,
        number=float(value) if isinstance(value, int | float) else None,
        amount=money.amount if money else None,
        currency=money.currency if money else None,
        date=value if isinstance(value, date) else None,
        name=given.name or None,
    )


def standing_answers(connection: Connection, survey: Survey, subject: Subject) -> dict[str, Given]:
    """The answers as they stand; what the survey no longer asks, or asks for otherwise, is not among them."""
    rows = kept.standing(connection, subject)
    found: dict[str, Given] = {}
    for name, question in survey.questions.items():
        given = _given(question, rows[name]) if name in rows else None
        if given is not None:
            found[name] = given
    return found


def _given(question: Question, row: AnswerRow) -> Given | None:
    value: Value
    match question.answering:
        case Scale():
            value = None if row.number is None else int(row.number)
        case Number():
            value = row.number
        case Day():
            value = row.date
        case Amount():
            value = Money(row.amount, row.currency) if row.amount is not None and row.currency else None
        case Choice(options):
            value = row.value if row.value in options else None
        case _:
            value = row.value
    return None if value is None else Given(value, row.value, row.name or "")


def _shown(
    question: Question, given: Given | None, say: Callable[[Wording], str], value_of: ValueOf
) -> ShownQuestion:
    kind = question.answering
    options = kind.options.items() if isinstance(kind, Choice) else ()
    return ShownQuestion(
        name=question.name,
        ask=say(question.ask),
        answering=kind,
        required=question.required,
        options=tuple((key, say(wording)) for key, wording in options),
        given=given,
        expected=value_of(kind.expected) if isinstance(kind, Amount) else None,
    )


def _speaker(desk: Desk, link: LinkRow, show: Show) -> Callable[[Wording], str]:
    value_of = _kept_values(link)
    return lambda wording: choose(wording.languages(value_of, show), link.locale, desk.locale)


def _kept_values(link: LinkRow) -> ValueOf:
    """The values as they were when the message was made; what the survey reads only since then is unknown."""

    def value_of(checked: Checked) -> Value:
        value: Value = from_json(link.context.get(key_of(checked)))
        return value

    return value_of


def _survey(desk: Desk, link: LinkRow) -> Survey:
    found = desk.surveys.get(link.about)
    if found is None or found.entity != link.entity:
        raise LinkRefusedError("unknown")
    return found


def _subject(link: LinkRow) -> Subject:
    return Subject(link.about, link.entity, link.record, link.cycle, link.account, link.recipient)
