"""The pages put together: where they lie, how often they may be asked for, what is said when one cannot be
shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from ..engine.ledger.database import Ledger
from ..engine.ledger.errors import LedgerError
from ..engine.respond.links import LinkRefusedError, token_hash
from .api.document import PLACE
from .api.gate import Api
from .headers import Headers
from .inbox import LetterBox
from .journal import Journal
from .limits import PER_ADDRESS, PER_TOKEN, WINDOW, Limiter, network_of
from .preferences import PreferencesPages, UnsubscribePages
from .quote import QuotePages
from .sheets import CUSTOMERS
from .site import Site, address_of
from .staff.console import Console
from .staff.routes import staff_routes
from .survey import SurveyPages

Endpoint = Callable[[Request], Awaitable[Response]]
_TOLD: Final = {429: "busy", 503: "down", 404: "refused"}


class Pages(Protocol):
    """What lies under one kind of link."""

    async def show(self, request: Request) -> Response: ...

    async def post(self, request: Request) -> Response: ...


def application(site: Site, console: Console | None = None, box: LetterBox | None = None) -> ASGIApp:
    """All pages of a project; those of the staff where there is a ``console``; letters where there is a
    ``box``."""
    pages = Starlette(
        routes=[*_routes(site), *_inbox(site, box), *(_staff(site, console) if console else ())],
        exception_handlers={
            LinkRefusedError: _quietly(site, 404),
            LedgerError: _quietly(site, 503),
            HTTPException: _quietly(site, 400),
            Exception: _quietly(site, 500),
        },
    )
    pages.router.redirect_slashes = False
    return Headers(Journal(pages, site.log), encrypted=site.encrypted)


def _staff(site: Site, console: Console) -> list[BaseRoute]:
    """The pages of the staff, and the same for programs."""
    return [Mount(f"{site.base}{PLACE}", Api(site, console.office).application()), *staff_routes(console)]


def _routes(site: Site) -> list[Route]:
    limits = _Limits()
    surveys = SurveyPages(site)
    kinds: Mapping[str, Pages] = {"s": surveys, "q": QuotePages(site), "p": PreferencesPages(site)}
    routes = [
        Route("/healthz", _health(site.desk.ledger), methods=["GET"]),
        CUSTOMERS.route(site.base),
        Route(f"{site.base}/s/{{token}}/done", limits.both(surveys.done), methods=["GET"]),
    ]
    for name, pages in kinds.items():
        routes += _link(f"{site.base}/{name}", limits.both(pages.show), limits.both(pages.post))
    # One click comes from the few addresses of a mail provider, for all of its users.
    one_click = UnsubscribePages(site)
    return routes + _link(f"{site.base}/u", limits.both(one_click.show), limits.token(one_click.post))


def _inbox(site: Site, box: LetterBox | None) -> list[Route]:
    return [Route(f"{site.base}/inbox", box.post, methods=["POST"])] if box is not None else []


def _link(path: str, show: Endpoint, post: Endpoint) -> list[Route]:
    where = f"{path}/{{token}}"
    return [Route(where, show, methods=["GET"]), Route(where, post, methods=["POST"])]


class _Limits:
    """How often one token and one address may come."""

    def __init__(self) -> None:
        self._tokens = Limiter(PER_TOKEN)
        self._addresses = Limiter(PER_ADDRESS)

    def token(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint, for each token so often."""

        async def limited(request: Request) -> Response:
            _require(self._tokens.allows(token_hash(request.path_params["token"])))
            return await endpoint(request)

        return limited

    def both(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint, for each token and each address so often."""
        of_token = self.token(endpoint)

        async def limited(request: Request) -> Response:
            _require(self._addresses.allows(network_of(address_of(request))))
            return await of_token(request)

        return limited


def _require(allowed: bool) -> None:
    if not allowed:
        raise HTTPException(429, headers={"Retry-After": str(int(WINDOW))})


def _quietly(site: Site, status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    """A page that says no more than that something is not to be had. All links that are refused look alike:
    whoever tries tokens learns nothing from the answer."""

    async def told(request: Request, error: Exception) -> Response:
        known = error if isinstance(error, HTTPException) else HTTPException(status)
        if isinstance(error, LinkRefusedError):
            site.log.info("link.refused", refusal=error.refusal)
        elif isinstance(error, LedgerError):
            site.log.error("ledger.down", why=str(error))
        language, code = site.language(request), known.status_code
        say = site.say(language)
        response = site.message(say["sorry"], say[_TOLD.get(code, "wrong")], language, code)
        response.headers.update(known.headers or {})
        return response

    return told


def _health(ledger: Ledger) -> Endpoint:
    def alive() -> None:
        with ledger.reading() as connection:
            connection.exec_driver_sql("select 1")

    async def health(request: Request) -> Response:
        try:
            await run_in_threadpool(alive)
        except LedgerError:
            return PlainTextResponse("the ledger cannot be reached\n", 503)
        return PlainTextResponse("ok\n")

    return health
