"""The page of a survey: questions as fields, what is posted kept, or shown again with what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ..dsl.types import Money
from ..engine.forms.survey import Amount, Choice, Day, FreeText, Number, Scale, Somebody
from ..engine.respond.answers import Posted, Refused
from ..engine.respond.parse import Problem
from ..engine.respond.survey_page import ShownQuestion, SurveyPage, post_survey, survey_page
from ..engine.template.values import write
from .forms import nonce_of, read_form
from .site import Site
from .words import WORDS, Language, language_of


@dataclass(frozen=True, slots=True)
class Field:
    """A question as its fields in the form. ``options`` (of a choice or scale): what is posted, what people
    read; ``ends``: what a scale's first and last mean; ``person``: the name beside a person's address."""

    name: str
    id: str
    kind: str
    ask: str
    required: bool
    options: tuple[tuple[str, str], ...]
    ends: tuple[str, str] | None
    value: str
    person: str
    hint: str
    problem: str


class SurveyPages:
    """``/s/TOKEN``."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: Request) -> Response:
        """The questions, with the answers that stand."""
        page = await self._page(request, None)
        saved = "saved" in request.query_params
        return self._rendered(request, page, {}, {}, saved=saved)

    async def post(self, request: Request) -> Response:
        """Keep the answers; a question that they bring up is asked next."""
        site, form = self._site, await read_form(request)
        nonce = nonce_of(form)
        found = await run_in_threadpool(
            post_survey, site.desk, request.path_params["token"], nonce, form, site.visit(request)
        )
        if isinstance(found, Refused):
            page = await self._page(request, form)
            return self._rendered(request, page, form, found.problems)
        page = await self._page(request, None)
        asked = {name.partition(".")[0] for name in form}
        more = any(question.name not in asked for question in page.questions)
        here = _here(site, request)
        return RedirectResponse(f"{here}?saved" if more else f"{here}/done", 303)

    async def done(self, request: Request) -> Response:
        """Thanks; and the way back to change something."""
        page, site = await self._page(request, None), self._site
        say = site.say(page.locale)
        return site.message(say["thanks"], say["kept"], page.locale, again=_here(site, request))

    async def _page(self, request: Request, posted: Posted | None) -> SurveyPage:
        site, token = self._site, request.path_params["token"]
        return await run_in_threadpool(survey_page, site.desk, token, site.now(), site.show, posted)

    def _rendered(
        self,
        request: Request,
        page: SurveyPage,
        posted: Posted,
        problems: Mapping[str, Problem],
        *,
        saved: bool = False,
    ) -> Response:
        locale = self._site.locale(page.locale)
        told = {name: problem.said(locale) for name, problem in problems.items()}
        fields = [_field(question, posted, told, locale) for question in page.questions]
        values = {
            "title": page.title,
            "fields": fields,
            "problems": list(_summary(fields, told)),
            "saved": saved,
            "action": _here(self._site, request),
            "nonce": page.nonce,
        }
        return self._site.page("survey.html", page.locale, values, 422 if problems else 200)


def _here(site: Site, request: Request) -> str:
    return f"{site.base}/s/{request.path_params['token']}"


def _field(question: ShownQuestion, posted: Posted, told: Mapping[str, str], locale: str) -> Field:
    given, kind = question.given, question.answering
    part = f"{question.name}.email" if isinstance(kind, Somebody) else question.name
    value = _posted(posted, part, given.text if given else "")
    options, ends = _options(question, language_of(locale))
    return Field(
        name=question.name,
        id=f"q-{question.name}",
        kind=_KINDS[type(kind)],
        ask=question.ask,
        required=question.required,
        options=options,
        ends=ends,
        value=_amount(value) if isinstance(kind, Amount) and not posted else value,
        person=_posted(posted, f"{question.name}.name", given.name if given else ""),
        hint=_hint(question, locale),
        problem=told.get(question.name, ""),
    )


_KINDS: Mapping[type, str] = {
    Choice: "choice",
    Scale: "scale",
    FreeText: "text",
    Day: "date",
    Number: "number",
    Amount: "amount",
    Somebody: "person",
}


def _posted(posted: Posted, name: str, standing: str) -> str:
    """What a field starts with: what was posted for it, else the answer that stands."""
    return next((text for text in posted.get(name, ()) if text), "") if name in posted else standing


def _amount(text: str) -> str:
    """The figures of an amount, whose currency stands beside its field."""
    return text.partition(" ")[0]


def _options(
    question: ShownQuestion, language: Language
) -> tuple[tuple[tuple[str, str], ...], tuple[str, str] | None]:
    kind = question.answering
    if not isinstance(kind, Scale):
        return question.options, None
    numbers = tuple((str(number), str(number)) for number in range(kind.least, kind.most + 1))
    say = WORDS[language]
    return numbers, (say[f"{kind.kind}_low"], say[f"{kind.kind}_high"])


def _hint(question: ShownQuestion, locale: str) -> str:
    """Of an amount: what the record says, to be confirmed or corrected, and the currency."""
    kind, expected = question.answering, question.expected
    if not isinstance(kind, Amount):
        return ""
    if isinstance(expected, Money):
        return f"{WORDS[language_of(locale)]['on_record']} {write(expected, locale)} ({expected.currency})"
    return kind.expected.type.currency or ""


def _summary(fields: list[Field], told: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """Everything that is wrong, in the page's order; what belongs to no field on it is told last."""
    for field in fields:
        if field.problem:
            first = f"{field.id}-email" if field.kind == "person" else field.id
            yield {"field": first, "text": f"{field.ask} {field.problem}"}
    shown = {field.name for field in fields}
    yield from ({"field": "", "text": text} for name, text in told.items() if name not in shown)
