"""What every page of the staff is made from, and what a handler of one is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ...engine.service.access import Person
from ...engine.service.office import Office
from ...engine.template.values import write
from ..forms import NONCE, Form, one_of
from ..sheets import STAFF
from ..site import Site, address_of
from .cookies import Cookies
from .oidc import Oidc

LANGUAGE: Final = "en"
NOTHING: Final = "–"


@dataclass(frozen=True, slots=True)
class Console:
    """The staff pages of one project. ``oidc``: the identity provider, where there is one."""

    site: Site
    office: Office
    oidc: Oidc | None = None
    cookies: Cookies = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cookies", Cookies(self.site.encrypted))

    @property
    def base(self) -> str:
        """The path under which the staff pages lie."""
        return f"{self.site.base}/staff"

    def url(self, *parts: str, **query: object) -> str:
        """The path of a page; keys of records may hold any character."""
        path = "".join(f"/{quote(part, safe='')}" for part in parts)
        asked = {name: str(value) for name, value in query.items() if value not in (None, "")}
        return f"{self.base}{path}" + (f"?{urlencode(asked)}" if asked else "")

    def shown(self, value: object) -> str:
        """A value as staff reads it; moments in the project's time zone."""
        if value is None or value == "":
            return NOTHING
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, datetime):
            return value.astimezone(self.office.zone).strftime("%Y-%m-%d %H:%M")
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, tuple | list):
            return ", ".join(map(self.shown, value)) or NOTHING
        return write(value, LANGUAGE)

    def page(
        self,
        template: str,
        values: Mapping[str, object],
        *,
        person: Person | None = None,
        token: str = "",
        status: int = 200,
    ) -> HTMLResponse:
        """A page; ``token`` is what its forms carry."""
        shared = {
            "project": self.office.workspace.project.name,
            "style": STAFF.path(self.site.base),
            "url": self.url,
            "shown": self.shown,
            "person": person,
            "today": self.office.today(),
            "token_name": NONCE,
            "token": token,
        }
        text = self.site.templates.get_template(f"staff/{template}").render({**shared, **values})
        return HTMLResponse(text, status)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request of somebody who may make it. ``form`` is what was posted; ``token`` what forms carry."""

    console: Console
    request: Request
    person: Person
    token: str
    form: Form = field(default_factory=dict)

    @property
    def office(self) -> Office:
        return self.console.office

    @property
    def address(self) -> str:
        """The network address that the request comes from."""
        return address_of(self.request)

    def part(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str:
        """A parameter of the query; empty where there is none."""
        return self.request.query_params.get(name, "").strip()

    def posted(self, name: str) -> str:
        """A field that is posted once, without blanks around it; empty where it is not."""
        return one_of(self.form, name).strip()

    def page(self, template: str, values: Mapping[str, object], status: int = 200) -> Response:
        """A page for this person. What was done before it is said above it."""
        told = TOLD.get(self.query("told"), "")
        values = {"told": told, **values}
        return self.console.page(template, values, person=self.person, token=self.token, status=status)

    def to(self, *parts: str, told: str = "") -> Response:
        """On to a page, after something was done (``told``: what, of ``TOLD``)."""
        return RedirectResponse(self.console.url(*parts, told=told), 303)


def whole(text: str) -> int | None:
    """A whole number that somebody asked for; None for anything else, and for one that no page has."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


Handler = Callable[[Ask], Response]

TOLD: Final[Mapping[str, str]] = {
    "closed": "The task is closed.",
    "snoozed": "The task is put off.",
    "reassigned": "The task is handed over.",
    "handed_over": "The tasks are handed over.",
    "checked": "The checklist is saved.",
    "mailed": "The message is queued; the next delivery sends it.",
    "approved": "What was held is decided.",
    "rejected": "What was held is rejected.",
    "paused": "It is paused.",
    "resumed": "It runs again.",
    "revised": "There is a new revision.",
    "withdrawn": "The quote is withdrawn.",
    "sent": "The quote is queued; the next delivery sends it.",
    "moved": "The opportunity has moved on.",
    "answered": "The answers are kept.",
    "reviewed": "The answers are judged.",
    "changed": "The account is changed.",
}
