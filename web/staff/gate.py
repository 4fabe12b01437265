"""Who gets through: a session, a role that suffices, and a form of our own for whatever changes something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ...dsl.diagnostics import PlaycallError
from ...engine.service.access import ForbiddenError, Person, Role, person_of
from ..forms import NUL, Form, nonce_of, read_form
from .console import Ask, Console, Handler
from .cookies import SESSION, form_token, is_form_token

Endpoint = Callable[[Request], Awaitable[Response]]
NOT_DONE: Final = 409
_OWN: Final = ("same-origin", "none")  # Sec-Fetch-Site of a page of ours, or of somebody who typed


@dataclass(frozen=True, slots=True)
class StaffRoute:
    """A page or an act: its method, its path under the staff's, the least role that may, and what does it."""

    method: str
    path: str
    least: Role
    handler: Handler


class MissingError(PlaycallError):
    """What a page is about is not there."""


def guarded(console: Console, route: StaffRoute) -> Route:
    """The route, for those who may."""

    async def endpoint(request: Request) -> Response:
        if any(
            NUL in str(value) for value in (*request.path_params.values(), *request.query_params.values())
        ):
            raise HTTPException(400)
        cookie = console.cookies.read(request, SESSION)
        now = console.office.now()
        person = await run_in_threadpool(person_of, console.office.ledger, cookie, now) if cookie else None
        if person is None:
            return _to_sign_in(console, request)
        form: Form = {}
        if request.method == "POST":
            form = await read_form(request)
            if not is_own_form(request, cookie, form):
                return _refused(
                    console, person, cookie, "The form is not one of ours, or too old. Open it again."
                )
        if not person.may(route.least):
            return _refused(
                console, person, cookie, f"This needs the role {route.least}; yours is {person.role}."
            )
        ask = Ask(console, request, person, form_token(cookie), form)
        return await run_in_threadpool(_answered, route.handler, ask)

    return Route(f"{console.base}{route.path}", endpoint, methods=[route.method])


def is_own_form(request: Request, cookie: str, form: Form) -> bool:
    """Whether what is posted comes from a page that we made for whoever holds the cookie. The form's token is
    taken out of it."""
    own_site = request.headers.get("sec-fetch-site", "none") in _OWN
    return is_form_token(cookie, nonce_of(form)) and own_site


def _answered(handler: Handler, ask: Ask) -> Response:
    """What a handler gives; or why it was not done, in a sentence."""
    try:
        return handler(ask)
    except ForbiddenError as error:
        return _refused(ask.console, ask.person, "", str(error), ask.token)
    except MissingError as error:
        return _told(ask, "Not found", str(error), 404)
    except PlaycallError as error:
        return _told(ask, "Not done", str(error), NOT_DONE)


def _told(ask: Ask, title: str, text: str, status: int) -> Response:
    values = {"title": title, "text": text}
    return ask.console.page("message.html", values, person=ask.person, token=ask.token, status=status)


def _refused(console: Console, person: Person, cookie: str, text: str, token: str = "") -> Response:
    values = {"title": "Not allowed", "text": text}
    made = token or form_token(cookie)
    return console.page("message.html", values, person=person, token=made, status=403)


def _to_sign_in(console: Console, request: Request) -> Response:
    """Sign in first; and then on to the page that was wanted, where that was one."""
    wanted = str(request.url.path) if request.method == "GET" else ""
    if wanted and request.url.query:
        wanted += f"?{request.url.query}"
    return RedirectResponse(console.url("sign-in", next=wanted), 303)
