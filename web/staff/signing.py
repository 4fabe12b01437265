"""Signing in and out."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import asdict
from typing import Final

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ...engine.service import access
from ...engine.service.access import SignInError
from ..forms import one_of, read_form
from ..limits import WINDOW, Limiter, network_of
from ..site import address_of
from .console import Ask, Console
from .cookies import BEFORE, FLOW, SESSION, form_token
from .gate import is_own_form
from .oidc import Flow, OidcError

PER_NETWORK: Final = 60  # attempts a minute; what is slow about each is meant to be
FLOW_SECONDS: Final = 600  # how long somebody may take at the identity provider
_PAGE: Final = re.compile(r"[A-Za-z0-9_\-./%?=&+~]*")


class SignIn:
    """``/sign-in`` by name and password or by the identity provider, and ``/sign-out``."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._limit = Limiter(PER_NETWORK)
        key = console.site.desk.keys.secrets[0]
        self._flows = URLSafeTimedSerializer(key, salt="playcall staff flow")

    def routes(self) -> list[Route]:
        """The pages that nobody has to be signed in for."""
        base = self._console.base
        routes = [
            Route(f"{base}/sign-in", self.show, methods=["GET"]),
            Route(f"{base}/sign-in", self.post, methods=["POST"]),
        ]
        if self._console.oidc is not None:
            routes.append(Route(f"{base}/sign-in/provider", self.leave, methods=["GET"]))
            routes.append(Route(f"{base}/sign-in/back", self.come_back, methods=["GET"]))
        return routes

    async def show(self, request: Request) -> Response:
        """The form."""
        return self._form(request, "", _page_of(self._console, request.query_params.get("next", "")))

    async def post(self, request: Request) -> Response:
        """Let somebody in who knows a name's password. The session is a new one, whatever they came with."""
        console, address = self._console, address_of(request)
        self._require_rest(address)
        form = await read_form(request)
        wanted = _page_of(console, one_of(form, "next"))
        if not is_own_form(request, console.cookies.read(request, BEFORE), form):
            return self._form(request, "The form was too old. Please try again.", wanted, 403)
        name, password = one_of(form, "name"), one_of(form, "password")
        act = console.office.act(name[:100] or "nobody")
        try:
            token = await run_in_threadpool(
                access.sign_in, console.office.ledger, name, password, network_of(address), act
            )
        except SignInError as error:
            said = f"{str(error)[0].upper()}{str(error)[1:]}."
            return self._form(request, said, wanted, 429 if error.throttled else 422, name)
        return await self._inside(request, token, wanted)

    async def leave(self, request: Request) -> Response:
        """On to the identity provider."""
        console = self._console
        assert console.oidc is not None
        self._require_rest(address_of(request))
        wanted = _page_of(console, request.query_params.get("next", ""))
        try:
            url, flow = await run_in_threadpool(console.oidc.begin)
        except OidcError as error:
            return self._form(request, f"{error}.", wanted, 503)
        response = RedirectResponse(url, 303)
        kept = self._flows.dumps(json.dumps({**asdict(flow), "next": wanted}))
        console.cookies.keep(response, FLOW, str(kept))
        return response

    async def come_back(self, request: Request) -> Response:
        """From the identity provider, with a code that is worth something once."""
        console, asked = self._console, request.query_params
        assert console.oidc is not None
        self._require_rest(address_of(request))
        try:
            kept = json.loads(self._flows.loads(console.cookies.read(request, FLOW), max_age=FLOW_SECONDS))
            wanted = _page_of(console, kept.pop("next"))
            code, state = asked.get("code", ""), asked.get("state", "")
            shown = await run_in_threadpool(console.oidc.finish, Flow(**kept), state, code)
            act = console.office.act("oidc")
            token = await run_in_threadpool(
                access.sign_in_known, console.office.ledger, shown.issuer, shown.subject, shown.email, act
            )
        except BadSignature:
            return self._form(request, "That took too long. Please try again.", "", 403)
        except (OidcError, SignInError) as error:
            return self._form(request, f"{str(error)[0].upper()}{str(error)[1:]}.", "", 403)
        response = await self._inside(request, token, wanted)
        console.cookies.drop(response, FLOW)
        return response

    async def _inside(self, request: Request, token: str, wanted: str) -> Response:
        """The page that was wanted, with a new session in place of one that the browser may have had."""
        console = self._console
        before = console.cookies.read(request, SESSION)
        if before:
            act = console.office.act("sign-in")
            await run_in_threadpool(access.sign_out, console.office.ledger, before, act)
        response = RedirectResponse(wanted or console.url(), 303)
        console.cookies.keep(response, SESSION, token)
        console.cookies.drop(response, BEFORE)
        return response

    def _form(
        self, request: Request, problem: str, wanted: str, status: int = 200, name: str = ""
    ) -> Response:
        console = self._console
        before = console.cookies.read(request, BEFORE) or secrets.token_urlsafe(32)
        values = {"problem": problem, "next": wanted, "name": name, "oidc": console.oidc is not None}
        response = console.page("sign_in.html", values, token=form_token(before), status=status)
        console.cookies.keep(response, BEFORE, before)
        return response

    def _require_rest(self, address: str) -> None:
        if not self._limit.allows(network_of(address)):
            raise HTTPException(429, headers={"Retry-After": str(int(WINDOW))})


def sign_out(ask: Ask) -> Response:
    """End the session; what the browser keeps opens nothing any more."""
    console = ask.console
    token = console.cookies.read(ask.request, SESSION)
    access.sign_out(ask.office.ledger, token, ask.office.act(ask.person.name))
    response = RedirectResponse(console.url("sign-in"), 303)
    console.cookies.drop(response, SESSION)
    return response


def _page_of(console: Console, wanted: str) -> str:
    """A page of ours that somebody wanted before they signed in; empty for any other address."""
    inside = wanted == console.base or wanted.startswith((f"{console.base}/", f"{console.base}?"))
    return wanted if inside and _PAGE.fullmatch(wanted) and "//" not in wanted else ""
