"""What a contact wants to be written about: by topic on a page, and off with one click (RFC 8058)."""

from __future__ import annotations

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ..engine.respond.preferences_page import (
    post_preferences,
    preferences_page,
    unsubscribe,
    unsubscribe_page,
)
from .forms import nonce_of, read_form
from .site import Site

ONE_CLICK: Final = {"List-Unsubscribe": ["One-Click"]}  # RFC 8058, 3.1: what is posted, to the letter


class PreferencesPages:
    """``/p/TOKEN``."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: Request) -> Response:
        """The topics, each with whether the contact gets messages about it."""
        site, token = self._site, request.path_params["token"]
        page = await run_in_threadpool(preferences_page, site.desk, site.topics, token, site.now())
        saved = "saved" in request.query_params
        values = {"page": page, "saved": saved, "action": f"{site.base}/p/{token}"}
        return site.page("preferences.html", page.locale, values)

    async def post(self, request: Request) -> Response:
        """These topics and no others."""
        site, form = self._site, await read_form(request)
        nonce, token = nonce_of(form), request.path_params["token"]
        visit, wanted = site.visit(request), form.get("topic", [])
        await run_in_threadpool(post_preferences, site.desk, site.topics, token, nonce, wanted, visit)
        return RedirectResponse(f"{site.base}/p/{token}?saved", 303)


class UnsubscribePages:
    """``/u/TOKEN``, the address in List-Unsubscribe."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: Request) -> Response:
        """A button, for people who open the address."""
        site, token = self._site, request.path_params["token"]
        page = await run_in_threadpool(unsubscribe_page, site.desk, token, site.now())
        values = {"page": page, "action": f"{site.base}/u/{token}"}
        return site.page("unsubscribe.html", page.locale, values)

    async def post(self, request: Request) -> Response:
        """Off, with nothing but the address: a mail program has no cookie and no nonce, and follows no
        redirect."""
        site, token = self._site, request.path_params["token"]
        if await read_form(request) != ONE_CLICK:
            raise HTTPException(400)
        page = await run_in_threadpool(unsubscribe_page, site.desk, token, site.now())
        await run_in_threadpool(unsubscribe, site.desk, token, site.visit(request))
        say = site.say(page.locale)
        return site.message(say["unsubscribe"], say["unsubscribed"], page.locale)
