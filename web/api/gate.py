"""Who gets through to the API, and how what comes and goes is read and written: over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ...engine.ledger.errors import LedgerDownError
from ...engine.service.access import Person
from ...engine.service.office import Office
from ...engine.service.tokens import bearer_of
from ..forms import read_body
from ..limits import WINDOW, Limiter, network_of
from ..site import Site, address_of
from .answers import SCHEMAS
from .call import ApiRoute, Call, tag_of
from .document import PLACE, document
from .problems import MEDIA, RefusedError, problem, refusal_of
from .routes import ROUTES
from .shapes import write
from .validation import checker, read_json, read_texts, slips_of

PER_TOKEN: Final = 600  # requests of a token in a window
PER_ADDRESS: Final = 1200  # requests from an address, whatever they show
_JSON: Final = "application/json"
_BEARER: Final = 'Bearer realm="playcall"'

Endpoint = Callable[[Request], Awaitable[Response]]


@frozen
class Api:
    """The API of one project, and how often it may be asked."""

    site: Site
    office: Office
    routes: Sequence[ApiRoute] = ROUTES
    tokens: Limiter = field(default_factory=lambda: Limiter(PER_TOKEN))
    addresses: Limiter = field(default_factory=lambda: Limiter(PER_ADDRESS))

    def application(self) -> Starlette:
        """What answers below ``PLACE``. Whatever cannot be answered is a problem, also there."""
        by_path: dict[str, list[ApiRoute]] = {}
        for route in self.routes:
            by_path.setdefault(route.path, []).append(route)
        routes = [self._path(path, routes) for path, routes in by_path.items()]
        described = Route("/openapi.json", self._describe, methods=["GET"])
        made = Starlette(
            routes=[described, *routes],
            exception_handlers={HTTPException: _told, RefusedError: _refused, Exception: _failed},
        )
        made.router.redirect_slashes = False
        return made

    def _path(self, path: str, routes: Sequence[ApiRoute]) -> Route:
        """All methods of a path, so that Allow names them."""
        doors = {route.method: _Door(self, route) for route in routes}

        async def endpoint(request: Request) -> Response:
            return await doors["GET" if request.method == "HEAD" else request.method].answer(request)

        return Route(path, endpoint, methods=list(doors))

    async def _describe(self, request: Request) -> Response:
        self.require_pace(self.addresses, network_of(address_of(request)))
        return JSONResponse(document(f"{self.site.url}{PLACE}"))

    def require_pace(self, limiter: Limiter, caller: str) -> None:
        """Raise ``RefusedError`` where somebody comes too often."""
        if not limiter.allows(caller):
            raise RefusedError(429, "too many requests", headers={"Retry-After": str(int(WINDOW))})

    async def person(self, request: Request) -> Person:
        """For whom the request acts. A cookie is never looked at. Raises ``RefusedError``."""
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise RefusedError(401, "no token was shown", headers={"WWW-Authenticate": _BEARER})
        found = await run_in_threadpool(bearer_of, self.office.ledger, shown.strip(), self.office.now())
        if found is None:
            invalid = f'{_BEARER}, error="invalid_token"'
            detail = "the token is not known, expired or revoked"
            raise RefusedError(401, detail, headers={"WWW-Authenticate": invalid})
        return found


class _Door:
    """One operation: lets in who may with what it takes, and writes what comes of it."""

    def __init__(self, api: Api, route: ApiRoute) -> None:
        self._api = api
        self._route = route
        self._parts, self._query = checker(route.parts), checker(route.query)
        self._body = checker(route.body) if route.body is not None else None

    async def answer(self, request: Request) -> Response:
        api, route = self._api, self._route
        api.require_pace(api.addresses, network_of(address_of(request)))
        try:
            person = await api.person(request)
            api.require_pace(api.tokens, person.token)
            api.site.log.info("api", operation=route.operation, user=person.name, token=person.token)
            if not person.may(route.least):
                raise RefusedError(403, f"this needs the role {route.least}, and yours is {person.role}")
            call = await self._read(request, person)
            return await run_in_threadpool(self._done, call)
        except PlaycallError as error:
            if isinstance(error, LedgerDownError):
                api.site.log.error("ledger.down", why=str(error))
            raise refusal_of(error) from error

    async def _read(self, request: Request, person: Person) -> Call:
        route, site = self._route, self._api.site
        parts = read_texts(_texts(request.path_params), route.parts["properties"])
        if slips_of(parts, self._parts, "/path"):
            raise RefusedError(404, "nothing is named so")
        query = read_texts(request.query_params.multi_items(), route.query["properties"])
        slips = slips_of(query, self._query, "/query")
        if slips:
            raise RefusedError(422, "the query is not as this operation takes it", slips)
        body = await self._sent(request) if request.method not in ("GET", "HEAD") else {}
        tags = _tags(request.headers.get("if-match", ""))
        if route.matched and not tags:
            raise RefusedError(428, "what you have read may have changed")
        return Call(
            office=self._api.office,
            person=person,
            keys=site.desk.keys,
            url=site.url,
            operation=route.operation,
            parts=parts,
            query=query,
            body=body,
            tags=tags,
        )

    async def _sent(self, request: Request) -> Mapping[str, Any]:
        """What was sent, as the operation takes it. Raises ``RefusedError``."""
        raw = await read_body(request)
        if self._body is None:
            if raw:
                raise RefusedError(422, "this operation takes no body")
            return {}
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
            raise RefusedError(415, f"the body is not said to be {_JSON}")
        sent = read_json(raw)
        slips = slips_of(sent, self._body, "/body")
        if slips or not isinstance(sent, Mapping):
            raise RefusedError(422, "the body is not as this operation takes it", slips)
        return sent

    def _done(self, call: Call) -> Response:
        route = self._route
        given = route.handler(call)
        if route.answer is None:
            return Response(status_code=route.status)
        written = write(given, route.answer, SCHEMAS)
        return JSONResponse(written, route.status, {"ETag": tag_of(written)} if route.tagged else {})


def _texts(parts: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in parts.items()]


def _tags(header: str) -> frozenset[str]:
    """The ETags of If-Match. A weak one matches nothing (RFC 9110, 13.1.1)."""
    return frozenset(one.strip() for one in header.split(",") if one.strip())


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return JSONResponse(problem(error), error.status, error.headers, MEDIA)


async def _told(request: Request, error: Exception) -> Response:
    """What the server itself refuses: a path or method that is none, a body too long or too slow."""
    assert isinstance(error, HTTPException)
    said = {404: "there is nothing at this path", 405: f"{request.method} is no method of this path"}
    detail = said.get(error.status_code, error.detail)
    return await _refused(request, RefusedError(error.status_code, detail, headers=error.headers))


async def _failed(request: Request, error: Exception) -> Response:
    """A mistake of ours: its place is in the log, and nowhere else."""
    return await _refused(request, RefusedError(500, "this could not be answered"))
