"""The page of a quote: what it says, and its acceptance by a named person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ..dsl.types import Money
from ..engine.forms.wording import choose
from ..engine.respond.quote import QuoteLine
from ..engine.respond.quote_page import Accepts, Missing, QuotePage, accept_quote, quote_page
from ..engine.template.values import write, write_number
from .forms import nonce_of, one_of, read_form
from .site import Site


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a quote as it is read. ``notes``: how it came about, and why it is there."""

    label: str
    notes: tuple[str, ...]
    quantity: str
    amount: str


class QuotePages:
    """``/q/TOKEN``."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: Request) -> Response:
        """The revision that was sent, and whether it can be accepted."""
        return self._rendered(request, await self._page(request))

    async def post(self, request: Request) -> Response:
        """Accept it, if it still can be; else the page says why not."""
        site, form = self._site, await read_form(request)
        nonce, page = nonce_of(form), await self._page(request)
        accepts = Accepts(one_of(form, "name"), one_of(form, "tick") == "yes", self._terms(page))
        token, visit = request.path_params["token"], site.visit(request)
        found = await run_in_threadpool(accept_quote, site.desk, token, nonce, accepts, visit)
        if found == "name" or found == "tick":
            return self._rendered(request, page, found, accepts.name)
        return RedirectResponse(self._here(request), 303)

    async def _page(self, request: Request) -> QuotePage:
        site, token = self._site, request.path_params["token"]
        return await run_in_threadpool(quote_page, site.desk, token, site.now())

    def _here(self, request: Request) -> str:
        return f"{self._site.base}/q/{request.path_params['token']}"

    def _total(self, page: QuotePage) -> str:
        return write(Money(page.quote.total, page.quote.currency), self._site.locale(page.locale))

    def _terms(self, page: QuotePage) -> str:
        """The sentence that is ticked, with the figure that it is about."""
        return self._site.say(page.locale)["accept_terms"].format(total=self._total(page))

    def _rendered(
        self, request: Request, page: QuotePage, missing: Missing | None = None, name: str = ""
    ) -> Response:
        site, locale = self._site, self._site.locale(page.locale)
        say = site.say(locale)
        problems = [{"field": missing, "text": say[f"missing_{missing}"]}] if missing else []
        values = {
            "title": self._said(page.quote.title, locale) or say["quote"],
            "page": page,
            "quote": page.quote,
            "lines": [self._line(line, page, locale) for line in page.quote.lines],
            "total": self._total(page),
            "terms": self._terms(page),
            "problems": problems,
            "missing": missing,
            "name": name,
            "action": self._here(request),
        }
        return site.page("quote.html", page.locale, values, 422 if missing else 200)

    def _line(self, line: QuoteLine, page: QuotePage, locale: str) -> Line:
        reason = (self._said(line.reason, locale),) if line.reason else ()
        return Line(
            label=self._said(line.label, locale),
            notes=(*line.how, *reason),
            quantity="" if line.quantity is None else write_number(line.quantity, locale),
            amount=write(Money(line.amount, page.quote.currency), locale),
        )

    def _said(self, texts: Mapping[str, str], locale: str) -> str:
        return choose(texts, locale, self._site.desk.locale) if texts else ""
